"""A convolution and its transpose, each by the quickest of the ways that give the same numbers.

torch hands both to oneDNN, which on a CPU reaches the speed limit of the processor for most layers of a network. The way back
falls short in three cases: where a few places see many weights, rearranging these takes the time; with kernels of one pixel, it
is slower than the matrix product that it is; and into the three colours of a picture, most of each vector register stays empty.
"""

from itertools import product
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

FEW_CHANNELS = 4
FEW_PLACES = 64  # of all samples together; from about 200 on, oneDNN is as quick


class Settings(NamedTuple):
    """How a convolution is laid out, as torch.convolution takes it."""

    stride: list[int]
    padding: list[int]
    dilation: list[int]
    transposed: bool
    output_padding: list[int]
    groups: int

    @property
    def plain(self) -> bool:
        """Whether it is neither transposed nor dilated nor in groups."""
        return not self.transposed and self.groups == 1 and set(self.dilation) == {1}


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None, settings: Settings) -> Tensor:
    """W x + b: (N, O, ...) for x (N, C, ...) and W (O, C, ...)."""
    if torch.is_grad_enabled() and x.requires_grad and _shuffles(weight, settings):
        return _IntoFewChannels.apply(x, weight, bias, settings)
    return torch.convolution(x, weight, bias, *settings)


def pull_back(signal: Tensor, x: Tensor, weight: Tensor, settings: Settings) -> Tensor:
    """W^T s, for s (N, O, ...) and W (O, C, ...): of the shape of x (N, C, ...), whose values are not used."""
    shape = (len(signal), *x.shape[1:])
    if _is_product(signal, weight, settings) and (_one_pixel(weight, settings) or signal[:, 0].numel() <= FEW_PLACES):
        return _product_back(signal, shape, weight, settings)
    if signal.device.type == "cpu" and _shuffles(weight, settings):
        return _shuffled_back(signal, shape, weight, settings)
    if len(x) != len(signal):
        # Only the shape counts; memory that nobody writes to costs less than a view that would be copied.
        order = torch.channels_last if x.dim() == 4 else torch.contiguous_format
        x = torch.empty(shape, dtype=x.dtype, device=x.device, memory_format=order)
    return torch.ops.aten.convolution_backward(signal, x, weight, None, *settings, [True, False, False])[0]


def _is_product(x: Tensor, weight: Tensor, settings: Settings) -> bool:
    """Whether the weights lie in memory as the matrix of a product with patches, (O, kh kw C)."""
    last = weight.dim() == 4 and weight.is_contiguous(memory_format=torch.channels_last)
    return last and settings.plain and x.device.type == "cpu"


def _one_pixel(weight: Tensor, settings: Settings) -> bool:
    """Whether each place sees its own pixel alone, so that no patches overlap."""
    return set(weight.shape[2:]) == {1} == set(settings.stride) and not any(settings.padding)


def _product_back(signal: Tensor, shape: tuple[int, ...], weight: Tensor, settings: Settings) -> Tensor:
    """Its transpose: what each place hands to its patch, added up where patches overlap."""
    rows = signal.permute(0, 2, 3, 1).flatten(0, 2) @ weight.permute(0, 2, 3, 1).flatten(1)
    (down, across), (high, wide), (n, _, height, width) = settings.padding, weight.shape[2:], shape
    if _one_pixel(weight, settings):
        return rows.view(n, height, width, -1).permute(0, 3, 1, 2)
    patches = rows.view(n, *signal.shape[2:], high, wide, -1)
    out = rows.new_zeros(n, height + 2 * down, width + 2 * across, patches.shape[-1])
    places = [stride * side for stride, side in zip(settings.stride, signal.shape[2:], strict=True)]
    for i, j in product(range(high), range(wide)):
        out[:, i : i + places[0] : settings.stride[0], j : j + places[1] : settings.stride[1]] += patches[:, :, :, i, j]
    return out[:, down : down + height, across : across + width].permute(0, 3, 1, 2)


def _shuffles(weight: Tensor, settings: Settings) -> bool:
    return weight.dim() == 4 and weight.shape[1] <= FEW_CHANNELS and settings.plain and min(settings.stride) > 1


def _shuffled_back(signal: Tensor, shape: tuple[int, ...], weight: Tensor, settings: Settings) -> Tensor:
    """The transpose of a convolution with a stride, as a convolution without one whose channels are then dealt out to the pixels.

    Pixels that lie the same way to the stride see the same weights, so each such set of pixels becomes a set of channels
    (sub-pixel convolution, Shi et al. 2016): s * s times as many channels in one pass, and nothing multiplied by zeros
    that a stride leaves.
    """
    (sy, sx), (py, px), (_, c, height, width) = settings.stride, settings.padding, shape
    high, wide = (-(-k // s) for k, s in zip(weight.shape[2:], (sy, sx), strict=True))
    taps = F.pad(weight, (0, sx * wide - weight.shape[3], 0, sy * high - weight.shape[2]))
    taps = taps.unflatten(3, (wide, sx)).unflatten(2, (high, sy)).flip(2, 4)  # O, C, kh', sy, kw', sx
    taps = taps.permute(3, 5, 1, 0, 2, 4).flatten(0, 2).contiguous(memory_format=torch.channels_last)
    dealt = torch.conv2d(signal, taps, padding=(high - 1, wide - 1))  # N, sy sx C, rows, columns
    rows, columns = dealt.shape[2:]
    dealt = dealt.permute(0, 2, 3, 1).unflatten(3, (sy, sx, c)).transpose(2, 3)  # N, rows, sy, columns, sx, C
    out = dealt.reshape(len(signal), sy * rows, sx * columns, c)
    out = F.pad(out, (0, 0, 0, max(0, px + width - sx * columns), 0, max(0, py + height - sy * rows)))
    return out[:, py : py + height, px : px + width].permute(0, 3, 1, 2)


class _IntoFewChannels(torch.autograd.Function):
    """A convolution whose gradient takes the quick way back; the weights get none."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, settings: Settings) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.settings = settings
        return torch.convolution(x, weight, bias, *settings)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *signals: Tensor) -> Any:
        x, weight = ctx.saved_tensors
        return pull_back(signals[0], x, weight, ctx.settings), None, None, None
