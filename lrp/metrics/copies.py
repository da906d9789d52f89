"""Changed copies of a network: with redrawn weights, or in half precision. The network itself stays as it is."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from lrp.network.graph import Network, Node
from lrp.network.network_of import AnyNetwork, network_of
from lrp.network.weighted import Weighted

Change = Callable[[Tensor], Tensor]


def randomised(network: AnyNetwork, names: Sequence[str], seed: int | torch.Generator = 0) -> Network:
    """Returns a copy of the network in which the weights of the nodes `names` are redrawn at random.

    Weights and biases are drawn from normal distributions with the mean and the deviation that the trained ones have, layer by
    layer, so that activations keep their size and no rule meets numbers that it was not made for. Adebayo et al. 2018 draw
    from the initialization of training; Quantus calls `reset_parameters`, which leaves the statistics of BatchNorm as they are.
    seed: what a generator begins with, or one that goes on from where it is, on the CPU.
    Raises ValueError for a name that is no node with weights.
    """
    network = network_of(network)
    generator = seed if isinstance(seed, torch.Generator) else torch.Generator().manual_seed(seed)
    chosen = set(names)
    if unknown := chosen - {node.name for node in network.nodes if isinstance(node.layer, Weighted)}:
        raise ValueError(f"names must be nodes with weights, got {', '.join(sorted(unknown))}")

    def redraw(values: Tensor) -> Tensor:
        # On the CPU, so that every device gets the same numbers, and in the same memory order, on which the speed depends.
        drawn = torch.empty_like(values, device="cpu")
        return drawn.normal_(float(values.mean()), float(values.std(correction=0)), generator=generator).to(values.device)

    # From the top, so that the draws of a stage are the same in every deeper one of a cascade.
    redrawn = {node.name: _changed(node, redraw) for node in reversed(network.nodes) if node.name in chosen}
    return replace(network, nodes=tuple(redrawn.get(node.name, node) for node in network.nodes))


def half_precision(network: AnyNetwork) -> Network:
    """Returns a copy of the network in bfloat16, whose probabilities are off by about 0.01.

    On processors with AVX512-BF16 or AMX it is nearly three times as fast, on others slower. Constants outside layers with
    weights keep their type, so that a network which has such ones, like Inception, cannot be run in it.
    """
    network = network_of(network)
    nodes = [_changed(node, Tensor.bfloat16) if isinstance(node.layer, Weighted) else node for node in network.nodes]
    return replace(network, nodes=tuple(nodes), dtype=torch.bfloat16)


def _changed(node: Node, change: Change) -> Node:
    """Returns the node with its weight and bias changed by `change`."""
    layer: Any = node.layer
    weight, bias = (None if values is None else change(values) for values in (layer.weight, layer.bias))
    return replace(node, layer=replace(layer, weight=weight, bias=bias))
