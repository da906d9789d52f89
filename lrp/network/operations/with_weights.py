"""Builds the layers of modules with weights and of normalization; raises TypeError for settings that no rule fits."""

from collections.abc import Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from lrp.network.fast_convolution import ConvolutionSettings
from lrp.network.layer_norm import LayerNorm
from lrp.network.layers import Layer, LocalResponseNorm
from lrp.network.module_kinds import AnyConvolution, BatchNorm, InstanceNorm
from lrp.network.rewrites.batch_norm import scale_and_shift
from lrp.network.rewrites.padding import PaddedConvolutionModule, sides_of
from lrp.network.weighted import Convolution, Diagonal, Linear, PaddedConvolution


def convolution(module: AnyConvolution) -> Layer:
    """Builds a convolution, transposed or not, that pads with as many zeros before as after."""
    return Convolution(torch.convolution, _constant(module.weight), _bias(module), _settings(module))


def padded_convolution(module: PaddedConvolutionModule) -> Layer:
    """Builds a convolution that pads with more zeros on one side."""
    bare = module.convolution
    return PaddedConvolution(torch.convolution, _constant(bare.weight), _bias(bare), _settings(bare), module.sides)


def _settings(module: AnyConvolution) -> ConvolutionSettings:
    return ConvolutionSettings(
        stride=list(module.stride),
        padding=sides_of(module)[::-2],
        dilation=list(module.dilation),
        transposed=module.transposed,
        output_padding=list(module.output_padding),
        groups=module.groups,
    )


def linear(module: nn.Linear) -> Layer:
    """Builds a fully connected layer."""
    return Linear(F.linear, _constant(module.weight), _bias(module))


def linear_of_vectors(module: nn.Linear) -> Layer:
    """Builds a fully connected layer that took up a BatchNorm."""
    return Linear(_of_vectors, _constant(module.weight), _bias(module))


def batch_norm(module: BatchNorm | InstanceNorm) -> Layer:
    """Builds a BatchNorm that could not be folded into a neighbour."""
    return Diagonal(torch.mul, *scale_and_shift(module))


def layer_norm(
    input: object, normalized_shape: Sequence[int], weight: object = None, bias: object = None, eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Layer:  # fmt: skip
    """Builds layer normalization; the arguments are those of torch.layer_norm."""
    given = (weight, bias)
    if not all(isinstance(value, Tensor | None) for value in given) or any(isinstance(n, fx.Node) for n in normalized_shape):
        raise TypeError("the gain, the offset and the shape of layer_norm must be constants, got some that depend on the input")
    gain, offset = (value.detach().clone() if isinstance(value, Tensor) else None for value in given)
    shape = tuple(normalized_shape)
    return LayerNorm(partial(F.layer_norm, normalized_shape=shape, weight=gain, bias=offset, eps=eps), shape, gain, offset, eps)


def instance_norm(module: InstanceNorm) -> Layer:
    """Builds an InstanceNorm with running statistics, which does in eval mode what a BatchNorm does."""
    if module.running_mean is None:
        raise TypeError(f"no LRP rule for {type(module).__name__} without running statistics: explain a network with BatchNorm")
    return batch_norm(module)


def local_response_norm(input: object, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Layer:
    """Builds local response normalization; the arguments are those of torch.nn.functional.local_response_norm."""
    if not (k > 0 and alpha >= 0 and beta >= 0):
        raise TypeError(f"local response normalization needs k > 0 and alpha, beta >= 0, got k={k}, alpha={alpha}, beta={beta}")
    return LocalResponseNorm(partial(F.local_response_norm, size=size, alpha=alpha, beta=beta, k=k), size, alpha, beta, k)


def _of_vectors(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    if x.dim() != 2:
        raise ValueError(f"a Linear that took up a BatchNorm needs an input of shape (N, features), got {tuple(x.shape)}")
    return F.linear(x, weight, bias)


def _constant(weight: Tensor) -> Tensor:
    """Returns a copy that no optimizer can reach, in the memory order in which convolutions are fastest."""
    weight = weight.detach().clone()
    return weight.contiguous(memory_format=torch.channels_last) if weight.dim() == 4 else weight


def _bias(module: AnyConvolution | nn.Linear) -> Tensor | None:
    return None if module.bias is None else module.bias.detach().clone()
