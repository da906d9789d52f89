"""Baselines that are given as numbers, tensors or arrays, in the units of the input."""

from collections.abc import Callable
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import lrp
from lrp import metrics

LOW, HIGH = torch.full((1, 3, 1, 1), -1.0), torch.full((1, 3, 1, 1), 2.0)
X = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(7))


def network() -> lrp.Network:
    torch.manual_seed(6)
    return lrp.canonize(nn.Sequential(nn.Conv2d(3, 5, 2), nn.ReLU(), nn.Flatten(), nn.Linear(45, 2)).eval(), LOW, HIGH)


MAKERS: dict[str, Callable[[Any], Any]] = {
    "integrated-gradients": lambda given: lrp.IntegratedGradients(given, n_steps=8, tolerance=None),
    "averaged-integrated-gradients": lambda given: lrp.AveragedIntegratedGradients([given], n_steps=8, tolerance=None),
    "smoothgrad-ig": lambda given: lrp.SmoothIntegratedGradients(given, n_steps=8, tolerance=None, n_samples=2, noise=0.0),
    "deeplift": lrp.DeepLIFT,
    "occlusion": lambda given: lrp.Occlusion(4, 4, given),  # the window covers the whole picture
}
each_method = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
COLOURS = torch.tensor([0.1, -0.4, 0.7]).view(1, 3, 1, 1)


@each_method
@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (0, 0.0), (0.5, 0.5), (-1, -1.0), (np.float32(0.25), 0.25), (np.int64(1), 1.0), (np.array(0.5), 0.5),
        (torch.tensor(1), 1.0), (torch.tensor(0.5), 0.5), (COLOURS, COLOURS), (COLOURS.numpy(), COLOURS),
        (COLOURS.double(), COLOURS), (X.flip(3), X.flip(3)), (COLOURS.clone().requires_grad_(), COLOURS),
    ],
)  # fmt: skip
def test_what_is_explained_is_the_difference_to_these_values(make, given, meant):
    net = network()
    start = torch.zeros_like(X) + meant
    result = lrp.explain(net, X, 1, make(given))
    # Occlusion promises no sum: each pixel has what is lost when all are covered.
    found = result.relevance[:, :, 0, 0].sum(1) if isinstance(make(given), lrp.Occlusion) else result.explained
    torch.testing.assert_close(found, (net(X) - net(start))[:, 1].detach())
    assert result.relevance.isfinite().all()


def relevance(method: Any) -> Tensor:
    return lrp.explain(network(), X, 0, method).relevance


def test_numbers_and_names_for_the_same_picture_agree():
    for make in MAKERS.values():
        if make is not MAKERS["averaged-integrated-gradients"]:
            for number, name in ((0, "grey"), (-1, "black"), (2, "white")):
                assert torch.equal(relevance(make(number)), relevance(make(name)))


def test_several_baselines_are_averaged():
    given = ("blurred", 0.5, COLOURS)
    alone = [relevance(lrp.IntegratedGradients(baseline, 8, None)) for baseline in given]
    torch.testing.assert_close(relevance(lrp.AveragedIntegratedGradients(given, 8, None)), torch.stack(alone).mean(0))
    torch.testing.assert_close(
        relevance(lrp.AveragedIntegratedGradients(0, 8, None)), relevance(lrp.IntegratedGradients(0, 8, None))
    )


@each_method
@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (True, TypeError, "got True"), (False, TypeError, "got False"), (np.bool_(True), TypeError, "got .*True"),
        (torch.zeros(3, dtype=torch.bool), TypeError, r"torch\.bool"), (None, TypeError, "got None"),
        ({"a": 1}, TypeError, "got {'a': 1}"), (1j, TypeError, "got 1j"), (np.array(["a"]), TypeError, r"got array\("),
        (torch.zeros(1, 3, 4, 4, dtype=torch.uint8), TypeError, r"torch\.uint8"), (2**200, ValueError, "finite, .*got 16"),
        (float("nan"), ValueError, "finite, .*got nan"), (float("inf"), ValueError, "finite, .*got inf"),
        (COLOURS.log(), ValueError, "finite, got tensor"),
        ("pink", ValueError, "must be one of black, .*, or a tensor, got 'pink'"),
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_baseline_is_refused_by_value_and_constraint(make, given, error, message):
    with pytest.raises(error, match=message):
        make(given)


@each_method
@pytest.mark.parametrize("shape", [(2,), (1, 2, 1, 1), (3, 3, 4, 4), (1, 1, 3, 4, 4), (1, 3, 5, 5)], ids=str)
def test_a_tensor_that_does_not_broadcast_is_refused_by_its_shape(make, shape):
    with pytest.raises(ValueError, match=r"baseline must broadcast to the shape of x, \(2, 3, 4, 4\), got \("):
        lrp.explain(network(), X, 0, make(torch.zeros(shape)))


def test_a_list_of_baselines_must_hold_some():
    with pytest.raises(ValueError, match="at least one baseline, got none"):
        lrp.AveragedIntegratedGradients([])
    with pytest.raises(ValueError, match="each of baselines must be one of black"):
        lrp.AveragedIntegratedGradients(["grey", "pink"])


@each_method
def test_methods_are_alike_if_their_settings_are(make):
    assert make(COLOURS) == make(COLOURS.clone()) == make(COLOURS.numpy())
    assert hash(make(COLOURS)) == hash(make(COLOURS.clone()))
    assert make(COLOURS) != make(COLOURS + 1)
    assert make(COLOURS) != make("grey")
    assert make(0) == make(0.0) != make(1)
    assert len({make(COLOURS), make(COLOURS.clone()), make(0), make("grey")}) == 3
    assert make(0) != lrp.Saliency()
    assert type(make(COLOURS)).__name__ in repr(make(COLOURS))
    assert replace(make(COLOURS)) == make(COLOURS)
    assert asdict(make(0.5)).keys() == {setting.name for setting in fields(make(0.5))}


def test_a_tensor_that_is_written_over_later_changes_no_method():
    given = COLOURS.clone()
    method = lrp.DeepLIFT(given)
    given.fill_(9)
    assert method == lrp.DeepLIFT(COLOURS)
    array = COLOURS.numpy().copy()
    method = lrp.DeepLIFT(array)
    array[:] = 9
    assert method == lrp.DeepLIFT(COLOURS)


@pytest.mark.parametrize(("given", "meant"), [(0.5, 0.5), (np.float64(0.5), 0.5), (COLOURS, COLOURS), (COLOURS.numpy(), COLOURS)])
def test_what_replaces_patches_may_be_such_values_too(given: Any, meant: float | Tensor):
    perturbation = metrics.Perturbation(replacement=given)
    assert torch.equal(perturbation.replaced(network(), X), torch.zeros_like(X) + meant)
    assert perturbation == metrics.Perturbation(replacement=given)
