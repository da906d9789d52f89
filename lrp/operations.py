"""Which torch operation is which kind of layer. To support another one, add its row here."""

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lrp.layers import Activation, Average, Convolution, Layer, Linear, MaxPool2d, Rectifier, ReLU, Routing, Size, Sum


def _constant_like(weight: Tensor) -> Tensor:
    """A copy that no optimizer can reach, in the memory order in which convolutions are fastest."""
    weight = weight.detach().clone()
    return weight.contiguous(memory_format=torch.channels_last) if weight.dim() == 4 else weight


def _convolution(module: Any) -> Layer:
    if module.padding_mode != "zeros":
        raise TypeError(f"a convolution must pad with zeros, got padding_mode={module.padding_mode!r}")
    padding = module.padding
    if padding == "same":
        reach = [d * (k - 1) for d, k in zip(module.dilation, module.kernel_size, strict=True)]
        if any(r % 2 for r in reach):
            raise TypeError(f"padding='same' needs kernels of odd reach, got kernel_size={module.kernel_size}")
        padding = tuple(r // 2 for r in reach)
    elif padding == "valid":
        padding = (0,) * len(module.kernel_size)
    settings = (module.stride, padding, module.dilation, module.transposed, module.output_padding, module.groups)
    bias = None if module.bias is None else module.bias.detach().clone()
    return Convolution(torch.convolution, _constant_like(module.weight), bias, tuple(map(_listed, settings)))


def _listed(setting: Any) -> Any:
    return list(setting) if isinstance(setting, tuple) else setting


def _linear(module: nn.Linear) -> Layer:
    bias = None if module.bias is None else module.bias.detach().clone()
    return Linear(F.linear, _constant_like(module.weight), bias)


def _max_pool2d(module: nn.MaxPool2d) -> Layer:
    sizes = (module.kernel_size, module.stride, module.padding, module.dilation)
    pairs = [[size, size] if isinstance(size, int) else list(size) for size in sizes]
    return MaxPool2d(torch.ops.aten.max_pool2d_with_indices, (*pairs, module.ceil_mode))


def _eval_of(kind: type[Layer]) -> Callable[[nn.Module], Layer]:
    """A builder for modules without weights, whose own forward changes nothing in place."""
    return lambda module: kind(module.forward)


def _relu(x: Tensor, inplace: bool = False) -> Tensor:
    return torch.relu(x)


def _relu6(x: Tensor, inplace: bool = False) -> Tensor:
    return F.relu6(x)


def _same(x: Tensor, *settings: Any, **more: Any) -> Tensor:
    return x


MODULES: dict[type[nn.Module], Callable[[Any], Layer]] = {
    **dict.fromkeys((nn.Conv1d, nn.Conv2d, nn.Conv3d), _convolution),
    **dict.fromkeys((nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d), _convolution),
    nn.Linear: _linear,
    nn.ReLU: lambda module: ReLU(_relu),
    nn.ReLU6: lambda module: Rectifier(_relu6),
    nn.LeakyReLU: lambda module: Activation(partial(F.leaky_relu, negative_slope=module.negative_slope)),
    **dict.fromkeys((nn.Identity, nn.Dropout, nn.Dropout2d, nn.Dropout3d), lambda module: Activation(_same)),
    nn.MaxPool2d: _max_pool2d,
    **dict.fromkeys((nn.MaxPool1d, nn.MaxPool3d), _eval_of(Routing)),
    **dict.fromkeys((nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d), _eval_of(Routing)),
    **dict.fromkeys((nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d), _eval_of(Average)),
    **dict.fromkeys((nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d), _eval_of(Average)),
    **dict.fromkeys((nn.Flatten, nn.Unflatten), _eval_of(Routing)),
}

# A function, or the name of a tensor's method: the kind of layer, and what to call in its place (never in place).
FUNCTIONS: dict[Any, tuple[type[Layer], Callable[..., Any]]] = {
    **dict.fromkeys((operator.add, operator.iadd, torch.add, "add", "__add__"), (Sum, operator.add)),
    **dict.fromkeys((F.relu, torch.relu, "relu"), (ReLU, _relu)),
    F.relu6: (Rectifier, _relu6),
    **dict.fromkeys((F.dropout, F.dropout2d), (Activation, _same)),
    "contiguous": (Activation, _same),
    **dict.fromkeys((F.adaptive_avg_pool2d, "adaptive_avg_pool2d"), (Average, F.adaptive_avg_pool2d)),
    F.avg_pool2d: (Average, F.avg_pool2d),
    F.max_pool2d: (Routing, F.max_pool2d),
    **dict.fromkeys((torch.mean, "mean"), (Average, torch.mean)),
    **dict.fromkeys((torch.flatten, "flatten"), (Routing, torch.flatten)),
    torch.cat: (Routing, torch.cat),
    **dict.fromkeys(("view", "reshape", torch.reshape), (Routing, Tensor.reshape)),
    **dict.fromkeys(("permute", torch.permute), (Routing, Tensor.permute)),
    **dict.fromkeys(("transpose", torch.transpose), (Routing, torch.transpose)),
    **dict.fromkeys(("squeeze", torch.squeeze), (Routing, torch.squeeze)),
    **dict.fromkeys(("unsqueeze", torch.unsqueeze), (Routing, torch.unsqueeze)),
    "size": (Size, Tensor.size),
}
