"""What the bias takes of the relevance that arrives at a layer, by the formula of each rule.

A bias b_k is one more contribution to z_k, so it has a share like any input's: rho(b)_k * s_k, where s_k is what the rule
divides and rho(b) what it makes of the bias. Of a rule that is not named here the bias takes nothing.
"""

from functools import singledispatch

import torch
from torch import Tensor

from lrp.network.layers import Shift
from lrp.network.weighted import Linear, Weighted
from lrp.rules.first_layer import Flat
from lrp.rules.kernel import STABILIZER, Rule, Step, WeightRule, divide, divide_positive, pre_activations
from lrp.rules.weighted import AlphaBeta, Epsilon, Gamma, positive_parts


@singledispatch
def bias_share(rule: Rule, step: Step, relevance: Tensor) -> Tensor:
    """(N,), the bias's share of the relevance (N, ...) that arrived, in logits, summed in double precision.

    By rule, with s_k = R_k / (z_k + eps sign z_k) of the kernel and z_k that of the rule:

    Epsilon: b_k s_k; at a Shift the constant that is added takes the same part; nothing where `bias` is False.
    ZPlus: b_k+ s_k.
    AlphaBeta: alpha b_k+ R_k / (z_k+ + eps) - beta b_k- R_k / (z_k- - eps).
    Gamma: (b_k + gamma b_k+) s_k where z_k > 0, (b_k + gamma b_k-) s_k where z_k < 0.
    ZBox: nothing, for the bias is not part of its z; nor of that of WSquare and Flat.
    Any other WeightRule: the biases of its parts times s_k.
    Pass, Route, AbsoluteShare, Taylor: nothing, for there is no bias, or it takes no share.
    """
    return _nothing(relevance)


@bias_share.register
def _(rule: Epsilon, step: Step, relevance: Tensor) -> Tensor:
    layer = step.layer
    if isinstance(layer, Shift):
        return _sum((step.output - step.inputs[0]) * rule.quotient(step, relevance))
    if not isinstance(layer, Weighted) or layer.bias is None or not rule.bias:
        return _nothing(relevance)
    return _taken(layer, layer.bias, rule.quotient(step, relevance))


@bias_share.register
def _(rule: WeightRule, step: Step, relevance: Tensor) -> Tensor:
    parts = rule.parts(step.layer, step)
    biases = [part.bias for part in parts if part.bias is not None] if rule.bias else []
    if not biases:
        return _nothing(relevance)
    return _taken(step.layer, torch.stack(biases).sum(0), divide(relevance, pre_activations(step.layer, parts), STABILIZER))


@bias_share.register
def _(rule: Flat, step: Step, relevance: Tensor) -> Tensor:
    return _nothing(relevance)  # it has no parts to ask


@bias_share.register
def _(rule: AlphaBeta, step: Step, relevance: Tensor) -> Tensor:
    layer = step.layer
    if layer.bias is None or not rule.bias:
        return _nothing(relevance)
    z = pre_activations(layer, positive_parts(layer, step))
    # As the rule itself has it: the sum of the negative parts would round otherwise, and be seen where it is near 0.
    below = (step.output - z).clamp_(max=0)
    up, down = divide_positive(relevance, z), divide(relevance, below, STABILIZER)
    return rule.alpha * _taken(layer, layer.positive_bias, up) - rule.beta * _taken(layer, layer.negative_bias, down)


@bias_share.register
def _(rule: Gamma, step: Step, relevance: Tensor) -> Tensor:
    layer, z = step.layer, step.output
    if layer.bias is None:
        return _nothing(relevance)
    above = pre_activations(layer, positive_parts(layer, step))
    s = divide(relevance, z + rule.gamma * torch.where(z > 0, above, z - above), STABILIZER)
    up, down = (layer.bias + rule.gamma * part for part in (layer.positive_bias, layer.negative_bias))
    return _taken(layer, up, s * (z > 0)) + _taken(layer, down, s * (z < 0))


def _nothing(relevance: Tensor) -> Tensor:
    return relevance.new_zeros(len(relevance), dtype=torch.float64)


def _taken(layer: Weighted, bias: Tensor, s: Tensor) -> Tensor:
    """(N,), the sum of b_k s_k over all outputs k."""
    return _sum(s.movedim(-1 if isinstance(layer, Linear) else 1, -1) * bias)


def _sum(values: Tensor) -> Tensor:
    if values.dim() == 1:  # for no axis, torch sums over all of them
        return values.double()
    return values.sum(tuple(range(1, values.dim())), dtype=torch.float64)
