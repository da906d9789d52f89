"""The gradient by LRP's own walk: forward once, then back node by node. A method is the way it pulls a signal through a node.

Guided Backprop and its like are known as hooks on the modules of a shared model. Here nothing is hooked, so nothing need be
restored, any number of threads can share the network, and the kept forward pass of LRP serves them all.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lrp.network.forward_pass import Trace
from lrp.network.graph import Network, Node
from lrp.network.layers import Shares
from lrp.progress import Progress
from lrp.walk.objectives import Objective
from lrp.walk.relevance import sum_per_sample
from lrp.walk.scalar import row_per_explanation

Pull = Callable[[Node, Tensor, tuple[Any, ...], Any], Shares]  # of a node, the signal at its output, its inputs, what it kept


def chain_rule(node: Node, signal: Tensor, inputs: tuple[Any, ...], kept: Any) -> Shares:
    """The chain rule: the signal times the node's transposed Jacobian."""
    return node.layer.pull(signal, inputs, kept)


def gradient(
    forward: Trace, objective: Objective, pull: Pull = chain_rule, at: Node | None = None, progress: Progress | None = None
) -> Tensor:
    """Returns the signal that arrives at the input, or at the output of the node `at`, of that shape; `forward` stays as it is.

    It starts as the gradient of the explained scalar, and each node hands it on by `pull`: with `chain_rule` it is the gradient.
    One sample explained for K classes gets K rows.
    Raises ValueError if what is explained does not depend on `at`.
    """
    network = forward.network
    start = explained_node(network, objective)
    end = network.input if at is None else at.name
    with torch.no_grad():
        signals = {start.name: output_gradient(forward, objective)}
        for done, node in enumerate(reversed(network.nodes), start=1):
            if node.name == end:
                break
            if node.name in signals:
                inputs = tuple(forward.values[name] for name in node.inputs)
                shares = pull(node, signals.pop(node.name), inputs, forward.kept.get(node.name))
                for name, share in zip(node.inputs, shares, strict=True):
                    if share is not None:
                        signals[name] = signals[name] + share if name in signals else share
            if progress:
                progress(done / len(network.nodes))
    if end not in signals:
        raise ValueError(f"what is explained, {objective}, must come after {end} in the network, got {start.name}")
    return signals[end]


def explained_node(network: Network, objective: Objective) -> Node:
    """The node whose output the objective speaks of."""
    if objective.place is not None:
        return network.find(objective.place)
    return next(node for node in network.nodes if node.name == network.output)


def output_of(forward: Trace, node: Node) -> Tensor:
    """What the node computed: kept, or made again where the ReLU that reads it wrote over it."""
    if node.rectified:
        return node.layer.run(*(forward.values[name] for name in node.inputs))[0]
    return forward.values[node.name]


def explained_value(forward: Trace, objective: Objective) -> Tensor:
    """(N,), the explained scalar f(x)."""
    with torch.no_grad():
        value = objective.value(_explained_output(forward, objective))
        return sum_per_sample(value, objective.explanation_count(len(forward.x)))


def output_gradient(forward: Trace, objective: Objective) -> Tensor:
    """The gradient of the explained scalar at the explained node, of its output's shape."""
    output = _explained_output(forward, objective).detach().requires_grad_()
    with torch.enable_grad():
        return torch.autograd.grad(objective.value(output).sum(), output)[0]


def _explained_output(forward: Trace, objective: Objective) -> Tensor:
    return row_per_explanation(output_of(forward, explained_node(forward.network, objective)), objective)
