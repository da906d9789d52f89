"""Which other nodes each node of a traced graph takes values from, and its function of these values alone."""

import operator
from dataclasses import dataclass, field

from torch import fx
from torch.fx.node import Argument

from lrp.network.binding import Input, bind
from lrp.network.constants import Constants
from lrp.network.fx_nodes import Modules, called_function
from lrp.network.layers import Function, NodeValue
from lrp.network.operations.moves import returns_tuple as gives_tuple
from lrp.network.operations.table import TUPLES


@dataclass(frozen=True)
class GraphInputs:
    """The inputs of a graph's nodes, which are asked for in their order.

    constants: the values of nodes that depend on parameters alone. sizes, tuples: the nodes that give sizes, and those that give
    tuples of tensors, of those that were read.
    """

    modules: Modules
    constants: Constants
    sizes: set[fx.Node] = field(default_factory=set)
    tuples: set[fx.Node] = field(default_factory=set)

    def of(self, node: fx.Node) -> tuple[fx.Node, ...]:
        """Returns the steps whose values a node takes, activations before sizes; of a tuple, those that it is made of."""
        found: dict[fx.Node, None] = {}
        for source in node.all_input_nodes:
            if source in self.tuples:
                found |= dict.fromkeys(self.of(source))
            elif source not in self.constants:
                found[source] = None
        return tuple(sorted(found, key=lambda source: source in self.sizes))

    def activations(self, node: fx.Node) -> tuple[fx.Node, ...]:
        """Returns what a call takes that depends on the values of the input, each as often as it is named."""
        found: list[fx.Node] = []

        def note(source: fx.Node) -> fx.Node:
            if source not in self.constants and source not in self.sizes:
                found.append(source)
            return source

        fx.node.map_arg((node.args, node.kwargs), note)
        return tuple(found)

    def is_tuple(self, argument: Argument) -> bool:
        """Whether an argument is a tuple of tensors."""
        return isinstance(argument, fx.Node) and argument in self.tuples

    def returns_tuple(self, node: fx.Node) -> bool:
        """Whether a node gives a tuple of tensors, made anew for each step that takes it."""
        if node.op == "call_module":
            return False
        if node.target is operator.getitem and self.is_tuple(node.args[0]):
            return isinstance(node.args[1], slice)
        if node.target is operator.add and self.is_tuple(node.args[0]):
            return True
        return gives_tuple(node.target, node.args, node.kwargs) and not self.sizes.issuperset(self.of(node))

    def bind(self, node: fx.Node, function: Function) -> Function:
        """Returns `function` of the values of the node's inputs alone, every other argument of the call filled in."""
        positions = {source: i for i, source in enumerate(self.of(node))}

        def resolve(source: fx.Node) -> NodeValue:
            if source in self.tuples:
                make = self.bind(source, TUPLES.get(source.target) or called_function(source, self.modules))
                return Input(tuple(positions[taken] for taken in self.of(source)), make)
            return Input((positions[source],)) if source in positions else self.constants[source]

        return bind(function, node, resolve)
