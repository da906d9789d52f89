"""Relevance by the walk back through a kept forward pass: each node shares what arrives by its rule."""

from collections.abc import Callable, Hashable, Mapping

import torch
from torch import Tensor

from lrp.attribution import Attribution
from lrp.network.forward_pass import Trace
from lrp.network.graph import Network, Node
from lrp.network.layers import NodeValue, Shares
from lrp.network.reuse import bytes_of_tensors
from lrp.progress import Progress
from lrp.rules.kernel import Step
from lrp.rules.rule_base import Rule
from lrp.walk.explained import explained_node, explained_output, unrectified
from lrp.walk.objectives import Objective
from lrp.walk.reverse import walk_back
from lrp.walk.rows import one_by_one, row_per_explanation, sum_per_sample

Assignment = Mapping[str, Rule]  # node name -> rule
Observer = Callable[[Node, Step, Tensor, Shares], None]


def propagate(
    forward: Trace, objective: Objective, rules: Assignment, progress: Progress | None = None, consume: bool = False,
    observe: Observer | None = None, end: str | None = None,
) -> Attribution:
    """Returns the relevance of the input for `objective`, each node sharing its relevance by its rule of `rules`.

    One sample explained for K classes is walked once: its values stay as they are, only the relevance has K rows. Where rows are
    not samples (see `Trace.row_by_row`) there is one walk for each explanation, none of which `observe` can see.
    `consume` drops the trace's values as soon as they are used, for a trace that nobody needs afterwards.
    `progress` is called with the share of nodes done, 0 to 1; whatever it raises ends the walk. `observe` is called at every
    node with what its rule saw, the relevance that arrived and the shares it handed on, which it may read but not change.
    `end` is the name of a node at which the walk ends: the relevance is then that of its output, and of its shape.
    Raises ValueError if what is explained does not depend on the input, or on that node.
    """
    network, count = forward.network, objective.explanation_count(len(forward.x))
    if count > 1 and not forward.row_by_row:
        return one_by_one(lambda one, alone, part: propagate(one, alone, rules, part, end=end), forward, objective, progress)
    start, by_layer, end = explained_node(network, objective), dict[str, Tensor](), end or network.input
    spared = _nodes_spared_at_zeros(network, rules) - {start.name}

    def share(node: Node, inputs: tuple[NodeValue, ...], output: Tensor, arrived: Tensor) -> Shares:
        by_layer[node.name] = sum_per_sample(arrived, count)
        rectified = node.rectified and node.name in spared
        z = output if rectified or node is start else unrectified(node, inputs, output)
        step = _step(forward, node, inputs, z, rectified)
        shares = rules[node.name](step, arrived)
        if observe:
            observe(node, step, arrived, shares)
        return shares

    with torch.no_grad():
        values = forward.values if consume else dict(forward.values)
        logits = forward.logits
        values[start.name] = explained_output(forward, start)
        seed = objective.seed(row_per_explanation(values[start.name], objective))
        relevance = walk_back(network, start, seed, share, values, end, progress)
        if relevance is None:
            on = "the input of the network" if end == network.input else end
            raise ValueError(f"what is explained, {objective}, does not depend on {on}")
        by_layer[end] = sum_per_sample(relevance, count)
    explained = by_layer[start.name]
    return Attribution(relevance.contiguous(), logits.expand(len(explained), *logits.shape[1:]), explained, by_layer)


def _step(forward: Trace, node: Node, inputs: tuple[NodeValue, ...], output: Tensor, rectified: bool) -> Step:
    """Returns what the node's rule sees."""
    low, high = forward.network.bounds(node, forward.x.shape)
    kept, reuse = forward.kept.get(node.name), forward.reuse

    def recall(key: Hashable, make: Callable[[], Tensor]) -> Tensor:
        assert reuse is not None
        return reuse.get_or_make((node.name, rectified, key), make, bytes_of_tensors)

    return Step(node.layer, inputs, output, kept, node.reads_nonnegative, rectified, low, high, recall if reuse else None)


def _nodes_spared_at_zeros(network: Network, rules: Assignment) -> set[str]:
    """Returns the names of the nodes to which no relevance can arrive where a ReLU made their value 0."""
    readers: dict[str, list[Node]] = {}
    spared: dict[str, bool] = {}
    for node in reversed(network.nodes):
        spared[node.name] = all(
            rules[reader.name].by_value or (rules[reader.name].by_place and spared[reader.name])
            for reader in readers.get(node.name, [])
        )
        for name in node.inputs:
            readers.setdefault(name, []).append(node)
    return {name for name, is_spared in spared.items() if is_spared}
