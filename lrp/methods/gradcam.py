"""Grad-CAM: where the feature maps that favour a class are active."""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from lrp.methods.gradient_base import GradientMethod
from lrp.network.attention_blocks import attends, has_attention
from lrp.network.forward_pass import Trace
from lrp.network.graph import Node
from lrp.network.layers import Sum
from lrp.network.weighted import Convolution
from lrp.progress import Progress
from lrp.settings import parameter
from lrp.walk.explained import explained_node, explained_output
from lrp.walk.gradient import gradient
from lrp.walk.objectives import Objective
from lrp.walk.places import NodePictures

LAST = "last"
MODES = {3: "linear", 4: "bilinear", 5: "trilinear"}  # by the number of dimensions of the picture


@dataclass(frozen=True)
class GradCAM(GradientMethod):
    """Feature maps A^k weighted by their mean gradient: L = max(sum_k alpha_k A^k, 0), alpha_k = mean_ij df / dA^k_ij.

    [Selvaraju et al. 2017, eq. 1 and 2; without `relu` L keeps its negative part]. In logits, of the shape of x: L is enlarged
    bilinearly, each of its values shared among the pixels and channels it stands for. It promises no sum; without `relu`, before
    global average pooling and one linear layer, it sums to the logit less the bias. Its resolution is that of the feature maps.

    layer: "last", the last feature maps of the size of the last convolution's (the output of layer4 in a ResNet, of the last
    ReLU before pooling in VGG) and in a transformer the tokens that the last attention reads, for only one of those that it makes
    may be read; or the name of any module or node with feature maps or tokens.
    Raises ValueError for a layer that is not there, has no feature maps, or does not come before what is explained.
    """

    name = "grad-cam"
    label = "Grad-CAM"
    summary = (
        "Which regions the network's last, most abstract stage found important for the class. "
        "Coarse but faithful to the class: read it as where, not as which pixels."
    )
    layer: str = parameter(
        LAST, "Layer", "The stage that is looked at. Earlier ones are finer, but know less of the class.",
        options=(LAST, "layer1", "layer2", "layer3", "layer4"),
    )
    relu: bool = parameter(True, "In favour only", "Leave out the regions that speak against the class.")

    def attribute(self, forward: Trace, objective: Objective, progress: Progress | None) -> Tensor:
        x: Tensor = forward.values[forward.network.input]
        node = self.node(forward, objective)
        maps = explained_output(forward, node)
        slopes = gradient(forward, objective, at=node, progress=progress)
        if has_attention(forward.network):
            maps, slopes = _as_pictures(forward, node, maps, slopes)
        if maps.dim() != x.dim() or x.dim() not in MODES:
            raise ValueError(f"Grad-CAM needs feature maps of a picture, got {tuple(maps.shape)} at {node.name}")
        places = tuple(range(2, maps.dim()))
        alpha = slopes.mean(places, keepdim=True)
        cam = (alpha * maps).sum(1, keepdim=True)
        cam = F.interpolate(cam.clamp(min=0) if self.relu else cam, x.shape[2:], mode=MODES[x.dim()], align_corners=False)
        return (cam * (maps[0, 0].numel() / x[0].numel())).expand(len(cam), *x.shape[1:])

    def node(self, forward: Trace, objective: Objective) -> Node:
        """Returns the node whose output is weighted: that of `layer`, which may be `LAST`."""
        network = forward.network
        if self.layer != LAST:
            return network.find(self.layer)
        before = network.nodes[: network.nodes.index(explained_node(network, objective)) + 1]
        if has_attention(network):
            return _read_by_the_last_attention(forward, before)
        sizes = {node.name: getattr(forward.values[node.name], "shape", ())[2:] for node in before}
        convolutions = [node for node in before if isinstance(node.layer, Convolution)]
        if not convolutions:
            raise ValueError("Grad-CAM needs a network with convolutions; name a layer that has feature maps")
        return next(node for node in reversed(before) if sizes[node.name] == sizes[convolutions[-1].name])


def _as_pictures(forward: Trace, node: Node, *values: Tensor) -> list[Tensor]:
    """Returns values of a transformer's node as (N, C, H, W), those that have no places as they are."""
    places = NodePictures(forward)
    pictures = [places.picture(node, value) for value in values]
    return [value if picture is None else picture for picture, value in zip(pictures, values, strict=True)]


def _read_by_the_last_attention(forward: Trace, before: tuple[Node, ...]) -> Node:
    """Returns the last sum of tokens that have places, among the nodes `before`, that the last attention reads."""
    places = NodePictures(forward)
    last = max((i for i, node in enumerate(before) if attends(node)), default=0)
    sums = [node for node in before[:last] if isinstance(node.layer, Sum)]
    found = [node for node in sums if places.picture(node, forward.values[node.name]) is not None]
    if not found:
        raise ValueError("Grad-CAM needs tokens that stand for places of the picture; name a layer that has some")
    return found[-1]
