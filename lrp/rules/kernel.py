"""The kernel that every rule of LRP varies: forward, divide, pull back, multiply.

    R_j = x_j * sum_k rho(w)_jk * R_k / (z_k + eps * sign z_k),    z_k = sum_j x_j * rho(w)_jk + rho(b)_k,    sign 0 = +1

[Montavon et al. 2019, "Layer-Wise Relevance Propagation: An Overview", section 10.2.2].
"""

import math
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from lrp.network.layers import NodeValue
from lrp.network.precision import where_doubles_are
from lrp.network.weighted import Linear, Weighted

STABILIZER = 1e-6

Recall = Callable[[Hashable, Callable[[], Tensor]], Tensor]  # a key and what makes its value; returns the value, kept or made


class Step(NamedTuple):
    """What a rule sees of one node: the layer, its inputs, its output, and what the forward pass kept.

    `nonnegative`: every input is known to be >= 0. `rectified`: only a ReLU reads the output and no relevance arrives
    where it is negative; `output` then holds max(z, 0) in place of z, and `kept` the RMS of z. `low`, `high`: pixel bounds.
    `recall` returns what was kept of this step for another explanation, which nobody may write over; None where nothing is.
    """

    layer: Any
    inputs: tuple[NodeValue, ...]
    output: Tensor
    kept: Any = None
    nonnegative: bool = False
    rectified: bool = False
    low: Tensor | None = None
    high: Tensor | None = None
    recall: Recall | None = None


class Part(NamedTuple):
    """One term of z: an input x (N, C, ...) or (1, C, ...), and the weights and bias it meets."""

    x: Tensor
    weight: Tensor
    bias: Tensor | None = None


def divide(relevance: Tensor, z: Tensor, epsilon: float | Tensor) -> Tensor:
    """Returns s = R / (z + eps * sign z), with sign 0 = +1; 0 where both z and eps are 0 and nothing can be shared."""
    if isinstance(epsilon, float):
        if epsilon < torch.finfo(z.dtype).tiny:
            return torch.where(z == 0, 0, relevance / z)
        epsilon = z.new_tensor(epsilon)
    # A sum that begins at +0 is never -0, so the sign bit is the sign.
    return _divide_into(relevance, torch.copysign(epsilon, z).add_(z))


def divide_positive(relevance: Tensor, z: Tensor, overwrite: bool = True) -> Tensor:
    """Returns s = R / (z + eps) with the fixed stabilizer, for z >= 0. Writes over `z` unless told not to."""
    return _divide_into(relevance, z.add_(STABILIZER) if overwrite else z + STABILIZER)


def _divide_into(relevance: Tensor, denominator: Tensor) -> Tensor:
    """Returns the quotient, in the memory of the denominator where it fits."""
    # At these sizes memory traffic is the cost, so few buffers are passed over few times.
    out = denominator if denominator.shape == relevance.shape else None
    return torch.div(relevance, denominator, out=out)


def scaled_epsilon(epsilon: float, size: Tensor) -> Tensor:
    """Returns epsilon * size, for epsilon > 0; infinite where size is 0, so that outputs that are all 0 pass nothing on."""
    scaled = (epsilon * size).clamp_(min=torch.finfo(size.dtype).tiny)
    return scaled.masked_fill_(size == 0, math.inf)


def pre_activations(layer: Weighted, parts: list[Part], bias: bool = True) -> Tensor:
    """Returns z, the sum over the parts of what the layer computes of each: the first of the four steps."""
    z, *more = (layer.apply(part.x, part.weight, part.bias if bias else None) for part in parts)
    for term in more:
        z = z + term
    return z


def share_among_inputs(step: Step, parts: list[Part], s: Tensor) -> Tensor:
    """Returns sum over the parts of x_j * sum_k w_jk s_k, like the step's input: the last two of the four steps."""
    layer: Weighted = step.layer
    share, *more = (layer.pull_weight(s, part.x, part.weight).mul_(part.x) for part in parts)
    for term in more:
        share += term
    channels = step.inputs[0].shape[1]
    return share if share.shape[1] == channels else torch.unflatten(share, 1, (-1, channels)).sum(1)


def share_of_bias(layer: Weighted, bias: Tensor, s: Tensor) -> Tensor:
    """Returns sum_k b_k s_k, (N,), in double precision."""
    return sum_per_row(s.movedim(-1 if isinstance(layer, Linear) else 1, -1) * bias, torch.float64)


def sum_per_row(values: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """Returns the sum (N,) over each row, in the precision `dtype` or in that of the values."""
    values = where_doubles_are(values) if dtype is torch.float64 else values
    if values.dim() == 1:  # for no axis, torch sums over all of them
        return values.to(dtype) if dtype else values.clone()
    return values.sum(tuple(range(1, values.dim())), dtype=dtype)


def zero_per_row(relevance: Tensor) -> Tensor:
    """Returns 0 for each row, (N,), in double precision: what a bias gets that takes no share."""
    return where_doubles_are(relevance).new_zeros(len(relevance), dtype=torch.float64)


def stack_narrow(layer: Weighted, parts: list[Part]) -> list[Part]:
    """Returns the parts, or one part with the channels of all where that is quicker: in a convolution of few channels.

    Over three channels, those of a picture, a convolution takes as long as over six. Only the first part may have a bias.
    """
    if not layer.few_input_channels:
        return parts
    x = torch.cat([part.x for part in parts], 1)
    weight = torch.cat([part.weight for part in parts], 1)
    return [Part(x, weight, parts[0].bias)]
