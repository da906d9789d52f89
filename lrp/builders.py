"""How modules and calls whose settings matter become layers. Each builder raises TypeError for settings that no rule fits."""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lrp.batch_norm import scale_and_shift
from lrp.convolution import Settings
from lrp.layers import Activation, Average, Convolution, Diagonal, Layer, Linear, MaxPool2d, PaddedConvolution, Routing
from lrp.padding import Padded, sides_of
from lrp.renormalization import LocalResponseNorm


def convolution(module: Any) -> Layer:
    """A convolution, transposed or not, that pads with as many zeros before as after."""
    return Convolution(torch.convolution, _constant(module.weight), _bias(module), _settings(module))


def padded_convolution(module: Padded) -> Layer:
    """A convolution that pads with more zeros on one side."""
    bare = module.convolution
    return PaddedConvolution(torch.convolution, _constant(bare.weight), _bias(bare), _settings(bare), module.sides)


def _settings(module: Any) -> Settings:
    padding = sides_of(module)[::-2]
    stride, dilation, outside = map(list, (module.stride, module.dilation, module.output_padding))
    return Settings(stride, padding, dilation, module.transposed, outside, module.groups)


def convolution_call(
    input: Any, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Layer:
    """A convolution as a call; the arguments are those of torch.nn.functional.conv2d."""
    if isinstance(padding, str):
        raise TypeError(f"a convolution as a call must give its padding in numbers, got {padding!r}")
    axes = weight.dim() - 2
    stride, padding, dilation = (_listed(size, axes) for size in (stride, padding, dilation))
    settings = Settings(stride, padding, dilation, False, [0] * axes, groups)
    return Convolution(torch.convolution, _constant(weight), bias, settings)


def linear_call(input: Any, weight: Tensor, bias: Tensor | None = None) -> Layer:
    """A fully connected layer as a call."""
    return Linear(F.linear, weight, bias)


def linear(module: nn.Linear) -> Layer:
    """A fully connected layer."""
    return Linear(F.linear, _constant(module.weight), _bias(module))


def linear_of_vectors(module: nn.Linear) -> Layer:
    """A fully connected layer that took up a BatchNorm."""
    return Linear(_of_vectors, _constant(module.weight), _bias(module))


def batch_norm(module: nn.Module) -> Layer:
    """A BatchNorm that stayed a layer of its own."""
    return Diagonal(torch.mul, *scale_and_shift(module))


def max_pool2d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Layer:  # fmt: skip
    """Max pooling; the arguments are those of torch.nn.functional.max_pool2d."""
    _only_values(return_indices)
    sizes = (kernel_size, stride or kernel_size, padding, dilation)
    return MaxPool2d(torch.ops.aten.max_pool2d_with_indices, (*(_listed(size, 2) for size in sizes), ceil_mode))


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Layer:
    """Local response normalization; the arguments are those of torch.nn.functional.local_response_norm."""
    if not (k > 0 and alpha >= 0 and beta >= 0):
        raise TypeError(f"local response normalization needs k > 0 and alpha, beta >= 0, got k={k}, alpha={alpha}, beta={beta}")
    return LocalResponseNorm(partial(F.local_response_norm, size=size, alpha=alpha, beta=beta, k=k), size, alpha, beta, k)


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Layer:
    """Dropout as a call, which does nothing once the model is in eval mode, if it asks for the mode."""
    if training:
        raise TypeError("dropout must do nothing in eval mode, got training=True (pass training=self.training)")
    return Activation(same)


def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Layer:
    """Padding with zeros or with values of the input."""
    if value:
        raise TypeError(f"padding must be 0 or repeat values, got value={value}")
    return Routing(partial(F.pad, pad=pad, mode=mode))


def interpolate(input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", *more: Any, **named: Any) -> Layer:
    """Resizing; the arguments are those of torch.nn.functional.interpolate."""
    return _resizing(mode)(lambda x: F.interpolate(x, size, scale_factor, mode, *more, **named))


def upsample(module: nn.Upsample) -> Layer:
    """Resizing as a module."""
    return _resizing(module.mode)(copy.copy(module).forward)


def of_kind(kind: type[Layer]) -> Callable[[Any], Layer]:
    """A builder for modules of that kind without weights: their own forward is the function."""

    def build(module: Any) -> Layer:
        _only_values(getattr(module, "return_indices", False))
        return kind(copy.copy(module).forward)

    return build


def same(x: Tensor, *settings: Any, **more: Any) -> Tensor:
    """`x` itself."""
    return x


def _resizing(mode: str) -> type[Layer]:
    if mode in ("nearest", "nearest-exact"):
        return Routing
    if mode in ("linear", "bilinear", "trilinear", "area"):
        return Average
    raise TypeError(f"resizing must repeat or average values, got mode={mode!r}")


def _only_values(return_indices: bool) -> None:
    if return_indices:
        raise TypeError("pooling must return values alone, got return_indices=True")


def _of_vectors(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    if x.dim() != 2:
        raise ValueError(f"a Linear that took up a BatchNorm needs an input of shape (N, features), got {tuple(x.shape)}")
    return F.linear(x, weight, bias)


def _listed(size: Any, axes: int) -> list[int]:
    return [size] * axes if isinstance(size, int) else list(size)


def _constant(weight: Tensor) -> Tensor:
    """A copy that no optimizer can reach, in the memory order in which convolutions are fastest."""
    weight = weight.detach().clone()
    return weight.contiguous(memory_format=torch.channels_last) if weight.dim() == 4 else weight


def _bias(module: Any) -> Tensor | None:
    return None if module.bias is None else module.bias.detach().clone()
