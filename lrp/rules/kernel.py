"""The kernel that every rule of LRP varies: forward, divide, pull back, multiply.

    R_j = x_j * sum_k rho(w)_jk * R_k / (z_k + eps * sign z_k),    z_k = sum_j x_j * rho(w)_jk + rho(b)_k,    sign 0 = +1

[Montavon et al. 2019, "Layer-Wise Relevance Propagation: An Overview", section 10.2.2].
"""

import math
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor

from lrp.network.layers import Layer, Shares
from lrp.network.weighted import Weighted

STABILIZER = 1e-6


class Step(NamedTuple):
    """What a rule sees of one node: the layer, what went in, what came out, and what the forward pass kept.

    `nonnegative`: every input is known to be >= 0. `rectified`: only a ReLU reads the output and no relevance arrives
    where it is negative; `output` then holds max(z, 0) in place of z, and `kept` the RMS of z. `low`, `high`: pixel bounds.
    """

    layer: Any
    inputs: tuple[Any, ...]
    output: Tensor
    kept: Any = None
    nonnegative: bool = False
    rectified: bool = False
    low: Tensor | None = None
    high: Tensor | None = None


class Part(NamedTuple):
    """One term of z: an input x (N, C, ...) or (1, C, ...), and the weights and bias it meets."""

    x: Tensor
    weight: Tensor
    bias: Tensor | None = None


def divide(relevance: Tensor, z: Tensor, epsilon: float | Tensor) -> Tensor:
    """s = R / (z + eps * sign z), with sign 0 = +1; 0 where z = 0 and eps = 0, for nothing can be shared out there."""
    if isinstance(epsilon, float):
        if epsilon < torch.finfo(z.dtype).tiny:
            return torch.where(z == 0, 0, relevance / z)
        epsilon = z.new_tensor(epsilon)
    # A sum that begins at +0 is never -0, so the sign bit is the sign.
    return _over(relevance, torch.copysign(epsilon, z).add_(z))


def divide_positive(relevance: Tensor, z: Tensor) -> Tensor:
    """s = R / (z + eps) with the usual stabilizer, for z >= 0. Writes over `z`."""
    return _over(relevance, z.add_(STABILIZER))


def _over(relevance: Tensor, denominator: Tensor) -> Tensor:
    # Few passes over few buffers: at these sizes memory traffic is the cost.
    out = denominator if denominator.shape == relevance.shape else None
    return torch.div(relevance, denominator, out=out)


def scaled_epsilon(epsilon: float, size: Tensor) -> Tensor:
    """epsilon * size, for epsilon > 0; infinite where size is 0, so that a layer whose outputs are all 0 passes nothing on."""
    scaled = (epsilon * size).clamp_(min=torch.finfo(size.dtype).tiny)
    return scaled.masked_fill_(size == 0, math.inf)


class Rule:
    """How one layer shares out the relevance of its outputs among its inputs."""

    by_value: ClassVar[bool] = True  # an input of 0 gets no share
    by_place: ClassVar[bool] = False  # relevance stays with its value, so an input gets a share only where its output had one

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        """One share per input of the step, in logits, each like that input, with as many rows as `relevance`.

        relevance: one row per sample, or K rows for K classes of one sample. Whatever does not depend on it belongs to the
        sample and is computed once; broadcasting over the rows does the rest.
        """
        raise NotImplementedError

    def check(self, layer: Layer) -> None:
        """Raises TypeError if the rule does not apply to this kind of layer."""


class WeightRule(Rule):
    """A rule for layers with weights, given by its parts and the stabilizer that keeps its division finite."""

    bias: bool = True
    positive: ClassVar[bool] = False  # every contribution is >= 0, and so is z

    def parts(self, layer: Weighted, step: Step) -> list[Part]:
        """The terms of z for this rule."""
        raise NotImplementedError

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        return (redistribute(step, self.parts(step.layer, step), relevance, self.bias, self.positive),)

    def check(self, layer: Layer) -> None:
        if not isinstance(layer, Weighted):
            raise TypeError(f"{type(self).__name__} needs a layer with weights, got {type(layer).__name__}")


def redistribute(
    step: Step, parts: list[Part], relevance: Tensor, bias: bool = True, positive: bool = False
) -> Tensor:
    """The four steps of LRP over `parts` [Montavon et al. 2019, 10.2.2]: a share like the step's input, row for row."""
    z = pre_activations(step.layer, parts, bias)
    return share_among_inputs(step, parts, divide_positive(relevance, z) if positive else divide(relevance, z, STABILIZER))


def pre_activations(layer: Weighted, parts: list[Part], bias: bool = True) -> Tensor:
    """Forward: z, the sum of the parts' terms."""
    z, *more = (layer.apply(part.x, part.weight, part.bias if bias else None) for part in parts)
    for term in more:
        z = z + term
    return z


def share_among_inputs(step: Step, parts: list[Part], s: Tensor) -> Tensor:
    """Pull back and multiply: sum over the parts of x_j * sum_k w_jk s_k."""
    share, *more = (step.layer.pull_weight(s, part.x, part.weight).mul_(part.x) for part in parts)
    for term in more:
        share += term
    channels = step.inputs[0].shape[1]
    return share if share.shape[1] == channels else share.unflatten(1, (-1, channels)).sum(1)


def stack_narrow(layer: Weighted, parts: list[Part]) -> list[Part]:
    """The parts, or one part with their channels side by side where that is quicker: in a convolution of few channels.

    Over three channels, those of a picture, a convolution takes as long as over six. Only the first part has a bias.
    """
    if not layer.few_input_channels:
        return parts
    x, weight = torch.cat([part.x for part in parts], 1), torch.cat([part.weight for part in parts], 1)
    return [Part(x, weight, parts[0].bias)]
