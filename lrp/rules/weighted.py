"""The rules of LRP for layers with weights, each written as its difference from the kernel (lrp/rules/kernel.py).

A new rule is a frozen dataclass that says in `parts` which inputs x meet which rewritten weights. What a rule conserves,
where it is used and when it misleads stands in lrp/README.md. The rules for pixels are in first_layer.py, those for layers
without weights in weightless.py.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from lrp.network.forward_pass import root_mean_square
from lrp.network.layers import Layer, Shares, Shift
from lrp.network.weighted import Weighted
from lrp.rules.kernel import (
    STABILIZER,
    Part,
    Step,
    divide,
    divide_positive,
    pre_activations,
    scaled_epsilon,
    share_of_bias,
    stack_narrow,
    sum_per_row,
    zero_per_row,
)
from lrp.rules.rule_base import Rule, Term, WeightRule

MAX_GAMMA = 1e6  # the map is that of gamma = infinity to six digits, and single precision still holds the weights


@dataclass(frozen=True)
class Epsilon(Rule):
    """LRP-eps: R_j = sum_k a_j w_jk / (z_k + eps * sign z_k) * R_k  [Bach et al. 2015, eq. 58].

    Shares by contribution, and lets weak evidence be absorbed: the larger eps, the fewer and smoother the regions that
    stay. With epsilon = 0 it is LRP-0, in a ReLU network the same as Input x Gradient. It also shares relevance at a
    residual `+` and at average pooling, which are linear as well. `relative` measures epsilon in units of RMS(z) of
    the layer, per sample, so that one value means the same at every depth; a layer whose z are all 0 then passes nothing on.
    The bias keeps b_k s_k, as does the constant of a `Shift`; `bias` False leaves it out of z, so that it keeps nothing.
    Raises ValueError unless 0 <= epsilon < infinity.
    """

    epsilon: float = STABILIZER
    relative: bool = False
    bias: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.epsilon < math.inf:
            raise ValueError(f"epsilon must be >= 0 and finite, got {self.epsilon}")

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        layer: Layer = step.layer
        return layer.share(self.quotient(step, relevance), step.inputs, step.kept)

    def bias_share(self, step: Step, relevance: Tensor) -> Tensor:
        layer = step.layer
        if isinstance(layer, Shift):  # the constant that is added takes the part that a bias would
            s = self.quotient(step, relevance)
            return sum_per_row(torch.where(s == 0, 0, step.output - step.inputs[0]) * s, torch.float64)  # a mask adds infinities
        if not isinstance(layer, Weighted) or layer.bias is None or not self.bias:
            return zero_per_row(relevance)
        return share_of_bias(layer, layer.bias, self.quotient(step, relevance))

    def quotient(self, step: Step, relevance: Tensor) -> Tensor:
        """Returns s = R / (z + eps * sign z), of the shape of the relevance."""
        z = step.output
        if not self.bias and isinstance(step.layer, Weighted) and step.layer.bias is not None:
            z = step.layer.apply(step.inputs[0], step.layer.weight, None)
        epsilon: float | Tensor = float(self.epsilon)
        if self.relative and epsilon:
            epsilon = scaled_epsilon(self.epsilon, step.kept if step.rectified else root_mean_square(z))
        return divide(relevance, z, epsilon)


@dataclass(frozen=True)
class ZPlus(WeightRule):
    """LRP-z+: R_j = sum_k (a_j w_jk)+ / (sum_j (a_j w_jk)+ + b_k+) * R_k, so only contributions that raise z get a share.

    [Montavon et al. 2017, the z+-rule]. For convolutions; gives a smooth map. Shares have the sign of R, so the map is
    negative only where relevance arrives negative, as from a signed residual share or the last layer. Conserves relevance up
    to what the positive bias absorbs, and with `bias` False exactly but for neurons without positive contributions.
    """

    bias: bool = True
    positive: ClassVar[bool] = True

    def parts(self, layer: Weighted, step: Step) -> list[Part]:
        return positive_parts(layer, step)


def positive_parts(layer: Weighted, step: Step) -> list[Part]:
    """Returns the parts whose contributions are positive: a+ with W+ and the positive bias, a- with W-."""
    (a,) = step.inputs
    if step.nonnegative:
        return [Part(a, layer.positive, layer.positive_bias)]
    return stack_narrow(layer, [Part(a.clamp(min=0), layer.positive, layer.positive_bias), Part(a.clamp(max=0), layer.negative)])


def negative_parts(layer: Weighted, step: Step) -> list[Part]:
    """Returns the parts whose contributions are negative: a+ with W- and the negative bias, a- with W+."""
    (a,) = step.inputs
    if step.nonnegative:
        return [Part(a, layer.negative, layer.negative_bias)]
    return stack_narrow(layer, [Part(a.clamp(min=0), layer.negative, layer.negative_bias), Part(a.clamp(max=0), layer.positive)])


@dataclass(frozen=True)
class AlphaBeta(WeightRule):
    """LRP-alpha-beta: R_j = sum_k (alpha (a_j w_jk)+ / z_k+  -  beta (a_j w_jk)- / z_k-) * R_k  [Bach et al. 2015, eq. 60].

    z_k+ and z_k- are the sums of the positive and of the negative contributions, the bias included by its sign. Peers
    disagree on two points. A neuron with z_k < 0 is treated like any other, as eq. 60 and Zennit have it: alpha goes with
    the positive contributions whatever the sign of z_k or R_k. And a neuron that lacks one kind of contribution passes that
    half on to nobody: without negative ones alpha times its relevance goes on. That is Zennit's form (each half is
    stabilized apart), and it keeps the rule linear in R; the lrp_toolbox divides by 0 there, iNNvestigate by 1e-7.
    Every pair with alpha >= 0, beta >= 0 and alpha - beta = 1 is valid, such as 1-0, which is z+; others raise ValueError.
    """

    alpha: float = 2.0
    beta: float = 1.0
    bias: bool = True

    def __post_init__(self) -> None:
        if not (self.alpha >= 0 and self.beta >= 0 and abs(self.alpha - self.beta - 1) <= 1e-9):
            raise ValueError(f"alpha and beta must be >= 0 with alpha - beta = 1, got alpha={self.alpha}, beta={self.beta}")

    def terms(self, step: Step, relevance: Tensor) -> Iterator[Term]:
        layer, up = step.layer, positive_parts(step.layer, step)
        z = ZPlus(self.bias).sums(step, up)
        overwrite = step.recall is None
        if not self.beta:
            yield Term(up, divide_positive(relevance, z, overwrite))
            return
        down = negative_parts(layer, step)
        # The negative contributions are what z lacks of the positive ones; where `output` is not z, no relevance arrives.
        output_is_their_sum = self.bias or layer.bias is None
        below = (step.output - z).clamp_(max=0) if output_is_their_sum else pre_activations(layer, down, bias=False)
        yield Term(up, divide_positive(relevance, z, overwrite), self.alpha)
        yield Term(down, divide(relevance, below, STABILIZER), -self.beta)


@dataclass(frozen=True)
class Gamma(WeightRule):
    """LRP-gamma: R_j = sum_k (a_j w_jk + gamma (a_j w_jk)*) / (z_k + gamma z_k*) * R_k, where * is the part with the sign of z_k.

    The form that is generalised to outputs of either sign [Montavon et al. 2019, table 10.1; Andéol et al. 2021]. Where z > 0, a+
    meets W + gamma W+, a- meets W + gamma W-, and the bias keeps what b + gamma b+ contributes; where z < 0 the mirror image.
    Convolutions that feed a residual `+` have negative outputs, on which the plain form explodes. A neuron with z = 0 passes
    nothing on. Raises ValueError unless gamma is between 0 and 1e6, beyond which nothing changes.
    """

    gamma: float = 0.25

    def __post_init__(self) -> None:
        if not 0 <= self.gamma <= MAX_GAMMA:
            raise ValueError(f"gamma must be >= 0 and at most {MAX_GAMMA:g}, got {self.gamma}")

    def terms(self, step: Step, relevance: Tensor) -> Iterator[Term]:
        layer, z = step.layer, step.output
        above = ZPlus().sums(step, positive_parts(layer, step))
        up = self._parts(step, layer.positive, layer.negative, layer.positive_bias)
        # What gamma adds are the positive contributions where z > 0, and what z lacks of them where z < 0.
        if step.rectified:
            scaled = above.mul_(self.gamma) if step.recall is None else above * self.gamma
            yield Term(up, divide_positive(relevance, scaled.add_(z)))
            return
        s = divide(relevance, z + self.gamma * torch.where(z > 0, above, z - above), STABILIZER)
        yield Term(up, s * (z > 0))
        del up
        yield Term(self._parts(step, layer.negative, layer.positive, layer.negative_bias), s * (z < 0))

    def _parts(self, step: Step, counted: Tensor, other: Tensor, counted_bias: Tensor | None) -> list[Part]:
        """Returns the inputs with W + gamma W* and b + gamma b*, where W* and b* are those of the counted sign."""
        (a,), weight, bias = step.inputs, step.layer.weight, step.layer.bias
        counted = torch.add(weight, counted, alpha=self.gamma)
        bias = None if counted_bias is None else bias + self.gamma * counted_bias
        if step.nonnegative:
            return [Part(a, counted, bias)]
        other = torch.add(weight, other, alpha=self.gamma)
        return stack_narrow(step.layer, [Part(a.clamp(min=0), counted, bias), Part(a.clamp(max=0), other)])
