"""The rules of LRP for attention: the softmax of its scores, and products of two matrices of activations."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lrp.network.attention import MatrixProduct, Softmax
from lrp.network.layers import Layer, Shares
from lrp.rules.kernel import STABILIZER, Step, divide
from lrp.rules.rule_base import Rule


@dataclass(frozen=True)
class SoftmaxExpansion(Rule):
    """Shares by the first-order expansion of the softmax: R_i = x_i (R_i - s_i sum_j R_j)  [Achtibat et al. 2024, prop. 3.1].

    The scores x come with their bias and mask; one of minus infinity takes nothing. Does not conserve: the rest of the expansion,
    which no score can take, stays behind.
    """

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        layer: Softmax = step.layer
        x = step.inputs[0]
        share = torch.sub(relevance, step.output * relevance.sum(layer.dim, keepdim=True)).mul_(x)
        return share.masked_fill_(x.isinf(), 0), *[None] * (len(step.inputs) - 1)

    def check(self, layer: Layer) -> None:
        if not isinstance(layer, Softmax):
            raise TypeError(f"{type(self).__name__} needs a softmax, got {type(layer).__name__}")


@dataclass(frozen=True)
class UniformProduct(Rule):
    """Shares a matrix product O = A B by contribution, half for each factor, since both make every summand.

        R_A = A * (s B^T),    R_B = B * (A^T s),    s = R / (2 O + eps sign O)

    [Achtibat et al. 2024, AttnLRP, proposition 3.3 and equation 15]. Conserves but for eps.
    """

    epsilon: float = STABILIZER

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        layer: MatrixProduct = step.layer
        s = divide(relevance, 2 * step.output, self.epsilon)
        return tuple(layer.pull_to(i, s, step.inputs).mul_(step.inputs[i]) for i in range(2))

    def check(self, layer: Layer) -> None:
        if not isinstance(layer, MatrixProduct):
            raise TypeError(f"{type(self).__name__} needs a product of activations, got {type(layer).__name__}")


@dataclass(frozen=True)
class ConstantAttention(UniformProduct):
    """Takes attention for a constant, so that the values get all: R_V = V * (A^T s), s = R / (O + eps sign O), R_A = 0.

    CP-LRP [Ali et al. 2022, "XAI for Transformers: Better Explanations through Conservative Propagation", section 3.2]. Conserves
    but for eps. A product without attention in it is shared by UniformProduct.
    """

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        layer: MatrixProduct = step.layer
        if layer.attention is None:
            return super().__call__(step, relevance)
        values = 1 - layer.attention
        share = layer.pull_to(values, divide(relevance, step.output, self.epsilon), step.inputs).mul_(step.inputs[values])
        return (share, None) if values == 0 else (None, share)
