"""Activations that keep values between bounds, and those that look like it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx

from lrp.network.layers import Activation, Layer, Rectifier, ReLU, of_the_same_shape
from lrp.network.operations.spelling import spellings

ZEROS = frozenset(spellings("zeros_like"))
Bound = float | Tensor | None


def bounded(low: Bound, high: Bound) -> Layer:
    """max(low, min(x, high)), for constants low <= 0 <= high. Raises TypeError for others, which it names."""
    for bound in (low, high):
        if not isinstance(bound, int | float | Tensor | None):
            raise TypeError("the bounds of an activation must be constants, got one that depends on the input")
    if _any(low, torch.gt) or _any(high, torch.lt):
        raise TypeError(
            f"an activation must be 0 at 0, or evidence changes its sign in it, so its bounds must enclose 0, "
            f"got {_told(low)} and {_told(high)}"
        )
    rectifies = low is not None and not _any(low, torch.lt)
    if rectifies and high is None and not torch.as_tensor(low).dim():
        return ReLU(torch.relu)
    # torch.clamp takes two numbers or two tensors.
    ends = [None if bound is None else torch.as_tensor(bound) for bound in (low, high)]
    return (Rectifier if rectifies else Activation)(lambda x: of_the_same_shape(torch.clamp(x, *ends).to(x.dtype), x))


def _any(bound: Bound, compare: Callable[[Tensor, float], Tensor]) -> bool:
    return bound is not None and bool(compare(torch.as_tensor(bound), 0).any())


def _told(bound: Bound) -> str:
    return f"a tensor of {tuple(bound.shape)}" if isinstance(bound, Tensor) and bound.dim() else str(bound)


def clamp(input: Any, min: Bound = None, max: Bound = None) -> Layer:
    """Clamping; the arguments are those of torch.clamp."""
    return bounded(min, max)


def clamp_min(input: Any, min: Bound) -> Layer:
    """Clamping from below."""
    return bounded(min, None)


def clamp_max(input: Any, max: Bound) -> Layer:
    """Clamping from above."""
    return bounded(None, max)


def maximum(input: Any, other: Any = None) -> Layer:
    """The larger of an activation and a constant, in either order."""
    return bounded(_constant("largest", input, other), None)


def minimum(input: Any, other: Any = None) -> Layer:
    """The smaller of an activation and a constant, in either order."""
    return bounded(None, _constant("smallest", input, other))


def _constant(which: str, input: Any, other: Any) -> Any:
    """That of the two which is no activation."""
    if other is None:
        raise TypeError(f"the {which} of all values mixes pictures: let the model name an axis")
    if any(isinstance(given, fx.Node) and given.target in ZEROS for given in (input, other)):
        return 0.0
    return other if isinstance(other, Tensor) else input


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Layer:
    """Hardtanh; the arguments are those of torch.nn.functional.hardtanh."""
    return bounded(min_val, max_val)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Layer:
    """x above the threshold, `value` elsewhere, where that rises and is 0 at 0."""
    if value > threshold or (threshold >= 0 and value != 0):
        raise TypeError(
            f"a threshold must rise and be 0 at 0, or evidence changes its sign in it, got threshold={threshold}, value={value}"
        )
    if threshold == 0:
        return ReLU(torch.relu)
    kind = Rectifier if threshold > 0 else Activation
    return kind(partial(F.threshold, threshold=threshold, value=value))
