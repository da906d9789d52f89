"""What networks of labels and of predicted values are asked: what is explained, by which methods, and what is refused."""

from typing import Any

import pytest
import torch
from torch import nn

import lrp
from lrp.walk.ledger import keep_account
from lrp.walk.objectives import OBJECTIVES, as_objective, make_objective, objectives_for
from tests.lrp.network.headed_networks import LOW, X, each_method

NAMES = ("cat", "dog", "age")


def network(head: str, outputs: int = 3) -> lrp.Network:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, outputs))
    return lrp.canonize(model.eval(), LOW, -LOW, head=head)


@pytest.mark.parametrize(("head", "names"), [
    ("softmax", ["logit", "contrast", "clrp", "sglrp", "features"]), ("sigmoid", ["logit", "against", "features"]),
    ("regression", ["value", "features"]),
])  # fmt: skip
def test_each_kind_of_output_has_its_questions_the_usual_one_first(head: str, names: list[str]) -> None:
    assert list(objectives_for(head)) == names


def test_every_question_belongs_to_some_kind_of_output() -> None:
    assert set(OBJECTIVES) == {name for head in ("softmax", "sigmoid", "regression") for name in objectives_for(head)}


@pytest.mark.parametrize(("head", "usual"), [("softmax", lrp.Logit(1)), ("sigmoid", lrp.Logit(1)), ("regression", lrp.Value(1))])
def test_an_index_asks_the_usual_question(head: str, usual: Any) -> None:
    assert as_objective(1, head) == usual
    assert as_objective(lrp.Features("0"), head) == lrp.Features("0")


@each_method
def test_what_speaks_against_a_label_is_the_map_for_it_with_its_signs_turned(method: Any) -> None:
    labels = network("sigmoid")
    for_it, against = (lrp.explain(labels, X[:1], objective, method) for objective in (lrp.Logit(1), lrp.Against(1)))
    # Methods that take the size of a gradient, or what is left of it above 0, have no sign to turn.
    if method.name not in ("saliency", "smoothgrad", "grad-cam", "guided-backprop", "deconvolution"):
        torch.testing.assert_close(against.relevance, -for_it.relevance)
    torch.testing.assert_close(against.explained, -for_it.explained)


@each_method
def test_a_predicted_value_is_explained_as_a_logit_is(method: Any) -> None:
    values, classes = network("regression"), network("softmax")
    asked = (lrp.explain(values, X, 2, method), lrp.explain(values, X, lrp.Value(2), method), lrp.explain(classes, X, 2, method))
    for found in asked[1:]:
        assert torch.equal(found.relevance, asked[0].relevance)
        assert torch.equal(found.explained, asked[0].explained)


def test_the_seed_and_the_scalar_by_hand() -> None:
    y = torch.tensor([[1.0, -2.0, 5.0], [0.5, 3.0, -1.0]])
    assert lrp.Value(torch.tensor([0, 2])).seed(y).tolist() == [[1, 0, 0], [0, 0, -1]]
    assert lrp.Value(1).value(y).tolist() == [-2, 3]
    assert lrp.Against(1).seed(y).tolist() == [[0, 2, 0], [0, -3, 0]]
    assert lrp.Against(1).value(y).tolist() == [2, -3]


@pytest.mark.parametrize("objective", [lrp.Contrast(0, 1), lrp.CLRP(0), lrp.SGLRP(0)], ids=lambda objective: objective.name)
@pytest.mark.parametrize(("head", "said"), [
    ("sigmoid", r"labels, each of which is there or not; ask for one of them, lrp\.Logit\(0\)"),
    ("regression", r"predicted values; ask for one of them, lrp\.Value\(0\)"),
])  # fmt: skip
def test_what_compares_classes_is_refused_where_none_exclude_each_other(objective: Any, head: str, said: str) -> None:
    asked = network(head)
    expected = f"^{type(objective).__name__} compares classes, got a network with {said}$"
    for method in (lrp.EpsilonPlus(), lrp.IntegratedGradients(), lrp.Occlusion()):
        with pytest.raises(ValueError, match=expected):
            lrp.explain(asked, X, objective, method)
    with pytest.raises(ValueError, match=expected):
        keep_account(lrp.trace(asked, X[:1]), objective, lrp.EpsilonPlus().rules(asked, objective))


def test_the_account_of_an_index_is_that_of_the_value() -> None:
    asked = network("regression")
    kept = keep_account(lrp.trace(asked, X[:1]), 2, lrp.EpsilonPlus().rules(asked))
    torch.testing.assert_close(kept.explained.float(), asked(X[:1])[:, 2].detach())


@pytest.mark.parametrize(("name", "asked", "sides"), [
    ("value", "Why this value of age?", ("for a higher age", "for a lower one")),
    ("against", "Why not age?", ("against age", "for it")),
])  # fmt: skip
def test_the_questions_in_words(name: str, asked: str, sides: tuple[str, str]) -> None:
    objective = make_objective(name, {"target": 2, "versus": 0, "place": "layer3"})
    assert objective.asked(NAMES) == asked
    assert objective.sides(NAMES) == sides


def test_a_copy_of_a_network_keeps_what_its_outputs_mean() -> None:
    copies = (lrp.metrics.half_precision(network("sigmoid")), lrp.metrics.randomised(network("sigmoid"), ["_4"]))
    assert [copy.head for copy in copies] == ["sigmoid", "sigmoid"]

