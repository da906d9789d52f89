"""The walk back through a network, one node after the other, which relevance and gradients share."""

from collections.abc import Callable

from torch import Tensor

from lrp.network.graph import Network, Node
from lrp.network.layers import NodeValue, Shares
from lrp.progress import Progress

# Takes a node, its inputs, its output and the signal that arrived there; returns the signal for each input, or None.
Share = Callable[[Node, tuple[NodeValue, ...], Tensor, Tensor], Shares]


def walk_back(
    network: Network, start: Node, seed: Tensor, share: Share, values: dict[str, NodeValue], end: str,
    progress: Progress | None = None,
) -> Tensor | None:
    """Returns the signal that arrives at the value named `end` when `seed` starts at the output of `start`, None if none does.

    Nodes are passed in reverse order of computation. `share` says what each hands to its inputs; what several nodes hand to
    the same value is added. values: name -> what the forward pass computed; each output is removed as its node is passed, so
    its memory is free as soon as nobody else holds it. `progress` gets the share of nodes done; what it raises ends the walk.
    """
    signals = {start.name: seed}
    del seed  # the first node may write over it, and its memory is free once that node is passed
    for done, node in enumerate(reversed(network.nodes), start=1):
        if node.name == end:
            break
        output = values.pop(node.name)
        if node.name in signals:
            inputs = tuple(values[name] for name in node.inputs)
            shares = share(node, inputs, output, signals.pop(node.name))
            for name, part in zip(node.inputs, shares, strict=True):
                if part is not None:
                    signals[name] = signals[name] + part if name in signals else part
        if progress:
            progress(done / len(network.nodes))
    return signals.get(end)
