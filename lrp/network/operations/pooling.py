"""Pooling and resizing as layers: what averages, and what takes the largest value."""

import copy
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torch.fx.node import Target

from lrp.network.layers import Average, Function, Layer, MaxPool2d, Routing
from lrp.network.operations.spelling import Builder, ModuleRows, OperationRow, rows, spellings
from lrp.network.sizes import Sizes, size_by_axis


def max_pool2d(
    input: object, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, dilation: Sizes = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Layer | OperationRow:  # fmt: skip
    """Builds max pooling; the arguments are those of torch.nn.functional.max_pool2d."""
    _refuse_indices(return_indices)
    sizes = (kernel_size, kernel_size if stride is None or stride == [] else stride, padding, dilation)
    if any(isinstance(size, fx.Node) for given in sizes for size in (given if isinstance(given, tuple | list) else [given])):
        return Routing, F.max_pool2d  # its window depends on the size of the picture
    return _max_pool2d(*sizes, ceil_mode)


def max_pool2d_module(module: nn.MaxPool2d) -> Layer:
    """Builds max pooling as a module."""
    _refuse_indices(module.return_indices)
    stride = module.kernel_size if module.stride is None else module.stride
    return _max_pool2d(module.kernel_size, stride, module.padding, module.dilation, module.ceil_mode)


def _max_pool2d(kernel_size: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool) -> Layer:
    sizes = (kernel_size, stride, padding, dilation)
    return MaxPool2d(torch.ops.aten.max_pool2d_with_indices, (*(size_by_axis(size, 2) for size in sizes), ceil_mode))


def avg_pool(
    input: object, kernel_size: object, stride: object = None, padding: object = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: object = None,
) -> OperationRow:  # fmt: skip
    """Builds average pooling over two or three axes; the arguments are those of torch.nn.functional.avg_pool2d."""
    if isinstance(divisor_override, int) and divisor_override < 0:
        raise TypeError(f"average pooling must divide by a positive number, got divisor_override={divisor_override}")
    return Average, F.avg_pool2d


def interpolate(
    input: object, size: object = None, scale_factor: object = None, mode: str = "nearest", *more: object, **named: object
) -> OperationRow:
    """Builds resizing; the arguments are those of torch.nn.functional.interpolate."""
    return _resizing(mode), F.interpolate


def upsample(module: nn.Upsample) -> Layer:
    """Builds resizing as a module."""
    return _resizing(module.mode)(copy.copy(module).forward)


def _resizing(mode: str) -> type[Layer]:
    if mode in ("nearest", "nearest-exact"):
        return Routing
    if mode in ("linear", "bilinear", "trilinear", "area"):
        return Average
    raise TypeError(f"resizing must repeat or average values, got mode={mode!r}")


def of_kind(kind: type[Layer]) -> Callable[[nn.Module], Layer]:
    """Returns a builder for modules without weights of that kind, whose own forward is the layer's function."""

    def build(module: nn.Module) -> Layer:
        _refuse_indices(getattr(module, "return_indices", False))
        if (getattr(module, "divisor_override", None) or 0) < 0:
            avg_pool(None, None, divisor_override=module.divisor_override)
        return kind(copy.copy(module).forward)

    return build


def amax(input: Tensor, dim: Sizes = (), keepdim: bool = False) -> Tensor:
    """Returns the largest value along some axes; of equal ones one is the winner, as in max pooling."""
    return _winner(torch.max, input, dim, keepdim)


def amin(input: Tensor, dim: Sizes = (), keepdim: bool = False) -> Tensor:
    """Returns the smallest value along some axes; of equal ones one is the winner, as in max pooling."""
    return _winner(torch.min, input, dim, keepdim)


def _winner(choose: Function, x: Tensor, dim: Sizes, keepdim: bool) -> Tensor:
    given = dim if isinstance(dim, tuple | list) else (dim,)
    axes = sorted(axis % x.dim() for axis in given) or list(range(x.dim()))
    last = range(-len(axes), 0)
    winners: Tensor = choose(x.movedim(axes, tuple(last)).flatten(-len(axes)), -1).values
    for axis in axes if keepdim else ():
        winners = winners.unsqueeze(axis)
    return winners


def _refuse_indices(return_indices: bool) -> None:
    if return_indices:
        raise TypeError("pooling must return values alone, got return_indices=True")


AVERAGES = (
    nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d, nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d, nn.Fold
)  # fmt: skip
MAXIMA = (nn.MaxPool1d, nn.MaxPool3d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)

MODULES: ModuleRows = {
    nn.MaxPool2d: max_pool2d_module,
    **dict.fromkeys(AVERAGES, of_kind(Average)),
    **dict.fromkeys(MAXIMA, of_kind(Routing)),
    **dict.fromkeys((nn.Upsample, nn.UpsamplingNearest2d, nn.UpsamplingBilinear2d), upsample),
}

FUNCTIONS: dict[Target, OperationRow] = {
    **rows(Average, F.avg_pool1d, "avg_pool1d"),
    **rows(Average, F.avg_pool3d, "avg_pool3d"),
    **rows(Average, F.adaptive_avg_pool1d, "adaptive_avg_pool1d"),
    **rows(Average, F.adaptive_avg_pool2d, "adaptive_avg_pool2d"),
    **rows(Average, F.adaptive_avg_pool3d, "adaptive_avg_pool3d"),
    **rows(Average, F.fold, "fold"),
    **rows(Average, torch.mean, "mean"),
    **rows(Average, torch.sum, "sum"),
    **rows(Average, torch.cumsum, "cumsum"),
    **rows(Routing, F.max_pool1d, "max_pool1d"),
    **rows(Routing, F.max_pool3d, "max_pool3d"),
    **{function: (Routing, function) for function in (F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d)},
    **rows(Routing, amax, "amax"),
    **rows(Routing, amin, "amin"),
    **rows(Routing, torch.maximum, "maximum", "fmax", "max"),
    **rows(Routing, torch.minimum, "minimum", "fmin", "min"),
}

BUILDERS: dict[Target, Builder] = {
    **dict.fromkeys(spellings("max_pool2d"), max_pool2d),
    **dict.fromkeys(spellings("avg_pool2d"), avg_pool),
    F.interpolate: interpolate,
}
