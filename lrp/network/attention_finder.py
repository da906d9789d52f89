"""Finds which values of a traced graph are attention: the softmax of scores that weighs other values in a matrix product."""

from torch import fx, nn

from lrp.network.constants import Constants
from lrp.network.fx_nodes import Modules, operation_of
from lrp.network.module_kinds import DROPOUTS
from lrp.network.operations import attention
from lrp.network.operations.activations import DROPOUT_CALLS
from lrp.network.operations.spelling import spellings

# What leaves attention as it is, or moves its values.
PRESERVING = frozenset(
    spellings(*DROPOUT_CALLS, "contiguous", "clone", "detach", "alias", "reshape", "view", "flatten", "unflatten", "transpose")
)
PRESERVING_MODULES = (*DROPOUTS, nn.Identity, nn.Flatten, nn.Unflatten)


class AttentionFinder:
    """The attention of a graph.

    weights: softmaxes, and what is made of one without changing its values. only_weighing: of these, the ones that nothing
    reads but products with other activations.
    """

    def __init__(self, graph: fx.Graph, modules: Modules, constants: Constants) -> None:
        self._modules, self._constants = modules, constants
        self.weights: set[fx.Node] = set()
        self.only_weighing: set[fx.Node] = set()
        for node in graph.nodes:
            if node not in constants and (self._is_softmax(node) or self._hands_weights_on(node)):
                self.weights.add(node)
        for node in reversed(graph.nodes):
            if node in self.weights and all(self._weighs(node, user) for user in node.users):
                self.only_weighing.add(node)

    def factors_of(self, node: fx.Node) -> tuple[fx.Node, ...] | None:
        """Returns the two activations that a matrix product multiplies; None for anything else, constants included."""
        given = node.args if len(node.args) == 2 else tuple(node.kwargs.values())
        factors = tuple(a for a in given if isinstance(a, fx.Node) and a not in self._constants)
        is_product = operation_of(node) in attention.PRODUCTS and len(given) == len(node.args) + len(node.kwargs)
        return factors if is_product and len(set(factors)) == 2 else None

    def _is_softmax(self, node: fx.Node) -> bool:
        return operation_of(node) in attention.SOFTMAXES or isinstance(self._modules.get(node), nn.Softmax)

    def _hands_weights_on(self, node: fx.Node) -> bool:
        preserves = operation_of(node) in PRESERVING or isinstance(self._modules.get(node), PRESERVING_MODULES)
        return preserves and bool(node.args) and node.args[0] in self.weights

    def _weighs(self, node: fx.Node, user: fx.Node) -> bool:
        factors = self.factors_of(user)
        return user in self.only_weighing or (factors is not None and not self.weights.issuperset(factors) and node in factors)
