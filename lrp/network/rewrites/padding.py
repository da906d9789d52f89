"""Makes padding with zeros part of the convolution, so that padded zeros receive no relevance."""

import copy
from typing import TypeVar

from torch import nn

from lrp.network.module_kinds import AnyConvolution

ConvolutionModule = TypeVar("ConvolutionModule", bound=AnyConvolution)


class PaddedConvolutionModule(nn.Module):
    """A convolution without padding whose input gets zeros around it; `sides` as torch.nn.functional.pad takes them."""

    def __init__(self, convolution: AnyConvolution, sides: list[int]) -> None:
        super().__init__()
        self.convolution = convolution
        self.sides = sides


def sides_of(convolution: AnyConvolution) -> list[int]:
    """Returns how far a convolution pads, as torch.nn.functional.pad takes it: before and after the last axis, and so on."""
    if convolution.padding == "same":
        reach = [d * (k - 1) for d, k in zip(convolution.dilation, convolution.kernel_size, strict=True)]
        pairs = [(r // 2, r - r // 2) for r in reach]
    elif isinstance(convolution.padding, str):
        pairs = [(0, 0)] * len(convolution.kernel_size)
    else:
        pairs = [(p, p) for p in convolution.padding]
    return [side for pair in reversed(pairs) for side in pair]


def without_padding(convolution: ConvolutionModule) -> ConvolutionModule:
    """Returns the same convolution, sharing its weights, without padding."""
    bare = copy.copy(convolution)
    bare.padding = (0,) * len(convolution.kernel_size)
    bare.padding_mode = "zeros"
    return bare


def with_zeros(convolution: AnyConvolution, sides: list[int]) -> nn.Module:
    """Returns the same convolution with zeros on those sides of its input instead of its own padding."""
    bare = without_padding(convolution)
    if sides[::2] != sides[1::2]:
        return PaddedConvolutionModule(bare, sides)
    bare.padding = tuple(sides[::-2])
    return bare
