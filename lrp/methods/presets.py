"""The LRP methods that people choose from, each a composite with its settings."""

from dataclasses import dataclass
from typing import ClassVar

from lrp.methods.composites import Composite, Kind, by_kind
from lrp.methods.lrp_base import LRP, epsilon_setting, gamma_setting, residual_setting, top_epsilon_setting, zero_bias_setting
from lrp.methods.shifts import shifts_setting
from lrp.network.attention import MatrixProduct
from lrp.network.graph import Network
from lrp.network.layer_norm import LayerNorm
from lrp.network.layers import Average, Sum
from lrp.network.weighted import Weighted
from lrp.rules.attention import UniformProduct
from lrp.rules.first_layer import Flat, ZBox
from lrp.rules.kernel import STABILIZER
from lrp.rules.layer_norm import FixedDeviation
from lrp.rules.rule_base import Rule
from lrp.rules.weighted import AlphaBeta, Epsilon, Gamma, ZPlus
from lrp.settings import parameter


@dataclass(frozen=True)
class UniformEpsilon(LRP):
    """LRP-epsilon in every layer  [Bach et al. 2015]; tends to Input x Gradient as epsilon tends to 0."""

    name = "uniform-epsilon"
    label = "LRP-ε"
    summary = (
        "The epsilon rule in every layer. Epsilon acts everywhere: near 0 the map is Input x Gradient, "
        "larger values keep only the strongest evidence."
    )
    epsilon: float = epsilon_setting(0.25, "How much weak evidence each layer absorbs. 0 keeps everything, noise included.")
    relative: bool = parameter(
        False, "Relative epsilon",
        "Measure epsilon in units of each layer's typical signal (RMS of z), so that one value means the same at every depth.",
    )
    residual: str = residual_setting()
    shifts: int = shifts_setting()

    def composite(self, network: Network) -> Composite:
        return Composite(((Weighted, Epsilon(self.epsilon, self.relative)), *linear_rows(self.epsilon)))


def linear_rows(epsilon: float) -> tuple[tuple[Kind, Rule], ...]:
    """Returns rows for layers that share by contribution and have a stabilizer of their own.

    It must not outgrow epsilon, or epsilon = 0 would not be Input x Gradient.
    """
    own = min(epsilon, STABILIZER)
    return (
        (Sum, Epsilon(own)), (Average, Epsilon(own)), (LayerNorm, FixedDeviation(own)), (MatrixProduct, UniformProduct(own))
    )  # fmt: skip


@dataclass(frozen=True)
class TopEpsilon(LRP):
    """Base of the methods with one rule in all convolutions and epsilon in fully connected layers, all with biases or without.

    first: the rule at the pixels; None for that of all convolutions.
    """

    lattice = True
    first: ClassVar[Rule | None] = None
    epsilon: float = top_epsilon_setting()
    zero_bias: bool = zero_bias_setting()
    residual: str = residual_setting()
    shifts: int = shifts_setting()

    def in_convolutions(self, bias: bool) -> Rule:
        """Returns the rule in convolutions. bias: whether biases take a share."""
        raise NotImplementedError

    def composite(self, network: Network) -> Composite:
        bias = not self.zero_bias
        return Composite(by_kind(self.in_convolutions(bias), Epsilon(self.epsilon, bias=bias)), first=self.first)


@dataclass(frozen=True)
class EpsilonPlus(TopEpsilon):
    """z+ in convolutions, epsilon in fully connected layers  [Kohlbrenner et al. 2020]."""

    name = "epsilon-plus"
    label = "LRP-ε-z⁺"
    summary = (
        "The z⁺ rule in every convolution: only evidence in favour is shared out, which gives a smooth map. "
        "Epsilon acts in the last layer only."
    )

    def in_convolutions(self, bias: bool) -> Rule:
        return ZPlus(bias)


@dataclass(frozen=True)
class EpsilonPlusFlat(EpsilonPlus):
    """EpsilonPlus with the flat rule at the pixels  [Kohlbrenner et al. 2020; Lapuschkin et al. 2019]."""

    name = "epsilon-plus-flat"
    label = "LRP-ε-z⁺-flat"
    summary = (
        "Best practice for finding where: z⁺ in every convolution, relevance spread evenly at the pixels. "
        "Epsilon acts in the last layer only."
    )
    first = Flat()


@dataclass(frozen=True)
class EpsilonGammaBox(LRP):
    """Gamma in convolutions, epsilon in fully connected layers, z-box at the pixels  [Montavon et al. 2019]."""

    name = "epsilon-gamma-box"
    label = "LRP-ε-γ-box"
    summary = (
        "The gamma rule in every convolution favours evidence for the class but keeps evidence against it. "
        "Epsilon acts in the last layer only."
    )
    lattice = True
    epsilon: float = top_epsilon_setting()
    gamma: float = gamma_setting()
    residual: str = residual_setting()
    shifts: int = shifts_setting()

    def composite(self, network: Network) -> Composite:
        return Composite(by_kind(Gamma(self.gamma), Epsilon(self.epsilon)), first=ZBox())


@dataclass(frozen=True)
class EpsilonAlpha2Beta1(TopEpsilon):
    """alpha2-beta1 in convolutions, epsilon in fully connected layers  [Bach et al. 2015; Kohlbrenner et al. 2020]."""

    name = "epsilon-alpha2-beta1"
    label = "LRP-ε-α2β1"
    summary = (
        "In every convolution evidence in favour counts twice and evidence against once: crisp maps with both colours. "
        "Epsilon acts in the last layer only."
    )

    def in_convolutions(self, bias: bool) -> Rule:
        return AlphaBeta(2.0, 1.0, bias)


@dataclass(frozen=True)
class EpsilonAlpha2Beta1Flat(EpsilonAlpha2Beta1):
    """EpsilonAlpha2Beta1 with the flat rule at the pixels  [Kohlbrenner et al. 2020]."""

    name = "epsilon-alpha2-beta1-flat"
    label = "LRP-ε-α2β1-flat"
    summary = (
        "As LRP-ε-α2β1, with relevance spread evenly at the pixels, which makes it smoother. "
        "Epsilon acts in the last layer only."
    )
    first = Flat()
