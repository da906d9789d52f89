"""The LRP method that gives the upper stages of a network other rules than the lower ones."""

from dataclasses import dataclass

from lrp.methods.composites import Composite, by_kind
from lrp.methods.lrp_base import LRP, epsilon_setting, gamma_setting, residual_setting
from lrp.methods.shifts import shifts_setting
from lrp.network.graph import Network, Node
from lrp.network.weighted import Convolution
from lrp.rules.first_layer import ZBox
from lrp.rules.weighted import Epsilon, Gamma
from lrp.settings import parameter


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
