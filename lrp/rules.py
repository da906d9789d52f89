"""The rules of LRP. Each is its difference from the kernel (lrp/kernel.py).

A new rule for layers with weights is a frozen dataclass that says in `parts` which inputs x meet which rewritten weights.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from lrp.kernel import STABILIZER, Part, Rule, Step, WeightRule, divide, divide_positive, redistribute, root_mean_square
from lrp.layers import Shares, Weighted

MAX_GAMMA = 1e6  # the map is that of gamma = infinity to six digits, and single precision still holds the weights


@dataclass(frozen=True)
class Epsilon(Rule):
    """LRP-eps: R_j = sum_k a_j w_jk / (z_k + eps * sign z_k) * R_k  [Bach et al. 2015, eq. 58].

    Shares by contribution, and lets weak evidence be absorbed: the larger eps, the fewer and smoother the regions that
    stay. With epsilon = 0 it is LRP-0, in a ReLU network the same as Input x Gradient. It also shares relevance at a
    residual `+` and at average pooling, which are linear as well. `relative` measures epsilon in units of RMS(z) of
    the layer, per sample, so that one value means the same at every depth. `bias` False leaves the bias out of z, so that
    it absorbs nothing. Raises ValueError unless 0 <= epsilon < infinity.
    """

    epsilon: float = STABILIZER
    relative: bool = False
    bias: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.epsilon < math.inf:
            raise ValueError(f"epsilon must be >= 0 and finite, got {self.epsilon}")

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        z = step.output
        if not self.bias and isinstance(step.layer, Weighted) and step.layer.bias is not None:
            z = step.layer.apply(step.inputs[0], step.layer.weight, None)
        epsilon: float | Tensor = float(self.epsilon)
        if self.relative and epsilon:
            epsilon = epsilon * (step.kept if step.rectified else root_mean_square(z))
        s = divide(relevance, z, epsilon)
        return step.layer.share(s, step.inputs, step.kept)


@dataclass(frozen=True)
class ZPlus(WeightRule):
    """LRP-z+: only contributions that raise z share, R_j = sum_k (a_j w_jk)+ / sum_j (a_j w_jk)+ * R_k.

    [Montavon et al. 2017, the z+-rule]. For convolutions; the map is smooth and never negative.
    Conserves relevance up to what the positive bias absorbs, and exactly with `bias` False.
    """

    bias: bool = True
    positive: ClassVar[bool] = True

    def parts(self, layer: Weighted, step: Step) -> list[Part]:
        return same_sign(layer, step)


def same_sign(layer: Weighted, step: Step) -> list[Part]:
    """The parts whose contributions are positive: a+ with W+ and the positive bias, a- with W-."""
    (a,) = step.inputs
    if step.nonnegative:
        return [Part(a, layer.positive, layer.positive_bias)]
    return [Part(a.clamp(min=0), layer.positive, layer.positive_bias), Part(a.clamp(max=0), layer.negative)]


def opposite_sign(layer: Weighted, step: Step) -> list[Part]:
    """The parts whose contributions are negative: a+ with W- and the negative bias, a- with W+."""
    (a,) = step.inputs
    if step.nonnegative:
        return [Part(a, layer.negative, layer.negative_bias)]
    return [Part(a.clamp(min=0), layer.negative, layer.negative_bias), Part(a.clamp(max=0), layer.positive)]


@dataclass(frozen=True)
class AlphaBeta(WeightRule):
    """LRP-alpha-beta: R_j = sum_k (alpha (a_j w_jk)+ / z_k+  -  beta (a_j w_jk)- / z_k-) * R_k  [Bach et al. 2015, eq. 60].

    z_k+ and z_k- are the sums of the positive and of the negative contributions, the bias included by its sign; both are
    stabilized apart. A neuron without negative contributions has nothing to take beta from, so alpha times its
    relevance goes on: the form of Zennit, which keeps every layer linear in R. Raises ValueError unless
    alpha >= 0, beta >= 0 and alpha - beta = 1.
    """

    alpha: float = 2.0
    beta: float = 1.0
    bias: bool = True

    def __post_init__(self) -> None:
        if self.alpha < 0 or self.beta < 0 or abs(self.alpha - self.beta - 1) > 1e-9:
            raise ValueError(f"alpha and beta must be >= 0 with alpha - beta = 1, got alpha={self.alpha}, beta={self.beta}")

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        share = redistribute(step, same_sign(step.layer, step), relevance, self.bias, positive=True).mul_(self.alpha)
        if self.beta:
            share.sub_(redistribute(step, opposite_sign(step.layer, step), relevance, self.bias), alpha=self.beta)
        return (share,)


@dataclass(frozen=True)
class Gamma(WeightRule):
    """LRP-gamma, generalised to outputs of either sign  [Montavon et al. 2019, table 10.1; Andéol et al. 2021].

    Where z > 0, positive contributions count (1 + gamma) times: a+ meets W + gamma W+, a- meets W + gamma W-; where z < 0
    the mirror image. Convolutions that feed a residual `+` have negative outputs, on which the plain form explodes.
    A neuron with z = 0 passes nothing on. Raises ValueError unless gamma is between 0 and 1e6, beyond which nothing changes.
    """

    gamma: float = 0.25

    def __post_init__(self) -> None:
        if not 0 <= self.gamma <= MAX_GAMMA:
            raise ValueError(f"gamma must be >= 0 and at most {MAX_GAMMA:g}, got {self.gamma}")

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        layer, z = step.layer, step.output
        up = torch.add(layer.weight, layer.positive, alpha=self.gamma)
        up_bias = None if layer.bias is None else layer.bias + self.gamma * layer.positive_bias
        if step.nonnegative and step.rectified:
            return (redistribute(step, [Part(step.inputs[0], up, up_bias)], relevance),)
        down = torch.add(layer.weight, layer.negative, alpha=self.gamma)
        down_bias = None if layer.bias is None else layer.bias + self.gamma * layer.negative_bias
        share = self._branch(step, (up, up_bias), down, relevance * (z > 0))
        return (share.add_(self._branch(step, (down, down_bias), up, relevance * (z < 0))),)

    def _branch(self, step: Step, main: tuple[Tensor, Tensor | None], other: Tensor, relevance: Tensor) -> Tensor:
        (a,) = step.inputs
        if step.nonnegative:
            return redistribute(step, [Part(a, *main)], relevance)
        return redistribute(step, [Part(a.clamp(min=0), *main), Part(a.clamp(max=0), other)], relevance)


@dataclass(frozen=True)
class ZBox(WeightRule):
    """LRP-z-box, for pixels between `low` and `high`: R_j = sum_k (x_j w_jk - low_j w+_jk - high_j w-_jk) / sum_j (...) * R_k.

    [Montavon et al. 2017, z^B-rule]. For the first layer. The bounds are the network's own, given to `canonize`; the bias
    cancels. Raises ValueError if the network has none.
    """

    by_value: ClassVar[bool] = False

    def parts(self, layer: Weighted, step: Step) -> list[Part]:
        if step.low is None or step.high is None:
            raise ValueError("the z-box rule needs the pixel bounds; give low and high to lrp.canonize")
        low, high = (bound.expand(1, *step.inputs[0].shape[1:]) for bound in (step.low, step.high))
        return [Part(step.inputs[0], layer.weight), Part(low, -layer.positive), Part(high, -layer.negative)]


@dataclass(frozen=True)
class WSquare(WeightRule):
    """LRP-w²: R_j = sum_k w_jk² / sum_j w_jk² * R_k  [Montavon et al. 2017, w²-rule].

    For a first layer whose inputs have no bounds; shares by the weights alone, whatever the picture. The bias takes no
    share (Zennit adds its square to the denominator, RelevancePropagation.jl leaves it out as here), so relevance is conserved.
    """

    by_value: ClassVar[bool] = False

    def parts(self, layer: Weighted, step: Step) -> list[Part]:
        return [Part(torch.ones_like(step.inputs[0][:1]), layer.squared)]


@dataclass(frozen=True)
class Flat(WeightRule):
    """LRP-flat: each output's relevance goes in equal parts to all inputs it sees  [Lapuschkin et al. 2019].

    For the first layer: the finest detail is given up for a smooth map at the resolution of the layer above. Conserves.
    """

    by_value: ClassVar[bool] = False

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        return (step.layer.flat(relevance, step.inputs[0], divide_positive),)


@dataclass(frozen=True)
class Pass(Rule):
    """Hands relevance on unchanged; for activations  [Bach et al. 2015]."""

    by_value: ClassVar[bool] = False
    by_place: ClassVar[bool] = True

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        return (relevance,)


@dataclass(frozen=True)
class Route(Rule):
    """Sends relevance where the values came from: max pooling to the winner, reshaping and concatenation to the source."""

    by_value: ClassVar[bool] = False
    by_place: ClassVar[bool] = True

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        return step.layer.pull(relevance, step.inputs, step.kept)


@dataclass(frozen=True)
class AbsoluteShare(Rule):
    """Splits relevance at a sum by absolute share, R_i = |x_i| / sum_i |x_i| * R  [Otsuki et al. 2024, relevance splitting].

    Unlike the signed share (Epsilon) it stays bounded where the branches cancel. Branches must have the sum's shape.
    """

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        sizes = [a.abs() for a in step.inputs]
        s = divide(relevance, torch.stack(sizes).sum(0), STABILIZER)
        return tuple(size.mul_(s) for size in sizes)
