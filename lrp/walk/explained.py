"""The explained scalar of a kept forward pass: where it is computed, its value, and its gradient there."""


import torch
from torch import Tensor

from lrp.network.forward_pass import Trace
from lrp.network.graph import Network, Node
from lrp.network.layers import NodeValue
from lrp.walk.objectives import Objective
from lrp.walk.rows import row_per_explanation, sum_per_sample


def explained_node(network: Network, objective: Objective) -> Node:
    """Returns the node whose output the objective explains. Raises ValueError if the network has no such place."""
    if objective.place is not None:
        return network.find(objective.place)
    return next(node for node in network.nodes if node.name == network.output)


def explained_output(forward: Trace, node: Node) -> Tensor:
    """Returns what the node computed, computed again where the ReLU that reads it wrote over it."""
    return unrectified(node, tuple(forward.values[name] for name in node.inputs), forward.values[node.name])


def unrectified(node: Node, inputs: tuple[NodeValue, ...], kept: Tensor) -> Tensor:
    """Returns the node's output z, of which the forward pass kept max(z, 0) where a ReLU wrote over it."""
    if not node.rectified:
        return kept
    z: Tensor = node.layer.run(*inputs)[0]
    return z


def explained_value(forward: Trace, objective: Objective) -> Tensor:
    """Returns the explained scalar f(x), (N,)."""
    with torch.no_grad():
        value = objective.value(_explained_output(forward, objective))
        return sum_per_sample(value, objective.explanation_count(len(forward.x)))


def output_gradient(forward: Trace, objective: Objective) -> Tensor:
    """Returns the gradient of the explained scalar at the output of the explained node, of the shape of that output."""
    output = _explained_output(forward, objective).detach().requires_grad_()
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(objective.value(output).sum(), output)
    return gradient


def _explained_output(forward: Trace, objective: Objective) -> Tensor:
    return row_per_explanation(explained_output(forward, explained_node(forward.network, objective)), objective)
