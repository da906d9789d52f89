"""A convolution and its transpose, each by the fastest of the ways that give the same numbers.

torch hands both to oneDNN, which on a CPU reaches the speed limit of the processor for most layers of a network. Its transpose
is slow in three cases: where a few positions see many weights, rearranging these takes the time; with kernels of one pixel, it
is slower than a matrix product; and into the three colours of a picture, most of each vector register stays empty.
"""

from itertools import product
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from lrp.network.out_of_memory import require_system_memory

FEW_CHANNELS = 4
KERNEL_BYTES = 8 * 2**20  # at most, of the kernels that oneDNN writes for one convolution
FEW_POSITIONS = 64  # of all samples together; from about 200 on, oneDNN is as quick


class ConvolutionSettings(NamedTuple):
    """The settings of a convolution, as torch.convolution takes them."""

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


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None, settings: ConvolutionSettings) -> Tensor:
    """Returns W x + b, of shape (N, O, ...), for x (N, C, ...) and W (O, C, ...)."""
    if torch.is_grad_enabled() and x.requires_grad and _fits_subpixel(weight, settings):
        output: Tensor = _IntoFewChannels.apply(x, weight, bias, settings)  # type: ignore[no-untyped-call]
        return output
    return torch.convolution(x, weight, bias, *settings)


def pull_back(signal: Tensor, x: Tensor, weight: Tensor, settings: ConvolutionSettings) -> Tensor:
    """Returns W^T s, of the shape of x (N, C, ...), whose values are not used, for s (N, O, ...) and W (O, C, ...)."""
    shape = (len(signal), *x.shape[1:])
    few = signal[:, 0].numel() <= FEW_POSITIONS
    if _fits_matrix_product(signal, weight, settings) and (few or _is_pointwise(weight, settings)):
        return _matrix_pull_back(signal, shape, weight, settings)
    if signal.device.type == "cpu" and _fits_subpixel(weight, settings):
        return _subpixel_pull_back(signal, shape, weight, settings)
    if len(x) != len(signal):
        # Only the shape counts; memory that nobody writes to costs less than a view that would be copied.
        order = torch.channels_last if x.dim() == 4 else torch.contiguous_format
        x = torch.empty(shape, dtype=x.dtype, device=x.device, memory_format=order)
    if signal.device.type == "cpu" and max(settings.stride) > 1:
        require_system_memory(KERNEL_BYTES)  # where oneDNN cannot write the kernel of this one, it calls one that is not there
    pulled: Tensor = torch.ops.aten.convolution_backward(signal, x, weight, None, *settings, [True, False, False])[0]
    return pulled


def _fits_matrix_product(x: Tensor, weight: Tensor, settings: ConvolutionSettings) -> bool:
    """Whether the weights lie in memory as the matrix of a product with patches, (O, kh kw C)."""
    last = weight.dim() == 4 and weight.is_contiguous(memory_format=torch.channels_last)
    return last and settings.plain and x.device.type == "cpu"


def _is_pointwise(weight: Tensor, settings: ConvolutionSettings) -> bool:
    """Whether each position sees its own pixel alone, so that no patches overlap."""
    return set(weight.shape[2:]) == {1} == set(settings.stride) and not any(settings.padding)


def _matrix_pull_back(signal: Tensor, shape: tuple[int, ...], weight: Tensor, settings: ConvolutionSettings) -> Tensor:
    """The transpose as a matrix product: what each position hands to its patch, added up where patches overlap."""
    rows = signal.permute(0, 2, 3, 1).flatten(0, 2) @ weight.permute(0, 2, 3, 1).flatten(1)
    down, across = settings.padding
    high, wide = weight.shape[2:]
    n, _, height, width = shape
    if _is_pointwise(weight, settings):
        return rows.view(n, height, width, -1).permute(0, 3, 1, 2)
    patches = rows.view(n, *signal.shape[2:], high, wide, -1)
    out = rows.new_zeros(n, height + 2 * down, width + 2 * across, patches.shape[-1])
    places = [stride * side for stride, side in zip(settings.stride, signal.shape[2:], strict=True)]
    for i, j in product(range(high), range(wide)):
        out[:, i : i + places[0] : settings.stride[0], j : j + places[1] : settings.stride[1]] += patches[:, :, :, i, j]
    return out[:, down : down + height, across : across + width].permute(0, 3, 1, 2)


def _fits_subpixel(weight: Tensor, settings: ConvolutionSettings) -> bool:
    return weight.dim() == 4 and weight.shape[1] <= FEW_CHANNELS and settings.plain and min(settings.stride) > 1


def _subpixel_pull_back(signal: Tensor, shape: tuple[int, ...], weight: Tensor, settings: ConvolutionSettings) -> Tensor:
    """The transpose of a strided convolution as a sub-pixel convolution (Shi et al. 2016), whose channels then become pixels.

    Pixels at the same offset from the stride's grid see the same weights, so each offset becomes a set of channels: s * s times
    as many channels in one pass, and nothing is multiplied by the zeros that a stride leaves.
    """
    sy, sx = settings.stride
    py, px = settings.padding
    _, c, height, width = shape
    high, wide = (-(-k // s) for k, s in zip(weight.shape[2:], (sy, sx), strict=True))
    taps = F.pad(weight, (0, sx * wide - weight.shape[3], 0, sy * high - weight.shape[2]))
    taps = torch.unflatten(torch.unflatten(taps, 3, (wide, sx)), 2, (high, sy)).flip(2, 4)  # O, C, kh', sy, kw', sx
    taps = taps.permute(3, 5, 1, 0, 2, 4).flatten(0, 2).contiguous(memory_format=torch.channels_last)
    by_offset = torch.conv2d(signal, taps, padding=(high - 1, wide - 1))  # N, sy sx C, rows, columns
    rows, columns = by_offset.shape[2:]
    pixels = torch.unflatten(by_offset.permute(0, 2, 3, 1), 3, (sy, sx, c)).transpose(2, 3)  # N, rows, sy, columns, sx, C
    out = pixels.reshape(len(signal), sy * rows, sx * columns, c)
    out = F.pad(out, (0, 0, 0, max(0, px + width - sx * columns), 0, max(0, py + height - sy * rows)))
    return out[:, py : py + height, px : px + width].permute(0, 3, 1, 2)


class _IntoFewChannels(torch.autograd.Function):
    """A convolution whose input gradient is computed by `pull_back`; the weights get no gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, settings: ConvolutionSettings) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.settings = settings
        return torch.convolution(x, weight, bias, *settings)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *signals: Tensor) -> tuple[Tensor, None, None, None]:
        x, weight = ctx.saved_tensors
        return pull_back(signals[0], x, weight, ctx.settings), None, None, None
