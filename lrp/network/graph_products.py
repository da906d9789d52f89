"""Products of activations with each other in a traced graph, and what only scales or weighs others in them."""

from dataclasses import dataclass

from torch import fx

from lrp.network.attention import MatrixProduct, Softmax
from lrp.network.attention_finder import AttentionFinder
from lrp.network.fx_nodes import operation_of
from lrp.network.gate_finder import GateFinder
from lrp.network.gated import Gate, PairProduct, Product, Statistic
from lrp.network.graph_inputs import GraphInputs
from lrp.network.layers import Layer
from lrp.network.operations.arithmetic import DIVIDE, MULTIPLY
from lrp.network.operations.attention import PRODUCTS
from lrp.network.operations.table import FUNCTIONS


@dataclass(frozen=True)
class GraphProducts:
    """Reads products. gates: which activations only scale others; attention: which values are attention."""

    inputs: GraphInputs
    gates: GateFinder
    attention: AttentionFinder

    def layer(self, node: fx.Node) -> Layer | None:
        """Returns the layer of a product of activations, or of a statistic in one of its factors; None for any other node."""
        return self._scaled_layer(node) or self._matrix_product(node) or self._pair_product(node)

    def is_out_of_place(self, node: fx.Node, kind: type[Layer]) -> bool:
        """Whether a layer that only scales or weighs other activations is read by anything else."""
        if issubclass(kind, Gate):
            return node not in self.gates.only_scaling
        return issubclass(kind, MatrixProduct) or (issubclass(kind, Softmax) and node not in self.attention.only_weighing)

    def _scaled_layer(self, node: fx.Node) -> Layer | None:
        """Returns the layer of a product with a factor that only scales the other, or of a statistic in such a factor."""
        operation = operation_of(node)
        if (factor := self.gates.scale_of(node)) is not None:
            function = (MULTIPLY | DIVIDE)[operation]
            constant = operation in DIVIDE or self.gates.factors[factor]
            return Product(self.inputs.bind(node, function), self.inputs.of(node).index(factor), constant)
        statistic = self.gates.statistic_of(node)
        return None if statistic is None else Statistic(self.inputs.bind(node, statistic))

    def _pair_product(self, node: fx.Node) -> Layer | None:
        """Returns the layer of a product of two different activations that no factor scales; None for any other node."""
        operation, pair = operation_of(node), self.inputs.activations(node)
        scaled = operation not in MULTIPLY or not self.gates.factors.keys().isdisjoint(pair)
        if scaled or operation in FUNCTIONS or len({*pair}) != 2:
            return None
        return PairProduct(self.inputs.bind(node, MULTIPLY[operation]))

    def _matrix_product(self, node: fx.Node) -> Layer | None:
        """Returns the layer of a product of two matrices of activations; None for any other node."""
        factors = self.attention.factors_of(node)
        if factors is None or not set(factors).isdisjoint(self.inputs.sizes | self.inputs.tuples):
            return None
        _, function = PRODUCTS[operation_of(node)]
        weights = [i for i, factor in enumerate(factors) if factor in self.attention.only_weighing]
        inputs = self.inputs.of(node)
        return MatrixProduct(self.inputs.bind(node, function), inputs.index(factors[weights[0]]) if weights else None)
