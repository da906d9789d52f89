"""Activations that keep values between bounds: clamp, hardtanh, threshold, and maximum or minimum with a constant."""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, fx

from lrp.network.layers import Activation, Layer, Rectifier, ReLU, require_same_shape
from lrp.network.operations.spelling import spellings

ZEROS = frozenset(spellings("zeros_like"))
Bound = float | Tensor | None


def bounded(low: object, high: object) -> Layer:
    """Builds max(low, min(x, high)) for constants low <= 0 <= high. Raises TypeError for other bounds."""
    low, high = _known(low), _known(high)
    if _any(low, torch.gt) or _any(high, torch.lt):
        raise TypeError(
            f"an activation must be 0 at 0, or evidence changes its sign in it, so its bounds must enclose 0, "
            f"got {_described(low)} and {_described(high)}"
        )
    rectifies = low is not None and not _any(low, torch.lt)
    if rectifies and high is None and not torch.as_tensor(low).dim():
        return ReLU(torch.relu)
    # torch.clamp takes two numbers or two tensors.
    ends = [None if bound is None else torch.as_tensor(bound) for bound in (low, high)]
    return (Rectifier if rectifies else Activation)(lambda x: require_same_shape(torch.clamp(x, *ends).to(x.dtype), x))


def _known(bound: object) -> Bound:
    if not isinstance(bound, int | float | Tensor | None):
        raise TypeError("the bounds of an activation must be constants, got one that depends on the input")
    return bound


def _any(bound: Bound, compare: Callable[[Tensor, float], Tensor]) -> bool:
    return bound is not None and bool(compare(torch.as_tensor(bound), 0).any())


def _described(bound: Bound) -> str:
    return f"a tensor of {tuple(bound.shape)}" if isinstance(bound, Tensor) and bound.dim() else str(bound)


def clamp(input: object, min: Bound = None, max: Bound = None) -> Layer:
    """Builds clamping; the arguments are those of torch.clamp."""
    return bounded(min, max)


def clamp_min(input: object, min: Bound) -> Layer:
    """Builds clamping from below."""
    return bounded(min, None)


def clamp_max(input: object, max: Bound) -> Layer:
    """Builds clamping from above."""
    return bounded(None, max)


def maximum(input: object, other: object = None) -> Layer:
    """Builds the larger of an activation and a constant, in either order."""
    return bounded(_constant("largest", input, other), None)


def minimum(input: object, other: object = None) -> Layer:
    """Builds the smaller of an activation and a constant, in either order."""
    return bounded(None, _constant("smallest", input, other))


def _constant(which: str, input: object, other: object) -> object:
    """Returns that of the two operands which is no activation."""
    if other is None:
        raise TypeError(f"the {which} of all values mixes pictures: let the model name an axis")
    if any(isinstance(given, fx.Node) and given.target in ZEROS for given in (input, other)):
        return 0.0
    return other if isinstance(other, Tensor) else input


def hardtanh(input: object, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Layer:
    """Builds Hardtanh; the arguments are those of torch.nn.functional.hardtanh."""
    return bounded(min_val, max_val)


def threshold(input: object, threshold: float, value: float, inplace: bool = False) -> Layer:
    """Builds x above the threshold and `value` elsewhere, if that is non-decreasing and 0 at 0."""
    if value > threshold or (threshold >= 0 and value != 0):
        raise TypeError(
            f"a threshold must rise and be 0 at 0, or evidence changes its sign in it, got threshold={threshold}, value={value}"
        )
    if threshold == 0:
        return ReLU(torch.relu)
    kind = Rectifier if threshold > 0 else Activation
    return kind(partial(F.threshold, threshold=threshold, value=value))
