"""Guided Backprop and Deconvolution: gradients whose way back through every ReLU is changed."""

from dataclasses import dataclass

from torch import Tensor

from lrp.methods.gradient_base import GradientMethod
from lrp.network.forward_pass import Trace
from lrp.network.graph import Network, Node
from lrp.network.layers import Curved, Kept, NodeValue, Rectifier, Shares
from lrp.progress import Progress
from lrp.walk.gradient import gradient
from lrp.walk.objectives import Objective


@dataclass(frozen=True)
class GuidedBackprop(GradientMethod):
    """The gradient, with negative signals stopped at every ReLU: R^l = 1[z > 0] * max(R^(l+1), 0)  [Springenberg et al. 2015].

    Figure 1 there. In logits per unit of x, of the shape of x; it promises no sum. It hardly depends on the class or on the
    weights of the upper layers [Adebayo et al. 2018; Nie et al. 2018].
    """

    name = "guided-backprop"
    label = "Guided Backprop"
    summary = (
        "A crisp drawing of the edges that excite the network. "
        "It hardly depends on the class, so it shows what is seen rather than why this answer was given."
    )

    def attribute(self, forward: Trace, objective: Objective, progress: Progress | None) -> Tensor:
        check_rectifiers(forward.network)
        return gradient(forward, objective, _guided, progress=progress)


@dataclass(frozen=True)
class Deconvolution(GradientMethod):
    """The gradient, with the signal rectified at every ReLU instead of the activation: R^l = max(R^(l+1), 0).

    [Zeiler and Fergus 2014, section 2.1]. In logits per unit of x, of the shape of x; it promises no sum.
    """

    name = "deconvolution"
    label = "Deconvolution"
    summary = (
        "Runs the network backwards and keeps only what excites each layer. "
        "An early method, of historical interest: it depends little on the picture and on the class."
    )

    def attribute(self, forward: Trace, objective: Objective, progress: Progress | None) -> Tensor:
        check_rectifiers(forward.network)
        return gradient(forward, objective, _deconvolved, progress=progress)


def check_rectifiers(network: Network) -> None:
    """Raises TypeError for a network whose activations are curved and none of them a ReLU, where nothing would be changed."""
    kinds = [type(node.layer) for node in network.nodes]
    if Curved in kinds and not any(issubclass(kind, Rectifier) for kind in kinds):
        raise TypeError("the method changes gradients at every ReLU, and this network has none; use Saliency or an LRP method")


def _guided(node: Node, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept) -> Shares:
    pulled = node.layer.pull(signal, inputs, kept)
    if isinstance(node.layer, Rectifier):
        return tuple(None if share is None else share.clamp(min=0) for share in pulled)
    return pulled


def _deconvolved(node: Node, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept) -> Shares:
    return (signal.clamp(min=0),) if isinstance(node.layer, Rectifier) else node.layer.pull(signal, inputs, kept)
