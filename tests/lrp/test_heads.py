"""What the outputs of a network mean, and what is made and told of them."""

import math

import pytest
import torch

from lrp.heads import HEADS, REGRESSION, SIGMOID, SOFTMAX, Head, check_head, head_of

LOGITS = torch.tensor([-math.log(3), 0.0, math.log(3), 5.0])


@pytest.mark.parametrize(("name", "outputs", "head"), [
    ("softmax", 2, SOFTMAX), ("softmax", 1, SIGMOID), ("sigmoid", 1, SIGMOID), ("sigmoid", 9, SIGMOID),
    ("regression", 1, REGRESSION), ("regression", 4, REGRESSION),
])  # fmt: skip
def test_one_class_alone_is_there_or_not(name: str, outputs: int, head: Head) -> None:
    assert head_of(name, outputs) is head


@pytest.mark.parametrize("name", HEADS)
def test_a_known_head_is_taken_and_another_refused(name: str) -> None:
    assert check_head(name) == name
    with pytest.raises(ValueError, match=f"^head must be one of softmax, sigmoid, regression, got '{name}s'$"):
        check_head(f"{name}s")


def test_predictions_by_hand() -> None:
    exponents = [1 / 3, 1.0, 3.0, math.exp(5)]
    assert SOFTMAX.predictions(LOGITS).tolist() == pytest.approx([each / sum(exponents) for each in exponents])
    assert SIGMOID.predictions(LOGITS[None]).tolist() == [pytest.approx([0.25, 0.5, 0.75, 1 / (1 + math.exp(-5))])]
    assert torch.equal(REGRESSION.predictions(LOGITS), LOGITS)


def test_the_likeliest_classes_come_first_and_values_in_their_order() -> None:
    for head in (SOFTMAX, SIGMOID):
        predictions = head.predictions(LOGITS)
        assert head.foremost(predictions) == [3, 2, 1, 0]
        assert head.foremost(predictions, 2) == [3, 2]
        assert head.best(predictions) == 3
    assert REGRESSION.foremost(LOGITS) == [0, 1, 2, 3]
    assert REGRESSION.foremost(LOGITS, 2) == [0, 1]
    assert REGRESSION.best(LOGITS) == 0


@pytest.mark.parametrize(("head", "value", "text"), [
    (SOFTMAX, 0.8714, "87%"), (SIGMOID, 0.8714, "score 0.87"), (REGRESSION, 34.2149, "34.21"),
    (REGRESSION, -0.000123456, "-0.0001235"), (REGRESSION, 0.0, "0"),
    (REGRESSION, 12345.6, "12,346"), (REGRESSION, -1234567.0, "-1,234,567"), (REGRESSION, 2e16, "2e+16"),
])  # fmt: skip
def test_a_prediction_in_words(head: Head, value: float, text: str) -> None:
    assert head.text(value) == text


def test_more_places_are_given_where_they_are_asked_for() -> None:
    assert SOFTMAX.text(0.8714, 1, 3) == "87.1%"
    assert SIGMOID.text(0.8714, 1, 3) == "score 0.871"
    assert REGRESSION.text(34.2149, 1, 3) == "34.21"
