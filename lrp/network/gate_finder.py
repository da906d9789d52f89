"""Finds which activations of a traced graph only scale others, as gates and the deviation of a normalization do."""

from torch import fx
from torch.fx.node import Target

from lrp.network.constants import Constants
from lrp.network.fx_nodes import Modules, first_argument, operation_of
from lrp.network.layers import Function, Size
from lrp.network.operations import gates
from lrp.network.operations.arithmetic import ADD, DIVIDE, MULTIPLY
from lrp.network.operations.table import FUNCTIONS

STATISTICS: dict[Target, Function] = gates.SIZES_OF_ACTIVATIONS | gates.SQUARES | gates.MADE_OF_SIZES

# Of the second tensor that these take, only the shape or the type matters.
LIKE_ANOTHER = ("expand_as", "view_as", "reshape_as", "type_as")


class GateFinder:
    """The factors of a graph: sigmoids, statistics such as norms, and what is computed of factors alone without weights.

    factors: each of them, and whether it is made of statistics alone. only_scaling: the nodes that nothing reads but products
    which they scale, or factors made of them.
    """

    def __init__(self, graph: fx.Graph, modules: Modules, constants: Constants) -> None:
        self._modules, self._constants = modules, constants
        self._sizes: set[fx.Node] = set()
        self.factors: dict[fx.Node, bool] = {}
        self.only_scaling: set[fx.Node] = set()
        for node in graph.nodes:
            if node.op in ("call_function", "call_method", "call_module") and node not in constants:
                self._note(node)
        for node in reversed(graph.nodes):
            if node.users and all(self._is_scaled_by(node, user) for user in node.users):
                self.only_scaling.add(node)

    def scale_of(self, node: fx.Node) -> fx.Node | None:
        """Returns the operand by which a product or a quotient of two activations only scales the other; None where none does."""
        operation, operands = operation_of(node), self._activations(node)
        if len(operands) != 2 or node.kwargs.get("rounding_mode") or operation in FUNCTIONS:
            return None
        scaling = [operand for operand in operands if operand in self.factors]
        if len(scaling) != 1 or (operation in DIVIDE and scaling[0] is not operands[1]):
            return None
        return scaling[0] if operation in DIVIDE or operation in MULTIPLY else None

    def statistic_of(self, node: fx.Node) -> Function | None:
        """Returns what computes a statistic that only scales others; None for any other node."""
        operation, operands = operation_of(node), self._activations(node)
        if node not in self.only_scaling or operation in FUNCTIONS:
            return None
        if operation in MULTIPLY and (self._is_square(node) or (node in self.factors and len(operands) == 2)):
            return MULTIPLY[operation]
        if operation in DIVIDE and node in self.factors and (len(operands) == 2 or first_argument(node) is not operands[0]):
            return DIVIDE[operation]
        return STATISTICS.get(operation)

    def _note(self, node: fx.Node) -> None:
        """Adds a node to the factors or the sizes if it is one."""
        operation = operation_of(node)
        operands = self._activations(node)
        module = self._modules.get(node)
        row = FUNCTIONS.get(operation)
        if (row and row[0] is Size) or not operands:
            self._sizes.add(node)
        elif operation in gates.SIZES_OF_ACTIVATIONS or (operation in gates.MEANS and self._is_square(operands[0])):
            self.factors[node] = True
        elif operation in gates.FUNCTIONS or type(module) in gates.MODULES or self._is_bounded(node, operands[0]):
            self.factors[node] = False
        elif all(operand in self.factors for operand in operands) and (module is None or not list(module.parameters())):
            self.factors[node] = all(self.factors[operand] for operand in operands)

    def _is_bounded(self, node: fx.Node, source: fx.Node) -> bool:
        """Whether a node is a hard sigmoid written as relu6(x + 3), to be divided by 6."""
        bounded = operation_of(node) in gates.BOUNDED or isinstance(self._modules.get(node), gates.BOUNDED_MODULES)
        return bounded and operation_of(source) in ADD and len(self._activations(source)) == 1

    def _is_square(self, node: fx.Node) -> bool:
        operands = self._activations(node)
        if operation_of(node) in MULTIPLY:
            return len(operands) == 2 and operands[0] is operands[1]
        return operation_of(node) in gates.SQUARES

    def _is_scaled_by(self, node: fx.Node, user: fx.Node) -> bool:
        """Whether `user` is a product that `node` scales, or a factor that only scales others."""
        return self.scale_of(user) is node or (user in self.only_scaling and (user in self.factors or self._is_square(user)))

    def _activations(self, node: fx.Node) -> tuple[fx.Node, ...]:
        """Returns the activations that a call takes, each as often as it is named."""
        taken: list[fx.Node] = []

        def note(source: fx.Node) -> fx.Node:
            taken.append(source)
            return source

        fx.node.map_arg(node.args[:1] if operation_of(node) in LIKE_ANOTHER else (node.args, node.kwargs), note)
        return tuple(source for source in taken if source not in self._constants and source not in self._sizes)
