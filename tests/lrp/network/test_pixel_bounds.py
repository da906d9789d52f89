"""The bounds of the pixels: in which forms they may be given, and which are refused."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import lrp
from tests.lrp.network.kit import conv


def plain() -> nn.Sequential:
    return nn.Sequential(conv(), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2)).double().eval()


BOUNDS: dict[str, tuple[Any, Any, str]] = {
    "no axes": (torch.zeros(4), torch.ones(4), r"low must be a number or of shape \(1, 4, 1, 1\).* got the shape \(4,\)"),
    "no batch axis": (torch.zeros(4, 1, 1), torch.ones(4, 1, 1), r"low must be .* got the shape \(4, 1, 1\)"),
    "channels": (torch.zeros(1, 3, 1, 1), torch.ones(1, 3, 1, 1), r"low must be .*\(1, 4, 1, 1\).* got the shape \(1, 3, 1, 1\)"),
    "one alone": (0.0, None, r"must be given together, got low alone"),
    "turned": (1.0, 0.0, r"low must be below high everywhere"),
    "no number": (float("nan"), 1.0, r"low must be finite"),
    "words": ("black", "white", r"low must be a number .* got str"),
}


@pytest.mark.parametrize("case", BOUNDS)
def test_bounds_that_cannot_be_are_refused(case: str) -> None:
    low, high, message = BOUNDS[case]
    with pytest.raises(ValueError, match=message):
        lrp.canonize(plain(), low, high)


def test_bounds_are_made_right_whatever_they_are_given_as() -> None:
    shape = (1, 4, 1, 1)
    arrays, tensors = (np.full(shape, -4, np.float32), np.full(shape, 5)), (torch.full(shape, -4), torch.full(shape, 5))
    for low, high in ((-4.0, 5), arrays, tensors):
        network = lrp.canonize(plain(), low, high)
        assert network.low is not None
        assert network.high is not None
        assert (network.low.dtype, network.low.shape) == (torch.float64, shape)
        assert torch.equal(network.high, torch.full(shape, 5.0, dtype=torch.float64))


def test_bounds_that_do_not_fit_the_picture_are_refused_at_the_first_one() -> None:
    network = lrp.canonize(nn.Sequential(nn.Flatten(), nn.Linear(12, 2)).eval(), torch.zeros(1, 4, 1, 1), torch.ones(1, 4, 1, 1))
    for use in (network, lambda x: lrp.trace(network, x)):
        with pytest.raises(ValueError, match=r"have the shape \(1, 4, 1, 1\), which does not fit x of \(1, 3, 2, 2\)"):
            use(torch.zeros(1, 3, 2, 2))
