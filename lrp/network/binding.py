"""Binds the arguments of a traced call to the values that a layer is given, without keeping the traced graph in memory."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import fx

from lrp.network.fx_nodes import map_arguments
from lrp.network.layers import Function, NodeValue


@dataclass(frozen=True)
class Input:
    """An argument that is one of the values a layer is given, or that `make` makes of some of them."""

    positions: tuple[int, ...]
    make: Function | None = None

    def of(self, values: tuple[NodeValue, ...]) -> NodeValue:
        """Returns the argument, given all values."""
        chosen = [values[position] for position in self.positions]
        return self.make(*chosen) if self.make else chosen[0]


def bind(function: Function, node: fx.Node, resolve: Callable[[fx.Node], object]) -> Function:
    """Returns `function` with the arguments of `node`, as a function of the layer's input values alone.

    `resolve` says what stands for a node among the arguments: an `Input`, or a constant. The second argument of getattr, a name,
    is part of `function` already.
    """

    def resolved(argument: object) -> object:
        return resolve(argument) if isinstance(argument, fx.Node) else argument

    args = map_arguments(node.args[:1] if node.target is getattr else node.args, resolved)
    kwargs = map_arguments(node.kwargs, resolved)

    def bound(*values: NodeValue) -> NodeValue:
        def fill(argument: object) -> object:
            return argument.of(values) if isinstance(argument, Input) else argument

        return function(*map_arguments(args, fill), **map_arguments(kwargs, fill))

    return bound
