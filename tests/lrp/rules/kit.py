"""What the tests of rules share."""

from typing import Any

import torch
from hypothesis import settings
from torch import Tensor

import lrp

LRP_METHODS = [method for method in lrp.METHODS.values() if method.has_rules]
quickly = settings(deadline=None, derandomize=True)


def positive(t: Tensor) -> Tensor:
    return t.clamp(min=0)


def negative(t: Tensor) -> Tensor:
    return t.clamp(max=0)


# What the numbers of a tensor may look like: any sign, one sign only, or many exact zeros, as after a ReLU.
SIGNS = {
    "any": lambda t: t, "positive": Tensor.abs, "negative": lambda t: -t.abs(), "rectified": positive, "zero": torch.zeros_like
}  # fmt: skip


def numbers(shape: Any, sign: str, generator: torch.Generator) -> Tensor:
    return SIGNS[sign](torch.randn(shape, generator=generator, dtype=torch.float64))
