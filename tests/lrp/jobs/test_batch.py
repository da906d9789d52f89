"""Several pictures explained at once: each as it is alone, for the class that it is asked about."""

import pytest
import torch
from PIL import Image

import lrp
from lrp.walk.objective_choice import ObjectiveChoice
from tests.pictures import picture

METHODS = (lrp.EpsilonPlusFlat(), lrp.IntegratedGradients(n_steps=6), lrp.GradCAM())


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    return [picture(80 + 9 * i, 70) for i in range(3)]


def test_every_picture_is_explained_as_it_is_alone(small: lrp.Backbone, pictures: list[Image.Image]) -> None:
    found = lrp.explain_batch(small, pictures, None, METHODS)
    assert [explanation.method for explanation in found.explanations] == list(METHODS)
    for i, alone in enumerate(pictures):
        x = small.preprocess(alone)
        torch.testing.assert_close(found.x[i : i + 1], x)
        predicted = int(small.network(x)[0].argmax())
        assert vars(found.objective.alone(i)) == {"target": predicted}
        for method, result, seconds in found.explanations:
            expected = lrp.explain(small, x, predicted, method)
            torch.testing.assert_close(result.relevance[i : i + 1], expected.relevance, rtol=1e-3, atol=1e-6)
            torch.testing.assert_close(result.explained[i : i + 1], expected.explained)
            assert seconds > 0


@pytest.mark.parametrize("objective", [1, torch.tensor([2, 0, 1]), lrp.Contrast(0, 2), lrp.Features("layer3")], ids=str)
def test_the_objective_is_that_of_explain(small: lrp.Backbone, pictures: list[Image.Image], objective: object) -> None:
    x = torch.cat([small.preprocess(each) for each in pictures])
    (found,) = lrp.explain_batch(small, x, objective, METHODS[:1]).explanations
    assert torch.equal(found.result.relevance, lrp.explain(small, x, objective, METHODS[0]).relevance)


def test_a_kept_forward_pass_is_used_again(small: lrp.Backbone, pictures: list[Image.Image]) -> None:
    kept = lrp.trace(small, small.preprocess(pictures[0]))
    found = lrp.explain_batch(small, kept, 0, METHODS[:1])
    assert found.x is kept.x
    assert found.logits is kept.logits


def test_the_other_class_of_a_contrast_is_the_likeliest_other_of_each_picture(
    small: lrp.Backbone, pictures: list[Image.Image]
) -> None:
    found = lrp.explain_batch(small, pictures, ObjectiveChoice("contrast"), METHODS[:1])
    order = found.logits.argsort(1, descending=True)
    for i in range(3):
        assert vars(found.objective.alone(i)) == {"target": int(order[i, 0]), "versus": int(order[i, 1])}
    given = ObjectiveChoice("contrast", target=(0, 1, 2), versus=None).of(found.logits, small.kind)
    for i in range(3):
        other = next(int(c) for c in order[i] if c != i)
        assert vars(given.alone(i)) == {"target": i, "versus": other}


def test_progress_goes_from_method_to_method_and_can_stop_the_work(small: lrp.Backbone, pictures: list[Image.Image]) -> None:
    shares: list[float] = []
    lrp.explain_batch(small, pictures, 0, METHODS, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    with pytest.raises(ZeroDivisionError):
        lrp.explain_batch(small, pictures, 0, METHODS, lambda share: 1 / 0)


def test_no_picture_is_an_error(small: lrp.Backbone) -> None:
    with pytest.raises(ValueError, match="at least one, got none"):
        lrp.explain_batch(small, [], 0, METHODS)
