"""The walk back: relevance once through the network, node by node, from a kept forward pass."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from lrp.attribution import Attribution, joined
from lrp.network.forward_pass import Trace, trace
from lrp.network.graph import Network, Node
from lrp.network.layers import Shares
from lrp.progress import Progress, equal_parts
from lrp.rules.kernel import Rule, Step
from lrp.walk.objectives import Objective

__all__ = ["Assignment", "Observer", "Progress", "Trace", "one_by_one", "propagate", "sum_per_sample", "trace"]

Explain = Callable[[Trace, Objective, Progress | None], Attribution]
Assignment = Mapping[str, Rule]  # node name -> rule
Observer = Callable[[Node, Step, Tensor, Shares], None]


def propagate(
    forward: Trace, objective: Objective, rules: Assignment, progress: Progress | None = None, consume: bool = False,
    observe: Observer | None = None,
) -> Attribution:
    """Returns the relevance of the input for `objective`, each node sharing its relevance by its rule of `rules`.

    One sample explained for K classes is walked once: its values stay as they are, only the relevance has K rows. Where rows are
    not samples (see `Trace.row_by_row`) there is one walk for each explanation, none of which `observe` can see.
    `consume` drops the trace's values as soon as they are used, for a trace that nobody needs afterwards.
    `progress` is called with the share of nodes done, 0 to 1; whatever it raises ends the walk. `observe` is called at every
    node with what its rule saw, the relevance that arrived and the shares it handed on, which it may read but not change.
    """
    network, logits, count = forward.network, forward.logits, objective.explanation_count(len(forward.x))
    if count > 1 and not forward.row_by_row:
        return one_by_one(lambda one, alone, share: propagate(one, alone, rules, share), forward, objective, progress)
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
            by_layer[node.name] = sum_per_sample(arrived, count)
            shares = rules[node.name](step, arrived)
            if observe:
                observe(node, step, arrived, shares)
            for name, share in zip(node.inputs, shares, strict=True):
                if share is not None:
                    relevance[name] = relevance[name] + share if name in relevance else share
            if progress:
                progress(done / len(network.nodes))
        by_layer[network.input] = sum_per_sample(relevance[network.input], count)
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
    return objective.seed(output.expand(objective.explanation_count(len(output)), *output.shape[1:]))


def sum_per_sample(values: Tensor, count: int, dtype: torch.dtype | None = None) -> Tensor:
    """(count,), the sum over each sample: its row, or all rows of the only one, where its network gave it several."""
    if count == 1 != len(values):
        return values.sum(dtype=dtype).unsqueeze(0)
    if values.dim() == 1:  # for no axis, torch sums over all of them
        return values.to(dtype) if dtype else values.clone()
    return values.sum(tuple(range(1, values.dim())), dtype=dtype)


def one_by_one(explain: Explain, forward: Trace, objective: Objective, progress: Progress | None) -> Attribution:
    """Several explanations, of samples or of classes of one, each made by itself."""
    count, found = objective.explanation_count(len(forward.x)), []
    for i, part in enumerate(equal_parts(progress, count)):
        one = forward if len(forward.x) == 1 else trace(forward.network, forward.x[i : i + 1])
        found.append(explain(one, objective.alone(i), part))
    if progress:
        progress(1.0)
    return joined(found)


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
