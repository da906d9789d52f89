"""What is taken as a picture, by every method and metric alike."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import lrp
from lrp import metrics
from lrp.metrics.regions import when_blurred
from lrp.region import Region
from tests.lrp.network.headed_networks import X, network_with_head, quick, vectors

MAP = np.arange(256, dtype=np.float32).reshape(16, 16)
FEW = metrics.Perturbation(steps=2)
ASKED: dict[str, Callable[[lrp.Network, Any], Any]] = {
    **{name: lambda n, x, method=method: lrp.explain(n, x, 0, quick(method)) for name, method in lrp.METHODS.items()},
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
        ask(network_with_head(vectors), x)


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
        ask(network_with_head(vectors), x)


def test_values_whose_sum_alone_is_infinite_are_taken():
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 2)).eval()
    x = torch.full((1, 3, 2, 2), 1e38)
    assert lrp.trace(lrp.canonize(model), x).x.equal(x)


def test_a_network_without_convolutions_says_where_it_fails():
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 2)).eval()
    with pytest.raises(ValueError, match=r"cannot take x of shape \(3, 2, 2\) at 1 .*x\.unsqueeze\(0\) adds one that is missing"):
        lrp.explain(lrp.canonize(model), torch.ones(3, 2, 2), 0, lrp.UniformEpsilon())
