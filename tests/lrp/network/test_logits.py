"""Which outputs of a network count as logits, for every method alike."""

import pytest
import torch

import lrp
from tests.lrp.network.headed_networks import X, each_method, network_with_head, pooled, vectors


@each_method
@pytest.mark.parametrize(
    ("head", "classes"),
    [(pooled, 3), (pooled, 1), (lambda h: vectors(h).squeeze(1), 1)],
    ids=["(N, 3, 1, 1)", "(N, 1, 1, 1)", "(N,)"],
)
def test_logits_of_another_shape_are_explained_as_those_of_shape_n_by_k(method, head, classes):
    for x, target in ((X, torch.tensor([0, classes - 1])), (X[:1], [classes - 1, 0])):
        ours = lrp.explain(network_with_head(head, classes), x, target, method)
        plain = lrp.explain(network_with_head(vectors, classes), x, target, method)
        torch.testing.assert_close(ours.relevance, plain.relevance)
        torch.testing.assert_close(ours.explained, plain.explained)
        torch.testing.assert_close(ours.logits, plain.logits)
        assert ours.logits.shape == (2, classes)
        assert all(sums.shape == (2,) for sums in ours.by_layer.values())


@each_method
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(
    ("head", "shape"),
    [
        (lambda h: h.mean((0, 2, 3)), r"\(3,\)"), (lambda h: h.mean((0, 1, 2, 3)), r"\(\)"),
        (lambda h: h, r"\(\d, 3, 16, 16\)"), (lambda h: h.sum(3), r"\(\d, 3, 16\)"),
        (lambda h: vectors(h).unsqueeze(1), r"\(\d, 1, 3\)"),
    ],
    ids=["(K,)", "scalar", "(N, K, H, W)", "(N, K, H)", "(N, 1, K)"],
)  # fmt: skip
def test_an_output_that_holds_no_logits_is_refused_with_its_shape(method, head, shape, count):
    with pytest.raises(ValueError, match=rf"\(N, K\), or \(N,\) for .*got an output of shape {shape}"):
        lrp.explain(network_with_head(head), X[:count], 0, method)


def test_a_squeeze_that_drops_the_batch_axis_is_named():
    with pytest.raises(ValueError, match=r"got an output of shape \(3,\).*squeeze\(\).*squeeze\(1\)"):
        lrp.explain(network_with_head(lambda h: pooled(h).squeeze()), X[:1], 0, lrp.EpsilonPlus())


def test_a_map_of_scores_can_be_explained_as_a_whole():
    scores = network_with_head(lambda h: h)
    result = lrp.explain(scores, X, lrp.Features(scores.output), lrp.EpsilonPlus())
    torch.testing.assert_close(result.explained, scores(X).detach().flatten(1).sum(1))
