"""Gradients by the walk back through a kept forward pass, and signals that some nodes pull back in another way.

Guided Backprop and its like are known as hooks on the modules of a shared model. Here nothing is hooked, so nothing need be
restored, any number of threads can share the network, and the kept forward pass of LRP serves them all.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from lrp.network.forward_pass import Trace
from lrp.network.graph import Node
from lrp.network.layers import Kept, NodeValue, Shares
from lrp.progress import Progress
from lrp.walk.explained import explained_node, output_gradient
from lrp.walk.objectives import Objective
from lrp.walk.reverse import walk_back

# Takes a node, the signal at its output, its inputs, and what its layer kept; returns the signal for each input, or None.
Pull = Callable[[Node, Tensor, tuple[NodeValue, ...], Kept], Shares]


def chain_rule(node: Node, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept) -> Shares:
    """Returns the signal times the node's transposed Jacobian, for each input."""
    return node.layer.pull(signal, inputs, kept)


def gradient(
    forward: Trace, objective: Objective, pull: Pull = chain_rule, at: Node | None = None, progress: Progress | None = None
) -> Tensor:
    """Returns the signal that arrives at the input, or at the output of the node `at`, of that shape; `forward` stays as it is.

    It starts as the gradient of the explained scalar, and each node hands it on by `pull`: by `chain_rule` it is the gradient,
    in units of the scalar per unit of x. One sample explained for K classes gets K rows.
    Raises ValueError if what is explained does not depend on `at`.
    """
    network = forward.network
    start = explained_node(network, objective)
    end = network.input if at is None else at.name

    def share(node: Node, inputs: tuple[NodeValue, ...], output: Tensor, signal: Tensor) -> Shares:
        return pull(node, signal, inputs, forward.kept.get(node.name))

    with torch.no_grad():
        found = walk_back(
            network, start, output_gradient(forward, objective), share, dict(forward.values), end, progress
        )
    if found is None:
        raise ValueError(f"what is explained, {objective}, must come after {end} in the network, got {start.name}")
    return found
