"""The relevance of each channel of a layer, wherever in the picture it lies."""

from torch import Tensor

from lrp.network.forward_pass import Trace
from lrp.network.graph import Node
from lrp.walk.objectives import Objective
from lrp.walk.places import NodePictures
from lrp.walk.relevance import Assignment, propagate


def channel_relevance(forward: Trace, objective: Objective, rules: Assignment, place: str) -> Tensor:
    """Returns the relevance that arrives at each channel of a layer, summed over all places there, (N, K).

    In the units of what is explained. place: the name of a module, such as "layer4", or of a node; its K channels may also be
    units of a linear layer, or those of a transformer's tokens, of which the class token is then one place. Relevance that goes
    round the layer, as in a network whose later parts read what comes before it, is not in it. The walk ends there: of a late
    layer it costs little. Raises ValueError for a layer that is not there, has no channels, or that what is explained does not
    depend on, and as `propagate` does.
    """
    node = forward.network.find(place)
    arrived = propagate(forward, objective, rules, end=node.name).relevance
    found = sum_over_places(forward, node, arrived)
    if len(found) != objective.explanation_count(len(forward.x)):
        raise ValueError(f"relevance per channel needs a row for each picture, got {len(found)} rows at {node.name}")
    return found


def sum_over_places(forward: Trace, node: Node, values: Tensor) -> Tensor:
    """Returns values like a node's output summed over places, (N, K). Raises ValueError for a node without channels."""
    if values.dim() == 2:
        return values
    if values.dim() == 3:  # tokens (N, T, K)
        return values.sum(1)
    picture = NodePictures(forward).picture(node, values)
    if picture is None:
        raise ValueError(f"relevance per channel needs a layer with channels, got values {tuple(values.shape)} at {node.name}")
    return picture.sum((2, 3))
