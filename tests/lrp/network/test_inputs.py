"""What is taken as a picture, by every method and metric alike, and which outputs count as logits."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

import lrp
from lrp import metrics
from lrp.metrics.regions import when_blurred
from lrp.region import Region
from tests.lrp.network.kit import Net

LOW = torch.full((1, 3, 1, 1), -2.0)


def small(method: Any) -> Any:
    quick = {"n_steps": 4, "tolerance": None, "n_samples": 2, "window": 8, "stride": 8}
    return method(**{setting.name: quick[setting.name] for setting in fields(method) if setting.name in quick})


def network(head: Callable[[Tensor], Tensor], classes: int = 3) -> lrp.Network:
    """Two convolutions, and what `head` makes of their output (N, classes, H, W)."""
    torch.manual_seed(0)
    parts = {"a": nn.Conv2d(3, 4, 3, padding=1), "b": nn.Conv2d(4, classes, 1)}
    return lrp.canonize(Net(lambda m, x: head(m.b(F.relu(m.a(x)))), **parts).eval(), LOW, -LOW)


def pooled(h: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(h, 1)


def vectors(h: Tensor) -> Tensor:
    return pooled(h).flatten(1)


X = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(2)) * 2 - 1
MAP = np.arange(256, dtype=np.float32).reshape(16, 16)
FEW = metrics.Perturbation(steps=2)
ASKED: dict[str, Callable[[lrp.Network, Any], Any]] = {
    **{name: lambda n, x, method=method: lrp.explain(n, x, 0, small(method)) for name, method in lrp.METHODS.items()},
    "trace": lrp.trace,
    "deletion": lambda n, x: metrics.deletion(n, x, 0, [MAP], FEW),
    "faithfulness": lambda n, x: metrics.faithfulness(n, x, 0, {"map": MAP}, FEW),
    "random curves": lambda n, x: metrics.random_curves(n, x, 0, FEW),
    "report": lambda n, x: metrics.report(n, x, 0, [lrp.EpsilonPlus()], FEW),
    "sensitivity": lambda n, x: metrics.sensitivity(n, x, 0, lrp.EpsilonPlus(), n_samples=2),
    "cascade": lambda n, x: metrics.cascade(n, x, 0, lrp.EpsilonPlus()),
    "other class": lambda n, x: metrics.other_class(n, x, 0, lrp.EpsilonPlus()),
    "blurred region": lambda n, x: when_blurred(n, x, 0, Region(1, 1, 9, 9)),
}
each_asks = pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)


@each_asks
@pytest.mark.parametrize(
    ("x", "got"),
    [
        (X[:1].to(torch.uint8), r"torch\.uint8; convert it by x\.to\(torch\.float32\) and bring it to the range"),
        (X[:1].long(), r"torch\.int64"),
        (X[:1] > 0, r"torch\.bool"),
        (X[:1].to(torch.complex64), r"torch\.complex64"),
        (X[:1].double(), r"torch\.float64; convert it by x\.to\(torch\.float32\)"),
        (X[:1].half(), r"torch\.float16"),
        (X[:1].numpy(), r"ndarray; torch\.from_numpy"),
        (Image.new("RGB", (16, 16)), r"Image; backbone\.preprocess"),
        ([X[0]], r"list; torch\.stack"),
        (None, "NoneType"),
    ],
    ids=["bytes", "integers", "booleans", "complex", "double", "half", "numpy", "PIL", "list", "nothing"],
)
def test_what_is_no_picture_of_the_networks_precision_is_refused_alike(ask, x, got):
    with pytest.raises(TypeError, match=rf"x must be a tensor of torch\.float32, like the network's weights, got {got}"):
        ask(network(vectors), x)


@each_asks
@pytest.mark.parametrize(
    ("x", "message"),
    [
        (X[0], r"must have shape \(N, 3, H, W\), .* got shape \(3, 16, 16\); x\.unsqueeze\(0\)"),
        (X[:1, :1], r"must have shape \(N, 3, H, W\), .* got shape \(1, 1, 16, 16\)$"),
        (X[None], r"must have shape \(N, 3, H, W\), .* got shape \(1, 2, 3, 16, 16\)$"),
        (X[0, 0, 0], r"batch axis, \(N, \.\.\.\), got shape \(16,\); x\.unsqueeze\(0\)"),
        (X[:0], r"at least one picture, got shape \(0, 3, 16, 16\)"),
        (X[:1].where(X[:1] > 0, float("nan")), r"finite, got \d+ values of 768 that are NaN or infinite"),
        (X[:1] / 0, r"finite, got 768 values"),
    ],
    ids=["no batch axis", "one channel", "an axis too many", "a row", "no picture", "NaN", "infinite"],
)
def test_what_has_no_shape_of_a_picture_or_is_not_finite_is_refused_alike(ask, x, message):
    with pytest.raises(ValueError, match=message):
        ask(network(vectors), x)


def test_values_whose_sum_alone_is_infinite_are_taken():
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 2)).eval()
    x = torch.full((1, 3, 2, 2), 1e38)
    assert lrp.trace(lrp.canonize(model), x).x.equal(x)


def test_a_network_without_convolutions_says_where_it_fails():
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 2)).eval()
    with pytest.raises(ValueError, match=r"cannot take x of shape \(3, 2, 2\) at 1 .*x\.unsqueeze\(0\) adds one that is missing"):
        lrp.explain(lrp.canonize(model), torch.ones(3, 2, 2), 0, lrp.UniformEpsilon())


EACH = [small(method) for method in lrp.METHODS.values()]
each_method = pytest.mark.parametrize("method", EACH, ids=lambda method: method.name)


@each_method
@pytest.mark.parametrize(
    ("head", "classes"),
    [(pooled, 3), (pooled, 1), (lambda h: vectors(h).squeeze(1), 1)],
    ids=["(N, 3, 1, 1)", "(N, 1, 1, 1)", "(N,)"],
)
def test_logits_of_another_shape_are_explained_as_those_of_shape_n_by_k(method, head, classes):
    for x, target in ((X, torch.tensor([0, classes - 1])), (X[:1], [classes - 1, 0])):
        ours = lrp.explain(network(head, classes), x, target, method)
        plain = lrp.explain(network(vectors, classes), x, target, method)
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
        lrp.explain(network(head), X[:count], 0, method)


def test_a_squeeze_that_drops_the_batch_axis_is_named():
    with pytest.raises(ValueError, match=r"got an output of shape \(3,\).*squeeze\(\).*squeeze\(1\)"):
        lrp.explain(network(lambda h: pooled(h).squeeze()), X[:1], 0, lrp.EpsilonPlus())


def test_a_map_of_scores_can_be_explained_as_a_whole():
    scores = network(lambda h: h)
    result = lrp.explain(scores, X, lrp.Features(scores.output), lrp.EpsilonPlus())
    torch.testing.assert_close(result.explained, scores(X).detach().flatten(1).sum(1))


@each_method
@pytest.mark.parametrize("target", [[1, 2], (1, 2), np.array([1, 2]), torch.tensor([1, 2], dtype=torch.uint8)], ids=repr)
def test_classes_may_come_as_any_sequence_of_whole_numbers(method, target):
    found = lrp.explain(network(vectors), X, target, method).relevance
    assert torch.equal(found, lrp.explain(network(vectors), X, torch.tensor([1, 2]), method).relevance)
    assert torch.equal(found[1:], lrp.explain(network(vectors), X, np.int64(2), method).relevance[1:])


@each_method
@pytest.mark.parametrize(
    ("target", "error"),
    [(3, ValueError), (-1, ValueError), (1.0, TypeError), (True, TypeError), (None, TypeError), ("cat", TypeError),
     (2**70, TypeError), ([0, 1, 2], ValueError), ([0.5, 1.0], TypeError), ([True, False], TypeError), ([], ValueError),
     (np.float32(1), TypeError)],
    ids=repr,
)  # fmt: skip
def test_what_is_no_class_of_the_network_is_refused(method, target, error):
    with pytest.raises(error, match="target must be"):
        lrp.explain(network(vectors), X, target, method)
