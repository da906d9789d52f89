"""From a traced model to layers: what each node of the graph computes, and which other nodes it reads."""

import copy
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import torch
from torch import Tensor, fx, nn

from lrp.layers import Activation, Layer, Routing, Shift, Size
from lrp.operations import BUILDERS, DIVIDE, FUNCTIONS, MODULES, REASONS, TUPLES, WITH_CONSTANT

REFUSED_SETTINGS = {"out", "alpha", "rounding_mode"}

map_arguments: Callable[[Any, Callable[[Any], Any]], Any] = fx.node.map_aggregate


def trace_model(model: nn.Module) -> tuple[nn.Module, fx.Graph]:
    """Returns `model` as it was traced by torch.fx, and the graph, whose nodes name parts of it.

    Raises TypeError if its forward depends on values, not on shapes alone.
    """
    # A copy, its parts shared, gets what the tracer adds to a model. A graph alone, not a GraphModule, holds no weights.
    root = nn.Sequential(model) if type(model) in MODULES else copy.copy(model)
    try:
        tracer = fx.Tracer()
        graph = tracer.trace(root)
        vars(tracer).clear()  # its closures refer to each other and, through it, to all weights
        return root, graph
    except (fx.proxy.TraceError, TypeError, RuntimeError) as error:
        reason = str(error).partition(". ")[0].rstrip(".")
        raise TypeError(
            f"{type(model).__name__} cannot be traced by torch.fx ({reason}); rewrite its forward without branches or loops that "
            "depend on the input"
        ) from error


@dataclass(frozen=True)
class Reader:
    """Reads the nodes of a model's graph in their order. `modules` holds what each `call_module` node calls.

    What depends on parameters alone is computed at once and becomes a constant of its readers, and a tuple of tensors is
    made anew for each one that is taken out of it, so neither is a step of the network.
    """

    model: nn.Module
    graph: fx.Graph
    modules: Mapping[fx.Node, nn.Module]
    constants: dict[fx.Node, Any] = field(default_factory=dict)
    sizes: set[fx.Node] = field(default_factory=set)

    def steps(self) -> Iterator[tuple[fx.Node, Layer, tuple[fx.Node, ...]]]:
        """Each step: its node, its layer, and the nodes whose values that takes. Raises TypeError if no rule fits."""
        for node in self.graph.nodes:
            if node.op in ("placeholder", "output") or self._gives_tuple(node):
                continue
            if all(source in self.constants for source in node.all_input_nodes):
                self.constants[node] = self._value(node)
                continue
            layer, inputs = self._layer(node)
            if isinstance(layer, Size):
                self.sizes.add(node)
            yield node, layer, inputs

    def _value(self, node: fx.Node) -> Any:
        if node.op == "get_attr":
            value = operator.attrgetter(str(node.target))(self.model)
            return value.detach().clone() if isinstance(value, Tensor) else value
        args, kwargs = (map_arguments(given, lambda a: self.constants.get(a, a)) for given in (node.args, node.kwargs))
        with torch.no_grad():
            return self._plain(node)(*args, **kwargs)

    def _plain(self, node: fx.Node) -> Callable[..., Any]:
        """What a node calls, as it is."""
        if node.op == "call_module":
            return self.modules[node]
        if node.op == "call_method":
            return lambda self, *args, **kwargs: getattr(self, str(node.target))(*args, **kwargs)
        return node.target  # type: ignore[return-value]

    def _layer(self, node: fx.Node) -> tuple[Layer, tuple[fx.Node, ...]]:
        inputs = self._inputs(node)
        if node.op == "call_module":
            return self._module(node), inputs
        if self.sizes.issuperset(inputs) or (node.target is getattr and node.args[1] == "shape"):
            return Size(self._bound(node, self._plain(node))), inputs
        if node.target is operator.getitem and self._gives_tuple(source := node.args[0]):
            return self._taken(node, source), self._inputs(source)
        return self._function(node, inputs), inputs

    def _module(self, node: fx.Node) -> Layer:
        module = self.modules[node]
        if type(module) not in MODULES or len(node.args) + len(node.kwargs) != 1:
            raise no_rule(node, type(module).__name__, type(module))
        return _located(node, MODULES[type(module)], module)

    def _function(self, node: fx.Node, inputs: tuple[fx.Node, ...]) -> Layer:
        target: Any = node.target
        given = [a for a in (*node.args, *node.kwargs.values()) if a in inputs and a not in self.sizes]
        row = FUNCTIONS.get(target)
        if target in WITH_CONSTANT and len(given) == 1 and (target not in DIVIDE or node.args[0] in given):
            row = WITH_CONSTANT[target]
        elif target in BUILDERS and len(inputs) == 1:
            args, kwargs = (map_arguments(g, lambda a: self.constants.get(a, a)) for g in (node.args, node.kwargs))
            return _located(node, BUILDERS[target], *args, **kwargs)
        alone = row is not None and issubclass(row[0], Activation | Shift)
        if row is None or REFUSED_SETTINGS.intersection(node.kwargs) or (alone and len(inputs) > 1):
            raise no_rule(node, getattr(target, "__name__", str(target)), target)
        kind, function = row
        return kind(self._bound(node, function))

    def _gives_tuple(self, node: Any) -> TypeGuard[fx.Node]:
        return isinstance(node, fx.Node) and node.op in ("call_function", "call_method") and node.target in TUPLES

    def _taken(self, node: fx.Node, source: fx.Node) -> Layer:
        whole, index = self._bound(source, TUPLES[source.target]), node.args[1]
        return Routing(lambda *values: whole(*values)[index])

    def _inputs(self, node: fx.Node) -> tuple[fx.Node, ...]:
        return tuple(source for source in node.all_input_nodes if source not in self.constants)

    def _bound(self, node: fx.Node, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function` of the values of the node's inputs alone, every other argument of the call filled in."""
        # Slots instead of the traced nodes themselves, which would keep the whole traced model in memory.
        slots: dict[Any, Any] = {source: _Slot(i) for i, source in enumerate(self._inputs(node))}

        def slot(argument: Any) -> Any:
            return slots.get(argument, self.constants.get(argument)) if isinstance(argument, fx.Node) else argument

        args, kwargs = map_arguments(node.args, slot), map_arguments(node.kwargs, slot)

        def bound(*values: Any) -> Any:
            def fill(argument: Any) -> Any:
                return values[argument.index] if isinstance(argument, _Slot) else argument

            return function(*map_arguments(args, fill), **map_arguments(kwargs, fill))

        return bound


@dataclass(frozen=True)
class _Slot:
    """Stands for one of the graph's tensors among the arguments of a call."""

    index: int


def path_of(node: fx.Node) -> str:
    """The module that a traced node belongs to, such as "layer3.1" or "layer3.1.conv2"."""
    if node.op == "call_module":
        return str(node.target)
    return str(next(reversed(node.meta.get("nn_module_stack") or {"": None})))


def no_rule(node: fx.Node, operation: str, target: Any) -> TypeError:
    """The error for an operation that no row names: what, where, and the way on."""
    row = "if relevance can pass through it, add its row to lrp/operations.py"
    reason = f"{REASONS[target]}, or, {row}" if target in REASONS else f"{row}, otherwise explain a network without it"
    return TypeError(f"no LRP rule for {operation} at {path_of(node) or node.name}; {reason}")


def _located(node: fx.Node, build: Callable[..., Layer], *args: Any, **kwargs: Any) -> Layer:
    try:
        return build(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{error} at {path_of(node) or node.name}") from None
