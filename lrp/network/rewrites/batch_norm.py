"""Folds BatchNorm, which in eval mode scales and shifts each channel, into the weights of a neighbouring layer."""

import copy

import torch
from torch import Tensor, nn

from lrp.network.module_kinds import (
    CONVOLUTIONS,
    TRANSPOSED,
    AnyConvolution,
    BatchNorm,
    InstanceNorm,
    PlainConvolution,
    TransposedConvolution,
)


class LinearOfVectors(nn.Linear):
    """A Linear with a BatchNorm folded in, which needs an input (N, features), where both mean the same axis."""


def scale_and_shift(norm: BatchNorm | InstanceNorm) -> tuple[Tensor, Tensor]:
    """Returns w and b, each (C,), of what a BatchNorm does to channel c, w_c x + b_c.

    Raises TypeError if it has no running statistics.
    """
    mean, inverse_std, gain, offset = _statistics(norm)
    return inverse_std * gain, offset - mean * inverse_std * gain


def fold_into_previous(layer: nn.Module, norm: BatchNorm) -> nn.Module | None:
    """Returns a copy of a convolution or Linear that does what it and then `norm` do; None for any other layer."""
    if norm.running_mean is None or not _is_foldable(layer, norm, (*CONVOLUTIONS, *TRANSPOSED)):
        return None
    assert isinstance(layer, AnyConvolution | nn.Linear)
    mean, inverse_std, gain, offset = _statistics(norm)
    scale, weight = gain * inverse_std, layer.weight.detach()
    if isinstance(layer, TransposedConvolution):  # weight of shape (inputs, outputs of one group, ...)
        scale = scale.view(layer.groups, 1, -1).expand(-1, len(weight) // layer.groups, -1).flatten(0, 1)
    bias = torch.zeros_like(mean) if layer.bias is None else layer.bias.detach()
    return _with_weights(layer, weight * _with_axes_of(weight, scale), (bias - mean) * inverse_std * gain + offset)


def fold_into_next(norm: BatchNorm, layer: nn.Module) -> nn.Module | None:
    """Returns a copy of a convolution or Linear that does what `norm` and then it do; None where no weights do exactly that.

    A convolution pads with zeros after the shift, so at its borders the shift is missing: only without padding is it exact.
    """
    if norm.running_mean is None or not _is_foldable(layer, norm, CONVOLUTIONS):
        return None
    assert isinstance(layer, PlainConvolution | nn.Linear)
    if isinstance(layer, PlainConvolution) and layer.padding != "valid" and any(layer.padding):
        return None
    groups = layer.groups if isinstance(layer, PlainConvolution) else 1
    weight = layer.weight.detach()  # (outputs, inputs of one group, ...)
    scale, shift = (
        _with_axes_of(weight, values.view(groups, 1, -1).expand(-1, len(weight) // groups, -1).flatten(0, 1))
        for values in scale_and_shift(norm)
    )
    added = (weight * shift).flatten(1).sum(1)
    return _with_weights(layer, weight * scale, added if layer.bias is None else layer.bias.detach() + added)


def _is_foldable(layer: nn.Module, norm: BatchNorm, kinds: tuple[type[nn.Module], ...]) -> bool:
    """Whether a layer is of one of the `kinds`, or a Linear before or after a BatchNorm1d; a subclass may compute otherwise."""
    return type(layer) in kinds or (type(layer), type(norm)) == (nn.Linear, nn.BatchNorm1d)


def _statistics(norm: BatchNorm | InstanceNorm) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Returns of each channel (C,) the mean, one over the standard deviation, and the learned gain and offset."""
    if norm.running_mean is None or norm.running_var is None:
        raise TypeError("a BatchNorm must keep running statistics, got track_running_stats=False")
    mean, inverse_std = norm.running_mean, torch.rsqrt(norm.running_var + norm.eps)
    gain = torch.ones_like(mean) if norm.weight is None else norm.weight.detach()
    offset = torch.zeros_like(mean) if norm.bias is None else norm.bias.detach()
    return mean, inverse_std, gain, offset


def _with_axes_of(weight: Tensor, values: Tensor) -> Tensor:
    """Returns `values`, which belong to the leading axes of `weight`, with as many axes as it has."""
    return values.reshape(*values.shape, *[1] * (weight.dim() - values.dim()))


def _with_weights(layer: AnyConvolution | nn.Linear, weight: Tensor, bias: Tensor) -> nn.Module:
    changed: AnyConvolution | nn.Linear
    if type(layer) is nn.Linear:
        changed = LinearOfVectors(layer.in_features, layer.out_features, device="meta")
    else:
        changed = copy.deepcopy(layer)
    dtype = layer.weight.dtype
    changed.weight = nn.Parameter(weight.to(dtype), requires_grad=False)
    changed.bias = nn.Parameter(bias.to(dtype), requires_grad=False)
    return changed.train(layer.training)
