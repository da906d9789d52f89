"""BatchNorm in eval mode scales and shifts each channel, which a neighbouring layer can take up into its weights."""

import copy
from typing import Any

import torch
from torch import Tensor, nn

BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


class LinearOfVectors(nn.Linear):
    """A Linear with a BatchNorm in it; only for an input (N, features) do both mean the same axis by features."""


def scale_and_shift(norm: Any) -> tuple[Tensor, Tensor]:
    """What a BatchNorm does to channel c, w_c x + b_c, as two tensors (C,). Raises TypeError if it kept no statistics."""
    mean, size, gain, offset = _statistics(norm)
    return size * gain, offset - mean * size * gain


def fold_after(layer: Any, norm: Any) -> nn.Module | None:
    """A copy of a convolution or Linear that does what it and then `norm` do; None for any other layer."""
    exact = type(layer) in (*CONVOLUTIONS, *TRANSPOSED) or (type(layer), type(norm)) == (nn.Linear, nn.BatchNorm1d)
    if not exact or norm.running_mean is None:
        return None
    mean, size, gain, offset = _statistics(norm)
    scale, weight = gain * size, layer.weight.detach()
    if isinstance(layer, TRANSPOSED):  # weight of shape (inputs, outputs of one group, ...)
        scale = scale.view(layer.groups, 1, -1).expand(-1, len(weight) // layer.groups, -1).flatten(0, 1)
    bias = torch.zeros_like(mean) if layer.bias is None else layer.bias.detach()
    return _with(layer, weight * _like(scale, weight), (bias - mean) * size * gain + offset)


def fold_before(norm: Any, layer: Any) -> nn.Module | None:
    """A copy of a convolution or Linear that does what `norm` and then it do; None where no weights do exactly that.

    A convolution pads with zeros after the shift, so at its borders the shift is missing: only without padding is it exact.
    """
    groups = getattr(layer, "groups", 1)
    if type(layer) in CONVOLUTIONS:
        exact = layer.padding == "valid" or not any(layer.padding)
    else:
        exact = (type(layer), type(norm)) == (nn.Linear, nn.BatchNorm1d)
    if not exact or norm.running_mean is None:
        return None
    weight = layer.weight.detach()  # (outputs, inputs of one group, ...)
    scale, shift = (
        _like(values.view(groups, 1, -1).expand(-1, len(weight) // groups, -1).flatten(0, 1), weight)
        for values in scale_and_shift(norm)
    )
    added = (weight * shift).flatten(1).sum(1)
    return _with(layer, weight * scale, added if layer.bias is None else layer.bias.detach() + added)


def _statistics(norm: Any) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of each channel (C,): the mean, one over the standard deviation, and what was learned, a gain and an offset."""
    if norm.running_mean is None or norm.running_var is None:
        raise TypeError("a BatchNorm must keep running statistics, got track_running_stats=False")
    mean, size = norm.running_mean, torch.rsqrt(norm.running_var + norm.eps)
    gain = torch.ones_like(mean) if norm.weight is None else norm.weight.detach()
    return mean, size, gain, torch.zeros_like(mean) if norm.bias is None else norm.bias.detach()


def _like(values: Tensor, weight: Tensor) -> Tensor:
    """`values` of the leading axes of `weight`, with as many axes as it has."""
    return values.reshape(*values.shape, *[1] * (weight.dim() - values.dim()))


def _with(layer: Any, weight: Tensor, bias: Tensor) -> nn.Module:
    if type(layer) is nn.Linear:
        changed: Any = LinearOfVectors(layer.in_features, layer.out_features, device="meta")
    else:
        changed = copy.deepcopy(layer)
    changed.weight, changed.bias = (nn.Parameter(values.to(layer.weight.dtype), False) for values in (weight, bias))
    return changed.train(layer.training)
