"""The LRP methods for vision transformers, each a composite with its settings."""

from dataclasses import dataclass

from lrp.methods.composites import Composite, Kind
from lrp.methods.lrp_base import LRP, epsilon_setting, residual_setting
from lrp.methods.presets import linear_rows
from lrp.methods.shifts import shifts_setting
from lrp.network.attention import MatrixProduct
from lrp.network.graph import Network
from lrp.network.layers import Shift
from lrp.network.weighted import Convolution, Linear, Weighted
from lrp.rules.attention import ConstantAttention
from lrp.rules.kernel import STABILIZER
from lrp.rules.rule_base import Rule
from lrp.rules.weighted import Epsilon, Gamma
from lrp.rules.weightless import Pass
from lrp.settings import parameter

Rows = tuple[tuple[Kind, Rule], ...]
SHARED, CONSTANT = "shared", "constant"
SHARE, ABSORB = "share", "absorb"


def position_setting() -> str:
    """Returns a field for what the position embeddings get."""
    return parameter(
        SHARE, "Position embeddings",
        "What tells a patch its place, and a score its distance, is added to what the picture says. By share it keeps its part "
        "of the sum. By absorb the patch takes that part too, so that the map holds what positions say as well.",
        options=(SHARE, ABSORB), by_name=True,
    )  # fmt: skip


@dataclass(frozen=True)
class AttnLRP(LRP):
    """Epsilon in every linear layer, attention shared by contribution  [Achtibat et al. 2024, AttnLRP].

    A product of activations gives half to each factor, the softmax its first-order expansion, curved activations pass relevance
    on, and a normalization counts as constant. position: "share" lets what is added to a patch or a score keep its part of the
    sum; "absorb" gives that to the patch, so that positions are on the map [Bakish et al. 2025, PA-LRP]. In a network without
    attention it is LRP-epsilon. Raises ValueError for a setting outside its limits.
    """

    name = "attn-lrp"
    label = "AttnLRP"
    summary = (
        "For vision transformers: attention is shared between who attends and what is seen, by their contributions. "
        "Near epsilon = 0 the map is Input x Gradient with a changed gradient, and about as noisy."
    )
    epsilon: float = epsilon_setting(STABILIZER, "How much weak evidence each layer absorbs. 0 keeps everything, noise included.")
    position: str = position_setting()
    residual: str = residual_setting()
    shifts: int = shifts_setting()

    def __post_init__(self) -> None:
        super().__post_init__()
        check_option("position", self.position, (SHARE, ABSORB))

    def composite(self, network: Network) -> Composite:
        return Composite(((Weighted, Epsilon(self.epsilon)), *position_rows(self.position), *linear_rows(self.epsilon)))


@dataclass(frozen=True)
class CPLRP(AttnLRP):
    """Epsilon in every linear layer, attention a constant: the values get all  [Ali et al. 2022, CP-LRP].

    What decided who attends to whom gets nothing. In a network without attention it is LRP-epsilon.
    """

    name = "cp-lrp"
    label = "CP-LRP"
    summary = (
        "For vision transformers: attention counts as fixed, so relevance follows what was looked at and not why. "
        "Nothing is lost in the softmax."
    )

    def composite(self, network: Network) -> Composite:
        rows = super().composite(network).rules
        return Composite(((MatrixProduct, ConstantAttention(min(self.epsilon, STABILIZER))), *rows))


@dataclass(frozen=True)
class AttnLRPGamma(LRP):
    """Gamma in linear layers and in the patches' convolution, attention a constant or shared  [Achtibat et al. 2024, section 4].

    attention: "constant" as in LXT's preset for vision transformers, "shared" as in AttnLRP. Gamma is the generalised form, under
    which |R| hardly grows from block to block; the plain one explodes. Raises ValueError for a setting outside its limits.
    """

    name = "attn-lrp-gamma"
    label = "AttnLRP-γ"
    summary = (
        "For vision transformers: evidence in favour counts more than evidence against, so less of both cancels on the way "
        "and the map is calmer than AttnLRP's."
    )
    gamma: float = parameter(
        0.05, "Gamma", "How much more positive contributions count in the linear layers of the blocks.",
        range=(0.0, 10.0), scale="log",
    )  # fmt: skip
    patch_gamma: float = parameter(
        0.25, "Gamma of the patches", "The same in the convolution that reads the picture.", range=(0.0, 100.0), scale="log"
    )
    attention: str = parameter(
        CONSTANT, "Attention",
        "As a constant, relevance follows what was looked at. Shared, half of it goes to what decided where to look.",
        options=(CONSTANT, SHARED), by_name=True,
    )  # fmt: skip
    position: str = position_setting()
    residual: str = residual_setting()
    shifts: int = shifts_setting()

    def __post_init__(self) -> None:
        super().__post_init__()
        Gamma(self.patch_gamma)
        check_option("position", self.position, (SHARE, ABSORB))
        check_option("attention", self.attention, (CONSTANT, SHARED))

    def composite(self, network: Network) -> Composite:
        constant: Rows = ((MatrixProduct, ConstantAttention()),) if self.attention == CONSTANT else ()
        gammas = ((Convolution, Gamma(self.patch_gamma)), (Linear, Gamma(self.gamma)))
        return Composite((*constant, *gammas, *position_rows(self.position), *linear_rows(STABILIZER)))


def position_rows(position: str) -> Rows:
    """Returns the row for what a constant that is added gets."""
    return ((Shift, Pass()),) if position == ABSORB else ()


def check_option(name: str, value: str, options: tuple[str, ...]) -> None:
    """Raises ValueError for a value that is none of the options."""
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(options)}, got {value!r}")
