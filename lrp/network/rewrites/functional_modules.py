"""Builds the module that does what a call of torch with constant weights does.

Each builder takes the arguments of the call, and returns None if its weights are no constants.
"""

import operator
from collections.abc import Callable
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx.node import Target

from lrp.network.module_kinds import CONVOLUTIONS, TRANSPOSED, AnyConvolution, BatchNorm
from lrp.network.operations.spelling import spellings
from lrp.network.sizes import Sizes, size_by_axis

Module = TypeVar("Module", bound=AnyConvolution | BatchNorm | nn.Linear)


def functional_batch_norm(
    input: object, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
    bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> nn.Module:  # fmt: skip
    """Builds torch.nn.functional.batch_norm. Raises TypeError in training mode and without running statistics."""
    if training:
        raise TypeError("batch_norm must use running statistics, got training=True (pass training=self.training)")
    if running_mean is None or running_var is None:
        raise TypeError("batch_norm must be given running statistics, got None")
    norm = nn.BatchNorm1d(len(running_mean), eps, affine=False, device="meta")
    norm.running_mean = running_mean
    norm.running_var = running_var
    return _with_parameters(norm, weight, bias)


def torch_batch_norm(
    input: object, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    training: bool, momentum: float, eps: float, cudnn_enabled: bool,
) -> nn.Module:  # fmt: skip
    """Builds torch.batch_norm, which takes the same arguments in another order."""
    return functional_batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def functional_convolution(
    input: object, weight: object, bias: Tensor | None = None, stride: Sizes = 1, padding: str | Sizes = 0, dilation: Sizes = 1,
    groups: int = 1,
) -> nn.Module | None:  # fmt: skip
    """Builds torch.nn.functional.conv1d, conv2d or conv3d."""
    if not isinstance(weight, Tensor):
        return None
    kind: Callable[..., AnyConvolution] = CONVOLUTIONS[weight.dim() - 3]
    size = weight.shape[2:]
    made = kind(
        weight.shape[1] * groups,
        len(weight),
        size,
        stride=_sizes(stride, size),
        padding=padding if isinstance(padding, str) else _sizes(padding, size),
        dilation=_sizes(dilation, size),
        groups=groups,
        device="meta",
    )
    return _with_parameters(made, weight, bias)


def transposed_convolution(
    input: object, weight: object, bias: Tensor | None = None, stride: Sizes = 1, padding: Sizes = 0, output_padding: Sizes = 0,
    groups: int = 1, dilation: Sizes = 1,
) -> nn.Module | None:  # fmt: skip
    """Builds torch.nn.functional.conv_transpose1d, conv_transpose2d or conv_transpose3d."""
    if not isinstance(weight, Tensor):
        return None
    kind: Callable[..., AnyConvolution] = TRANSPOSED[weight.dim() - 3]
    size = weight.shape[2:]
    made = kind(
        len(weight),
        weight.shape[1] * groups,
        size,
        stride=_sizes(stride, size),
        padding=_sizes(padding, size),
        output_padding=_sizes(output_padding, size),
        groups=groups,
        dilation=_sizes(dilation, size),
        device="meta",
    )
    return _with_parameters(made, weight, bias)


def functional_linear(input: object, weight: object, bias: Tensor | None = None) -> nn.Module | None:
    """Builds torch.nn.functional.linear."""
    if not isinstance(weight, Tensor) or weight.dim() != 2:
        return None
    return _with_parameters(nn.Linear(weight.shape[1], weight.shape[0], device="meta"), weight, bias)


def product(input: object, other: object) -> nn.Module | None:
    """Builds the product of an activation and a constant matrix."""
    return functional_linear(input, other.t()) if isinstance(other, Tensor) and other.dim() == 2 else None


def addmm(input: object, mat1: object, mat2: object, *, beta: float = 1, alpha: float = 1) -> nn.Module | None:
    """Builds a constant bias (K,) plus the product of an activation and a constant matrix."""
    bias = input.squeeze(0) if isinstance(input, Tensor) and input.dim() == 2 and len(input) == 1 else input
    if not isinstance(bias, Tensor) or not isinstance(mat2, Tensor) or bias.dim() != 1:
        return None
    return functional_linear(mat1, alpha * mat2.t(), beta * bias)


MATRIX_PRODUCTS: set[Target] = {operator.matmul, *spellings("matmul", "mm")}
BUILDERS: dict[Target, Callable[..., nn.Module | None]] = {
    F.batch_norm: functional_batch_norm,
    torch.batch_norm: torch_batch_norm,
    **dict.fromkeys(spellings("conv1d", "conv2d", "conv3d"), functional_convolution),
    **dict.fromkeys(spellings("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), transposed_convolution),
    **dict.fromkeys(spellings("linear"), functional_linear),
    **dict.fromkeys(MATRIX_PRODUCTS, product),
    **dict.fromkeys(spellings("addmm"), addmm),
}


def frozen_parameter(values: Tensor) -> nn.Parameter:
    """Returns values as a parameter that takes no gradient."""
    return nn.Parameter(values, requires_grad=False)


def _sizes(given: Sizes, size: torch.Size) -> tuple[int, ...]:
    return tuple(size_by_axis(given, len(size)))


def _with_parameters(module: Module, weight: Tensor | None, bias: Tensor | None) -> Module:
    module.register_parameter("weight", None if weight is None else frozen_parameter(weight))
    module.register_parameter("bias", None if bias is None else frozen_parameter(bias))
    module.eval()
    return module
