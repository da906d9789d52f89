"""Weights of convolutions in the order in which oneDNN multiplies, so that it does not rearrange them at every call.

Where a convolution has few positions, as in the last stage of a network, that takes as long as the convolution itself: one of
512 channels at 7 x 7 positions took 3.9 ms, and 1.7 with packed weights (one thread, AVX-512; 3.3 and 2.1 with AVX2). Both are
the same code of oneDNN, and give the same bits.
"""

from typing import Any

import torch
from torch import Tensor

from lrp.network.fast_convolution import FEW_POSITIONS, ConvolutionSettings


def fits_packing(x: Tensor, weight: Tensor, settings: ConvolutionSettings) -> bool:
    """Returns whether packed weights are quicker for x (N, C, H, W) and give the same bits as torch.convolution."""
    if x.dim() != 4 or x.device.type != "cpu" or x.dtype != torch.float32 or settings.transposed or settings.groups != 1:
        return False
    positions = x.shape[0] * x.shape[2] * x.shape[3] // (settings.stride[0] * settings.stride[1])
    # With kernels of one pixel other code of oneDNN is chosen, and with gradients an operation that has one.
    if positions > FEW_POSITIONS or set(weight.shape[2:]) == {1} or (torch.is_grad_enabled() and x.requires_grad):
        return False
    last = all(values.is_contiguous(memory_format=torch.channels_last) for values in (x, weight))
    return last and _is_computed_by_onednn(x, weight, settings)


def _is_computed_by_onednn(x: Tensor, weight: Tensor, settings: ConvolutionSettings) -> bool:
    """Whether torch itself hands this convolution to oneDNN, and the operation for packed weights is part of it."""
    select: Any = torch._C
    known = hasattr(torch.ops.mkldnn, "_convolution_pointwise")
    return known and select._select_conv_backend(x, weight, None, *settings) == select._ConvBackend.Mkldnn


def pack_weights(x: Tensor, weight: Tensor, settings: ConvolutionSettings) -> Tensor:
    """Returns the weights (O, C, ...) in oneDNN's order, for inputs such as `x`; any other convolution refuses them."""
    stride, padding, dilation = settings[:3]
    packed: Tensor = torch.ops.mkldnn._reorder_convolution_weight(weight, padding, stride, dilation, 1, list(x.shape))
    return packed


def convolve_packed(x: Tensor, packed: Tensor, bias: Tensor | None, settings: ConvolutionSettings) -> Tensor:
    """Returns W x + b for weights that `pack_weights` returned."""
    stride, padding, dilation = settings[:3]
    convolve = torch.ops.mkldnn._convolution_pointwise
    output: Tensor = convolve(x, packed, bias, padding, stride, dilation, 1, "none", [], "")
    return output
