"""The LRP methods that people choose from, each a composite with its settings."""

from dataclasses import dataclass

from lrp.methods.composites import Composite, Kind, by_kind
from lrp.methods.lrp_base import LRP, epsilon_setting, gamma_setting, residual_setting, top_epsilon_setting, zero_bias_setting
from lrp.methods.shifts import shifts_setting
from lrp.network.attention import MatrixProduct
from lrp.network.graph import Network, Node
from lrp.network.layer_norm import LayerNorm
from lrp.network.layers import Average, Sum
from lrp.network.weighted import Convolution, Weighted
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
class EpsilonPlus(LRP):
    """z+ in convolutions, epsilon in fully connected layers  [Kohlbrenner et al. 2020]."""

    name = "epsilon-plus"
    label = "LRP-ε-z⁺"
    summary = (
        "The z⁺ rule in every convolution: only evidence in favour is shared out, which gives a smooth map. "
        "Epsilon acts in the last layer only."
    )
    lattice = True
    epsilon: float = top_epsilon_setting()
    zero_bias: bool = zero_bias_setting()
    residual: str = residual_setting()
    shifts: int = shifts_setting()

    def composite(self, network: Network) -> Composite:
        return Composite(by_kind(ZPlus(not self.zero_bias), Epsilon(self.epsilon, bias=not self.zero_bias)))


@dataclass(frozen=True)
class EpsilonPlusFlat(EpsilonPlus):
    """EpsilonPlus with the flat rule at the pixels  [Kohlbrenner et al. 2020; Lapuschkin et al. 2019]."""

    name = "epsilon-plus-flat"
    label = "LRP-ε-z⁺-flat"
    summary = (
        "Best practice for finding where: z⁺ in every convolution, relevance spread evenly at the pixels. "
        "Epsilon acts in the last layer only."
    )

    def composite(self, network: Network) -> Composite:
        return Composite(super().composite(network).rules, first=Flat())


@dataclass(frozen=True)
class ZeroEpsilonGammaBox(LRP):
    """LRP-0 in fully connected layers, epsilon in the upper stages, gamma below, z-box at the pixels.

    The scheme of Montavon et al. 2019 (section 10.3) for VGG-16. The upper stages begin with the stage that holds the
    middle convolution (`layer3` in every ResNet), or with that convolution itself where the network has one stage only.
    The last of them (`layer4`, or else the upper half of these convolutions) has `last_epsilon`, None for `epsilon`.
    """

    name = "zero-epsilon-gamma-box"
    label = "LRP-0-ε-γ-box"
    summary = (
        "A rule for each height: LRP-0 on top, epsilon in the upper stages (layer3 and layer4), gamma below, "
        "pixel bounds at the picture. Epsilon acts in the upper stages and visibly cleans the map."
    )
    epsilon: float = epsilon_setting(0.25, "How much weak evidence the layers of the upper stages absorb.")
    gamma: float = gamma_setting()
    residual: str = residual_setting()
    shifts: int = shifts_setting()
    last_epsilon: float | None = parameter(
        None, "Epsilon of the last stage",
        "Another epsilon for the last stage (layer4), whose signals differ in size from those below; none for the same one.",
        options=(None, 0.0, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0), by_name=True,
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.last_epsilon is not None:
            Epsilon(self.last_epsilon)

    def composite(self, network: Network) -> Composite:
        last_epsilon = self.epsilon if self.last_epsilon is None else self.last_epsilon
        middle, last = _upper_convolutions(network)
        by_place = [*((node, self.epsilon) for node in middle), *((node, last_epsilon) for node in last)]
        upper = tuple((node.path, Epsilon(epsilon)) for node, epsilon in by_place)
        return Composite(by_kind(Gamma(self.gamma), Epsilon(0)), first=ZBox(), stages=upper)


def _upper_convolutions(network: Network) -> tuple[list[Node], list[Node]]:
    """Returns the convolutions of the upper stages but the last, and those of the last one.

    The upper stages begin with that of the middle convolution. Where all upper convolutions are in one stage, they are cut in
    half; where that is also the first stage, they begin with the middle convolution itself.
    """
    convolutions = [node for node in network.nodes if isinstance(node.layer, Convolution)]
    stages = [node.path.split(".")[0] for node in convolutions]
    start = (stages.index(stages[len(stages) // 2]) if stages else 0) or len(stages) // 2
    upper, upper_stages = convolutions[start:], stages[start:]
    begin = (upper_stages.index(upper_stages[-1]) if upper_stages else 0) or len(upper) // 2
    return upper[:begin], upper[begin:]


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
class EpsilonAlpha2Beta1(LRP):
    """alpha2-beta1 in convolutions, epsilon in fully connected layers  [Bach et al. 2015; Kohlbrenner et al. 2020]."""

    name = "epsilon-alpha2-beta1"
    label = "LRP-ε-α2β1"
    summary = (
        "In every convolution evidence in favour counts twice and evidence against once: crisp maps with both colours. "
        "Epsilon acts in the last layer only."
    )
    lattice = True
    epsilon: float = top_epsilon_setting()
    zero_bias: bool = zero_bias_setting()
    residual: str = residual_setting()
    shifts: int = shifts_setting()

    def composite(self, network: Network) -> Composite:
        rules = by_kind(AlphaBeta(2.0, 1.0, not self.zero_bias), Epsilon(self.epsilon, bias=not self.zero_bias))
        return Composite(rules)


@dataclass(frozen=True)
class EpsilonAlpha2Beta1Flat(EpsilonAlpha2Beta1):
    """EpsilonAlpha2Beta1 with the flat rule at the pixels  [Kohlbrenner et al. 2020]."""

    name = "epsilon-alpha2-beta1-flat"
    label = "LRP-ε-α2β1-flat"
    summary = (
        "As LRP-ε-α2β1, with relevance spread evenly at the pixels, which makes it smoother. "
        "Epsilon acts in the last layer only."
    )

    def composite(self, network: Network) -> Composite:
        return Composite(super().composite(network).rules, first=Flat())
