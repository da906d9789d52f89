"""A network with pictures and what it sees in them, and how far explanations of it are from those of autograd."""

import copy

from torch import Tensor, nn

import lrp
from tests.lrp.network.restated import input_times_gradient


class Case:
    """A network, its canonized copy, pictures and the classes that it sees in them."""

    def __init__(self, name: str, model: nn.Module, x: Tensor) -> None:
        self.name, self.model, self.x = name, model, x
        self.network = lrp.canonize(model)
        self.logits = model(x)
        self.target = self.logits.argmax(1)

    def in_single_precision(self) -> tuple[Tensor, Tensor]:
        """The logits of the canonized copy and of the model itself, both computed in float32."""
        model, x = copy.deepcopy(self.model).float(), self.x.float()
        return lrp.canonize(model)(x).double(), model(x).double()

    def gradient_error(self) -> float:
        """How far Input x Gradient is from autograd's."""
        found = lrp.explain(self.network, self.x, self.target, lrp.InputXGradient()).relevance
        return relative(found, input_times_gradient(self.model, self.x, self.target, restated=False))

    def lrp_0_error(self) -> float:
        """How far LRP-0 is from the input times autograd's gradient of the restated network."""
        found = lrp.explain(self.network, self.x, self.target, lrp.UniformEpsilon(0.0)).relevance
        return relative(found, input_times_gradient(self.model, self.x, self.target))


def relative(found: Tensor, expected: Tensor) -> float:
    """The largest difference, as a share of the largest expected value."""
    return float((found - expected).abs().max() / expected.abs().max())


def all_have_rules(model: nn.Module) -> bool:
    """Whether every node of a network, which may be without memory, has a rule."""
    network = lrp.canonize(model)
    return set(lrp.EpsilonPlusFlat().rules(network)) == {node.name for node in network.nodes}
