"""The walk: forward once, keeping what every node computed; then relevance back once, node by node."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lrp.attribution import Attribution
from lrp.kernel import Rule, Step, root_mean_square
from lrp.layers import Shares
from lrp.network import Network, Node, channels_last
from lrp.objectives import Objective
from lrp.pixel_bounds import check_reach

Progress = Callable[[float], None]
Assignment = Mapping[str, Rule]  # node name -> rule
Observer = Callable[[Node, Step, Tensor, Shares], None]


@dataclass(frozen=True, eq=False)
class Trace:
    """One forward pass, kept: the input, and for every node its output and what its layer can use again on the way back.

    A new epsilon, class or composite needs only the walk back from it. Read-only, so threads may share it; it holds
    about as much memory as the activations of the network.
    """

    network: Network
    x: Tensor
    values: dict[str, Any]
    kept: dict[str, Any]

    @property
    def logits(self) -> Tensor:
        """(N, K), the network's output."""
        return self.values[self.network.output]


def trace(network: Network, x: Tensor) -> Trace:
    """Returns the kept forward pass of `x`, of shape (N, 3, H, W) or whatever shape the network takes.

    `network` may also be a Backbone. Raises TypeError if `x` is no floating-point tensor of the network's precision.
    """
    network = getattr(network, "network", network)
    if not isinstance(x, Tensor) or x.dtype != network.dtype:
        found = x.dtype if isinstance(x, Tensor) else type(x).__name__
        raise TypeError(f"x must be a tensor of {network.dtype}, like the network's weights, got {found}")
    check_reach(network.low, x)
    with torch.no_grad():
        values: dict[str, Any] = {network.input: channels_last(x.detach().to(network.device))}
        kept: dict[str, Any] = {}
        rectified = {node.name for node in network.nodes if node.rectified}
        for node in network.nodes:
            if rectified.issuperset(node.inputs):
                # Where the ReLU is 0 no relevance arrives below it, so only the size of z is needed: half the memory is saved.
                (source,) = node.inputs
                kept[source] = root_mean_square(values[source])
                values[node.name] = values[source].relu_()
            else:
                values[node.name], kept[node.name] = node.layer.run(*(values[name] for name in node.inputs))
    if network.first_use is not None:
        network.first_use.check(network._logits, x, values[network.output])
    return Trace(network, x.detach(), values, kept)


def propagate(
    forward: Trace, objective: Objective, rules: Assignment, progress: Progress | None = None, consume: bool = False,
    observe: Observer | None = None,
) -> Attribution:
    """Returns the relevance of the input for `objective`, each node sharing its relevance by its rule of `rules`.

    One sample explained for K classes is walked once: its values stay as they are, only the relevance has K rows.
    `consume` drops the trace's values as soon as they are used, for a trace that nobody needs afterwards.
    `progress` is called with the share of nodes done, 0 to 1; whatever it raises ends the walk. `observe` is called at every
    node with what its rule saw, the relevance that arrived and the shares it handed on, which it may read but not change.
    """
    network, logits = forward.network, forward.logits
    values = forward.values if consume else dict(forward.values)
    start = network.output if objective.place is None else network.find(objective.place).name
    quiet = _quiet(network, rules) - {start}
    with torch.no_grad():
        relevance: dict[str, Tensor] = {}
        by_layer: dict[str, Tensor] = {}
        for done, node in enumerate(reversed(network.nodes), start=1):
            output = values.pop(node.name)
            if node.name != start and node.name not in relevance:
                continue
            step = _step(forward, node, tuple(values[name] for name in node.inputs), output, node.name in quiet)
            arrived = _seed(objective, step.output) if node.name == start else relevance.pop(node.name)
            by_layer[node.name] = _per_sample(arrived)
            shares = rules[node.name](step, arrived)
            if observe:
                observe(node, step, arrived, shares)
            for name, share in zip(node.inputs, shares, strict=True):
                if share is not None:
                    relevance[name] = relevance[name] + share if name in relevance else share
            if progress:
                progress(done / len(network.nodes))
        by_layer[network.input] = _per_sample(relevance[network.input])
    explained = by_layer[start]
    logits = logits.expand(len(explained), *logits.shape[1:])
    return Attribution(relevance[network.input].contiguous(), logits, explained, by_layer)


def _step(forward: Trace, node: Node, inputs: tuple[Any, ...], output: Tensor, quiet: bool) -> Step:
    """What the node's rule sees; where relevance may arrive below a ReLU that wrote over z, z is computed again."""
    if node.rectified and not quiet:
        output = node.layer.run(*inputs)[0]
    network, kept = forward.network, forward.kept.get(node.name)
    rectified = node.rectified and quiet
    bounds = network.bounds(node, forward.x.shape)
    return Step(node.layer, inputs, output, kept, node.reads_nonnegative, rectified, *bounds)


def _seed(objective: Objective, output: Tensor) -> Tensor:
    """The relevance to start from: a row per sample, or K rows where one sample is explained for K classes."""
    return objective.seed(output.expand(objective.samples(len(output)), *output.shape[1:]))


def _per_sample(relevance: Tensor) -> Tensor:
    return relevance.sum(tuple(range(1, relevance.dim())))


def _quiet(network: Network, rules: Assignment) -> set[str]:
    """The nodes to which no relevance can arrive where a ReLU made their value 0."""
    readers: dict[str, list[Node]] = {}
    quiet: dict[str, bool] = {}
    for node in reversed(network.nodes):
        quiet[node.name] = all(
            rules[reader.name].by_value or (rules[reader.name].by_place and quiet[reader.name])
            for reader in readers.get(node.name, [])
        )
        for name in node.inputs:
            readers.setdefault(name, []).append(node)
    return {name for name, is_quiet in quiet.items() if is_quiet}
