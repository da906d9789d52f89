"""Padding of convolutions. Zeros are part of the convolution, which then knows that nobody is there to take relevance."""

import copy
from typing import Any

from torch import nn


class Padded(nn.Module):
    """A convolution without padding whose input gets zeros around it; `sides` as torch.nn.functional.pad takes them."""

    def __init__(self, convolution: Any, sides: list[int]) -> None:
        super().__init__()
        self.convolution, self.sides = convolution, sides


def sides_of(convolution: Any) -> list[int]:
    """How far a convolution pads, as torch.nn.functional.pad takes it: before and after the last axis, and so on."""
    if convolution.padding == "same":
        reach = [d * (k - 1) for d, k in zip(convolution.dilation, convolution.kernel_size, strict=True)]
        pairs = [(r // 2, r - r // 2) for r in reach]
    elif convolution.padding == "valid":
        pairs = [(0, 0)] * len(convolution.kernel_size)
    else:
        pairs = [(p, p) for p in convolution.padding]
    return [side for pair in reversed(pairs) for side in pair]


def without_padding(convolution: Any) -> Any:
    """The same convolution, sharing its weights, without padding."""
    bare = copy.copy(convolution)
    bare.padding, bare.padding_mode = (0,) * len(convolution.kernel_size), "zeros"
    return bare


def with_zeros(convolution: Any, sides: list[int]) -> nn.Module:
    """The same convolution with those zeros around its input instead of its own padding."""
    bare = without_padding(convolution)
    if sides[::2] != sides[1::2]:
        return Padded(bare, sides)
    bare.padding = tuple(sides[::-2])
    return bare
