"""Reads a traced graph as layers: what each node computes, and which other nodes it takes values from."""

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor, fx, nn
from torch.fx.node import Target

from lrp.network.attention_finder import AttentionFinder
from lrp.network.constants import Constants
from lrp.network.fx_nodes import (
    Modules,
    called_function,
    first_argument,
    import_path,
    location,
    module_path,
    operation_name,
    operation_of,
)
from lrp.network.gate_finder import GateFinder
from lrp.network.graph_inputs import GraphInputs
from lrp.network.graph_products import GraphProducts
from lrp.network.layers import Activation, Curved, Layer, Routing, RoutingWithConstants, Shift, Size, Sum
from lrp.network.operations.arithmetic import DIVIDE
from lrp.network.operations.moves import WITH_INDICES
from lrp.network.operations.refusals import build_at, no_rule_error
from lrp.network.operations.spelling import Builder, OperationRow
from lrp.network.operations.table import BUILDERS, FUNCTIONS, MODULES, WITH_CONSTANT, row_class
from lrp.network.weighted import Weighted

REFUSED_SETTINGS = ("out", "rounding_mode")


@dataclass(frozen=True)
class GraphReader:
    """Reads the nodes of a model's graph in their order. `modules` holds what each `call_module` node calls.

    What depends on parameters alone becomes a constant of the layers that take it, and a tuple of tensors is made anew for each
    of them, so neither is a step of the network.
    """

    model: nn.Module
    graph: fx.Graph
    modules: Modules

    @cached_property
    def constants(self) -> Constants:
        """The values of nodes that depend on parameters alone."""
        return Constants(self.model, self.modules)

    @cached_property
    def inputs(self) -> GraphInputs:
        """What each node takes values from."""
        return GraphInputs(self.modules, self.constants)

    @cached_property
    def products(self) -> GraphProducts:
        """What is a product of activations, and what may be a factor alone."""
        gates = GateFinder(self.graph, self.modules, self.constants)
        return GraphProducts(self.inputs, gates, AttentionFinder(self.graph, self.modules, self.constants))

    def steps(self) -> Iterator[tuple[fx.Node, Layer, tuple[fx.Node, ...]]]:
        """Yields each step's node, its layer, and the nodes whose values it takes. Raises TypeError if no rule fits."""
        for node in self.graph.nodes:
            if node in self.constants or node.op in ("placeholder", "output"):
                self._check_output(node)
            elif self.inputs.returns_tuple(node):
                self.inputs.tuples.add(node)
            else:
                layer, inputs = self._layer(node)
                if isinstance(layer, Size):
                    self.inputs.sizes.add(node)
                yield node, layer, inputs

    def _check_output(self, node: fx.Node) -> None:
        output = node.args[0] if node.op == "output" else None
        if isinstance(output, fx.Node) and output in self.inputs.tuples | self.inputs.sizes:
            raise TypeError(f"the model must return one tensor of logits, got what {operation_name(output)} gives")

    def _layer(self, node: fx.Node) -> tuple[Layer, tuple[fx.Node, ...]]:
        inputs = self.inputs.of(node)
        if node.op == "call_module":
            return self._module_layer(node), inputs
        if self.inputs.sizes.issuperset(inputs):
            attribute = operator.attrgetter(str(node.args[1])) if node.target is getattr else None
            return Size(self.inputs.bind(node, attribute or called_function(node, self.modules))), inputs
        if node.target in (operator.getitem, getattr) and self.inputs.is_tuple(node.args[0]):
            return self._member_layer(node), inputs
        return self._function_layer(node)

    def _module_layer(self, node: fx.Node) -> Layer:
        module = self.modules[node]
        name = type(module).__name__
        kind = row_class(module)
        if kind is None:
            raise no_rule_error(node, name, type(module))
        layer = build_at(node, MODULES[kind], module)
        if self.products.is_out_of_place(node, type(layer)):
            raise no_rule_error(node, name, type(module))
        # A layer with weights takes one tensor, and other settings of a call would be lost on it.
        count = len(node.args) + len(node.kwargs)
        if count != len(self.inputs.of(node)) or (count > 1 and isinstance(layer, Weighted)):
            remedy = "let the model call it with one tensor"
            raise TypeError(f"no LRP rule for {name} at {module_path(node)} with {count} arguments; {remedy}")
        return layer

    def _function_layer(self, node: fx.Node) -> tuple[Layer, tuple[fx.Node, ...]]:
        operation = operation_of(node)
        product = self.products.layer(node)
        if product is not None:
            return product, self.inputs.of(node)
        activations = self.inputs.activations(node)
        row = self._row(node, operation, activations)
        if row is None or self.products.is_out_of_place(node, type(row) if isinstance(row, Layer) else row[0]):
            raise no_rule_error(node, operation_name(node), operation, one_activation=len(activations) == 1)
        if isinstance(row, Layer):
            return row, activations
        kind, function = row
        refused = (*REFUSED_SETTINGS, *["alpha"] * issubclass(kind, Sum))
        settings = [name for name in refused if node.kwargs.get(name) is not None]
        if settings or (issubclass(kind, Activation | Curved | Shift) and len(activations) > 1):
            raise no_rule_error(node, operation_name(node), operation)
        if kind is Routing and self._has_negative_constants(node):
            kind = RoutingWithConstants
        return kind(self.inputs.bind(node, function)), self.inputs.of(node)

    def _member_layer(self, node: fx.Node) -> Layer:
        """Returns the layer that takes one member, or a part, of a tuple of tensors."""
        source, index = node.args[0], node.args[1]
        assert isinstance(source, fx.Node)
        if index == "values":
            index = 0
        if index != 0 and source.target in WITH_INDICES:
            called = operation_name(source)
            raise TypeError(f"places carry no relevance, so only the values that {called} gives may be used, at {location(node)}")
        return Routing(self.inputs.bind(node, lambda values, *_: values[index]))

    def _has_negative_constants(self, node: fx.Node) -> bool:
        """Whether there are tensors with values below 0 among the constants of a call."""
        constants = [self.constants[source] for source in node.all_input_nodes if source in self.constants]
        return any(isinstance(a, Tensor) and a.is_floating_point() and bool((a < 0).any()) for a in constants)

    def _row(self, node: fx.Node, operation: Target, activations: tuple[fx.Node, ...]) -> OperationRow | Layer | None:
        """Returns how a call is read; `activations` are those it takes, some perhaps twice."""
        found: OperationRow | Builder | None = None
        if len(activations) == 1:
            found = BUILDERS.get(operation) or BUILDERS.get(import_path(operation))
            if operation in WITH_CONSTANT and (operation not in DIVIDE or first_argument(node) is activations[0]):
                found = WITH_CONSTANT[operation]
        if not callable(found):
            return found or FUNCTIONS.get(operation)
        args = () if node.target is getattr else node.args
        return build_at(node, found, *self.constants.fill_in(args), **self.constants.fill_in(node.kwargs))
