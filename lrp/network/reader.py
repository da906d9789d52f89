"""From a traced graph to layers: what each node computes, and which other nodes it reads."""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from torch import Tensor, fx, nn

from lrp.network.constants import Constants, map_arguments, path_of, plain
from lrp.network.layers import Activation, Layer, Routing, RoutingWithConstants, Shift, Size, Sum
from lrp.network.operations.arithmetic import DIVIDE
from lrp.network.operations.moves import WITH_INDICES, gives_tuple
from lrp.network.operations.refusals import import_path, located, name_of, no_rule, target_of, where
from lrp.network.operations.spelling import Builder, Row
from lrp.network.operations.table import BUILDERS, FUNCTIONS, MODULES, TUPLES, WITH_CONSTANT
from lrp.network.tracer import row_of
from lrp.network.weighted import Weighted

REFUSED_SETTINGS = ("out", "rounding_mode")


@dataclass(frozen=True)
class Reader:
    """Reads the nodes of a model's graph in their order. `modules` holds what each `call_module` node calls.

    What depends on parameters alone becomes a constant of its readers, and a tuple of tensors is made anew for each of them,
    so neither is a step of the network.
    """

    model: nn.Module
    graph: fx.Graph
    modules: Mapping[fx.Node, nn.Module]
    sizes: set[fx.Node] = field(default_factory=set)
    tuples: set[fx.Node] = field(default_factory=set)

    @cached_property
    def constants(self) -> Constants:
        """The values of nodes that depend on parameters alone."""
        return Constants(self.model, self.modules)

    def steps(self) -> Iterator[tuple[fx.Node, Layer, tuple[fx.Node, ...]]]:
        """Each step: its node, its layer, and the nodes whose values that takes. Raises TypeError if no rule fits."""
        for node in self.graph.nodes:
            if node in self.constants or node.op in ("placeholder", "output"):
                self._check_output(node)
            elif self._gives_tuple(node):
                self.tuples.add(node)
            else:
                layer, inputs = self._layer(node)
                if isinstance(layer, Size):
                    self.sizes.add(node)
                yield node, layer, inputs

    def _check_output(self, node: fx.Node) -> None:
        if node.op == "output" and node.args[0] in self.tuples | self.sizes:
            raise TypeError(f"the model must return one tensor of logits, got what {name_of(node.args[0])} gives")

    def _layer(self, node: fx.Node) -> tuple[Layer, tuple[fx.Node, ...]]:
        inputs = self._inputs(node)
        if node.op == "call_module":
            return self._module(node), inputs
        if self.sizes.issuperset(inputs):
            attribute = operator.attrgetter(str(node.args[1])) if node.target is getattr else None
            return Size(self._bound(node, attribute or plain(node, self.modules))), inputs
        if node.target in (operator.getitem, getattr) and node.args[0] in self.tuples:
            index = 0 if node.args[1] == "values" else node.args[1]
            return self._taken(node, node.args[0], index), inputs
        return self._function(node)

    def _module(self, node: fx.Node) -> Layer:
        module = self.modules[node]
        name = type(module).__name__
        kind = row_of(module)
        if kind is None:
            raise no_rule(node, name, type(module))
        layer = located(node, MODULES[kind], module)
        # A layer with weights takes one tensor, and other settings of a call would be lost on it.
        count = len(node.args) + len(node.kwargs)
        if count != len(self._inputs(node)) or (count > 1 and isinstance(layer, Weighted)):
            remedy = "let the model call it with one tensor"
            raise TypeError(f"no LRP rule for {name} at {path_of(node)} with {count} arguments; {remedy}")
        return layer

    def _function(self, node: fx.Node) -> tuple[Layer, tuple[fx.Node, ...]]:
        target = target_of(node)
        given = self._activations(node)
        row = self._row(node, target, given)
        if row is None:
            raise no_rule(node, name_of(node), target, alone=len(given) == 1)
        if isinstance(row, Layer):
            return row, given
        kind, function = row
        refused = (*REFUSED_SETTINGS, *["alpha"] * issubclass(kind, Sum))
        settings = [name for name in refused if node.kwargs.get(name) is not None]
        if settings or (issubclass(kind, Activation | Shift) and len(given) > 1):
            raise no_rule(node, name_of(node), target)
        if kind is Routing and self._with_negatives(node):
            kind = RoutingWithConstants
        return kind(self._bound(node, function)), self._inputs(node)

    def _with_negatives(self, node: fx.Node) -> bool:
        """Whether there are tensors with values below 0 among the constants of a call."""
        fixed = [self.constants[source] for source in node.all_input_nodes if source in self.constants]
        return any(isinstance(a, Tensor) and a.is_floating_point() and bool((a < 0).any()) for a in fixed)

    def _row(self, node: fx.Node, target: Any, given: tuple[fx.Node, ...]) -> Row | Layer | None:
        """How that call is read. `given` are the activations it takes, some perhaps twice."""
        found: Row | Builder | None = None
        if len(given) == 1:
            found = BUILDERS.get(target) or BUILDERS.get(import_path(target))
            if target in WITH_CONSTANT and (target not in DIVIDE or _first(node) is given[0]):
                found = WITH_CONSTANT[target]
        if not callable(found):
            return found or FUNCTIONS.get(target)
        args = () if node.target is getattr else node.args
        return located(node, found, *self.constants.filled_in(args), **self.constants.filled_in(node.kwargs))

    def _activations(self, node: fx.Node) -> tuple[fx.Node, ...]:
        """What a call takes that depends on the values of the input, each as often as it is named."""
        found: list[fx.Node] = []

        def note(source: fx.Node) -> fx.Node:
            if source not in self.constants and source not in self.sizes:
                found.append(source)
            return source

        fx.node.map_arg((node.args, node.kwargs), note)
        return tuple(found)

    def _gives_tuple(self, node: fx.Node) -> bool:
        if node.op == "call_module":
            return False
        if node.target is operator.getitem and node.args[0] in self.tuples:
            return isinstance(node.args[1], slice)
        if node.target is operator.add and node.args[0] in self.tuples:
            return True
        return gives_tuple(node.target, node.args, node.kwargs) and not self.sizes.issuperset(self._inputs(node))

    def _taken(self, node: fx.Node, source: Any, index: Any) -> Layer:
        if index != 0 and source.target in WITH_INDICES:
            called = name_of(source)
            raise TypeError(f"places carry no relevance, so only the values that {called} gives may be used, at {where(node)}")
        return Routing(self._bound(node, lambda values, *_: values[index]))

    def _inputs(self, node: fx.Node) -> tuple[fx.Node, ...]:
        """The steps whose values a node takes, activations before sizes; of a tuple, what that takes."""
        found: dict[fx.Node, None] = {}
        for source in node.all_input_nodes:
            if source in self.tuples:
                found |= dict.fromkeys(self._inputs(source))
            elif source not in self.constants:
                found[source] = None
        return tuple(sorted(found, key=lambda source: source in self.sizes))

    def _bound(self, node: fx.Node, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function` of the values of the node's inputs alone, every other argument of the call filled in."""
        places = {source: i for i, source in enumerate(self._inputs(node))}

        # What is read of the values, instead of the traced nodes, which would keep the whole traced model in memory.
        def read(argument: Any) -> Any:
            if not isinstance(argument, fx.Node):
                return argument
            if argument not in self.tuples:
                return _Read((places[argument],)) if argument in places else self.constants[argument]
            whole = self._bound(argument, TUPLES.get(argument.target) or plain(argument, self.modules))
            return _Read(tuple(places[source] for source in self._inputs(argument)), whole)

        args = map_arguments(node.args[:1] if node.target is getattr else node.args, read)
        kwargs = map_arguments(node.kwargs, read)

        def bound(*values: Any) -> Any:
            def fill(argument: Any) -> Any:
                return argument.of(values) if isinstance(argument, _Read) else argument

            return function(*map_arguments(args, fill), **map_arguments(kwargs, fill))

        return bound


@dataclass(frozen=True)
class _Read:
    """An argument that is one of the values a step takes, or a tuple made of some of them."""

    places: tuple[int, ...]
    make: Callable[..., Any] | None = None

    def of(self, values: tuple[Any, ...]) -> Any:
        """The argument, given all values."""
        taken = [values[place] for place in self.places]
        return self.make(*taken) if self.make else taken[0]


def _first(node: fx.Node) -> Any:
    return next(iter((*node.args, *node.kwargs.values())), None)
