"""Runs a network forward and keeps what every node computed, which the walk back starts from."""

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from lrp.network.gated import PairProduct, Product
from lrp.network.graph import Network, Node, channels_last
from lrp.network.inputs import as_input, check_rows, input_error
from lrp.network.layers import Kept, NodeValue, Size, Sum
from lrp.network.logits import logits_or_output
from lrp.network.network_of import AnyNetwork, network_of
from lrp.network.pixel_bounds import check_bounds_fit
from lrp.network.reuse import Reuse, bytes_of_tensors
from lrp.network.weighted import Weighted


@dataclass(frozen=True, eq=False)
class Trace:
    """One forward pass: the input, and for every node its output and what its layer can use again on the way back.

    A new epsilon, class or composite needs only the walk back from it. Threads may share it; it holds about as much memory as
    the activations of the network. `reuse`, where it has one, also keeps what the walks back compute from the picture and the
    weights alone.
    """

    network: Network
    x: Tensor
    values: dict[str, NodeValue]
    kept: dict[str, Kept]
    reuse: Reuse | None = None

    @property
    def nbytes(self) -> int:
        """The bytes of all tensors of the pass, without what is kept for reuse."""
        held = (self.x, *self.values.values(), *self.kept.values())
        return bytes_of_tensors(*(tensor for tensor in held if isinstance(tensor, Tensor)))

    @property
    def logits(self) -> Tensor:
        """The logits (N, K), or the output in its own shape where it holds no logits."""
        return logits_or_output(self.values[self.network.output])

    @cached_property
    def row_by_row(self) -> bool:
        """Whether the first axis counts the samples in every value, so that several explanations can be walked at once.

        It does not where a network folds another axis into the batch, such as the crops of a picture or the frames of a
        video, or moves the batch axis elsewhere.
        """
        sizes = {node.name for node in self.network.nodes if isinstance(node.layer, Size)}
        return all(self._row_by_row(node, sizes) for node in self.network.nodes if node.name not in sizes)

    def _row_by_row(self, node: Node, sizes: set[str]) -> bool:
        given = [self.values[name] for name in node.inputs if name not in sizes]
        inputs = [value for value in given if isinstance(value, Tensor)]
        if isinstance(node.layer, Sum | Product | PairProduct) and len({value.dim() for value in inputs}) > 1:
            return False  # the rows of one would meet another axis of the other
        needed = 2 if isinstance(node.layer, Weighted) else 1
        return all(value.dim() >= needed and len(value) == len(self.x) for value in (*inputs, self.values[node.name]))


def trace(network: AnyNetwork, x: Tensor, reuse_bytes: int = 0) -> Trace:
    """Returns the forward pass of `x`, of shape (N, 3, H, W) or whatever shape the network takes, with every node's values.

    network: may also be a Backbone.
    reuse_bytes: up to so many more bytes are kept of what explanations compute from the picture and the weights alone: the sums
        that z+, alpha-beta, gamma and the z-box divide by, and the forward passes of shifted views. The next explanation, of
        another class say, is then the quicker for it, and the same to the bit.
    Raises TypeError if `x` is no floating-point tensor of the network's precision, ValueError if it is not finite, if the
    network cannot take its shape, if it does not answer with a row for each picture, or if reuse_bytes is negative.
    """
    reuse = Reuse(reuse_bytes) if reuse_bytes else None
    network = network_of(network)
    x = as_input(network, x)
    check_bounds_fit(network.low, x)
    with torch.no_grad(), torch.autocast(x.device.type, enabled=False):
        values: dict[str, NodeValue] = {network.input: channels_last(x)}
        kept: dict[str, Kept] = {}
        rectified = {node.name for node in network.nodes if node.rectified}
        for node in network.nodes:
            if rectified.issuperset(node.inputs):
                # Where the ReLU is 0 no relevance arrives below it, so only the size of z is needed: half the memory is saved.
                (source,) = node.inputs
                kept[source] = root_mean_square(values[source])
                values[node.name] = values[source].relu_()
            else:
                values[node.name], kept[node.name] = _run(node, tuple(values[name] for name in node.inputs), x)
        check_rows(values[network.output], x)
        network.verify(x, values[network.output])
    return Trace(network, x, values, kept, reuse)


def _run(node: Node, inputs: tuple[NodeValue, ...], x: Tensor) -> tuple[NodeValue, Kept]:
    try:
        return node.layer.run(*inputs)
    except (RuntimeError, IndexError) as error:
        raise input_error(x, error, node.path or node.name) from error


def root_mean_square(z: Tensor) -> Tensor:
    """Returns the root mean square (N, 1, ...) of each sample's values."""
    if z.dim() == 1:  # for no axis, torch takes all of them
        return z.abs()
    dims = tuple(range(1, z.dim()))
    norm: Tensor = torch.linalg.vector_norm(z, dim=dims, keepdim=True)
    return norm.div_(math.sqrt(z[0].numel()))
