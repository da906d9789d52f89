"""Makes padding with zeros part of the convolution, so that padded zeros receive no relevance."""

import copy
from collections.abc import Sequence
from typing import TypeGuard, TypeVar

import torch.nn.functional as F
from torch import Tensor, nn

from lrp.network.fx_nodes import import_path
from lrp.network.module_kinds import AnyConvolution

ConvolutionModule = TypeVar("ConvolutionModule", bound=AnyConvolution)

# By its import path, for timm is loaded only by who has it.
SAME_CONVOLUTION = "timm.layers.conv2d_same.Conv2dSame"


class PaddedConvolutionModule(nn.Module):
    """A convolution without padding whose input gets zeros around it; `sides` as torch.nn.functional.pad takes them."""

    def __init__(self, convolution: AnyConvolution, sides: list[int]) -> None:
        super().__init__()
        self.convolution = convolution
        self.sides = sides


class SameConvolution(nn.Conv2d):
    """A convolution that picks its padding by the size of its input, as TensorFlow's "same" and timm's Conv2dSame do."""

    @classmethod
    def like(cls, convolution: nn.Conv2d) -> "SameConvolution":
        """Returns one with the weights and settings of another convolution, but for its padding."""
        same = cls.__new__(cls)
        same.__dict__ = {**convolution.__dict__, "padding": (0, 0)}
        return same

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, K, H / stride, W / stride), rounded up."""
        return super().forward(pad_like_tensorflow(input, self.kernel_size, self.stride, self.dilation))


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


def pads_like_tensorflow(module: nn.Module) -> TypeGuard[nn.Conv2d]:
    """Whether a module is a convolution, ours or timm's, that picks its padding by the size of its input."""
    return isinstance(module, SameConvolution) or import_path(type(module)) == SAME_CONVOLUTION


def pad_like_tensorflow(x: Tensor, kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> Tensor:
    """Returns `x` (N, C, H, W) with the zeros that TensorFlow's "same" padding puts around it, one more at the end if odd."""
    sides: list[int] = []
    for size, k, s, d in zip(x.shape[-2:], kernel, stride, dilation, strict=True):
        zeros = max((-(-size // s) - 1) * s + (k - 1) * d + 1 - size, 0)
        sides = [zeros // 2, zeros - zeros // 2, *sides]
    return F.pad(x, sides)
