"""Composites: tables that give every node of a network its rule of LRP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from lrp.attribution import Attribution
from lrp.network.attention import MatrixProduct, Softmax, UnitLength
from lrp.network.forward_pass import Trace, trace
from lrp.network.gated import Gate, PairProduct, Product, Statistic
from lrp.network.graph import Network, Node
from lrp.network.layer_norm import LayerNorm
from lrp.network.layers import Activation, Average, Curved, Layer, LocalResponseNorm, Routing, Shift, Size, Sum
from lrp.network.weighted import Convolution, Diagonal, Linear, Weighted
from lrp.progress import Progress
from lrp.rules.attention import SoftmaxExpansion, UniformProduct
from lrp.rules.gates import KeepAll, NoShare, SignalTakesAll, UniformPair
from lrp.rules.layer_norm import FixedDeviation
from lrp.rules.local_response_norm import Taylor
from lrp.rules.rule_base import Rule
from lrp.rules.weighted import Epsilon
from lrp.rules.weightless import Pass, Route
from lrp.walk.objectives import Objective
from lrp.walk.relevance import propagate

Kind = type[Layer]

# What layers without weights do is the same in every composite: linear ones share by contribution.
COMMON: tuple[tuple[Kind, Rule], ...] = (
    (Activation, Pass()),
    (Routing, Route()),
    (Size, KeepAll()),
    (Shift, Pass()),  # what a constant or an unfolded BatchNorm adds takes no share
    (Diagonal, Pass()),
    (Sum, Epsilon()),
    (Average, Epsilon()),
    (LocalResponseNorm, Taylor()),
    (Curved, Pass()),
    (Product, SignalTakesAll()),
    (PairProduct, UniformPair()),
    (Gate, Pass()),
    (Statistic, NoShare()),
    (LayerNorm, FixedDeviation()),
    (UnitLength, Pass()),
    (Softmax, SoftmaxExpansion()),
    (MatrixProduct, UniformProduct()),
)


@dataclass(frozen=True)
class Composite:
    """A table of rules by kind of layer, of which the first match holds.

    `first` replaces the rule of the layers that read the picture. `stages` overrides rules by place: ("layer3", rule) applies to
    the layers with weights inside that module; `top` that of the last layer with weights. A composite is itself a method:
    `lrp.explain(network, x, target, Composite(...))`.
    """

    rules: tuple[tuple[Kind, Rule], ...]
    first: Rule | None = None
    stages: tuple[tuple[str, Rule], ...] = ()
    top: Rule | None = None
    name: ClassVar[str] = "Composite"
    label: ClassVar[str] = "Composite"
    has_rules: ClassVar[bool] = False  # it hands out rules, and keeps no account of them
    sums_to: ClassVar[str | None] = None

    def assign(self, network: Network) -> dict[str, Rule]:
        """Returns node name -> rule for every node. Raises TypeError naming a node that no rule matches."""
        top = None if self.top is None else _last_weighted(network)
        return {node.name: self._rule(node, node is top) for node in network.nodes}

    def explain(
        self, network: Network, x: Tensor | Trace, objective: Objective, progress: Progress | None = None
    ) -> Attribution:
        """Returns the relevance of `x` for `objective`; a Trace saves the forward pass and is left as it is."""
        rules = self.assign(network)
        if isinstance(x, Trace):
            return propagate(x, objective, rules, progress)
        return propagate(trace(network, x), objective, rules, progress, consume=True)

    def _rule(self, node: Node, is_top: bool) -> Rule:
        if isinstance(node.layer, Weighted):
            if self.first is not None and node.first:
                return self._checked(self.first, node)
            if self.top is not None and is_top:
                return self._checked(self.top, node)
            for stage, rule in self.stages:
                if node.path == stage or node.path.startswith(f"{stage}."):
                    return self._checked(rule, node)
        for kind, rule in (*self.rules, *COMMON):
            if isinstance(node.layer, kind):
                return self._checked(rule, node)
        raise TypeError(f"no rule for {type(node.layer).__name__} at {node.path or node.name}; add one to the composite")

    @staticmethod
    def _checked(rule: Rule, node: Node) -> Rule:
        try:
            rule.check(node.layer)
        except TypeError as error:
            raise TypeError(f"{error} at {node.path or node.name}") from None
        return rule


def table(rules: Mapping[str, Rule]) -> str:
    """Returns the assignment as text, one line `node  rule` each, in order of computation."""
    width = max(map(len, rules), default=0)
    return "\n".join(f"{name:<{width}}  {rule}" for name, rule in rules.items())


def reached_rules(rules: Mapping[str, Rule], network: Network, objective: Objective) -> dict[str, Rule]:
    """Returns the rules of those nodes alone that the explained output is computed from, for no other receives relevance."""
    wanted = {network.output if objective.place is None else network.find(objective.place).name}
    for node in reversed(network.nodes):
        if node.name in wanted:
            wanted.update(node.inputs)
    return {name: rule for name, rule in rules.items() if name in wanted}


def _last_weighted(network: Network) -> Node | None:
    """Returns the last node with weights on the way to the output, None where there is none."""
    wanted = {network.output}
    for node in reversed(network.nodes):
        if node.name in wanted:
            if isinstance(node.layer, Weighted):
                return node
            wanted.update(node.inputs)
    return None


def by_kind(convolution: Rule, linear: Rule) -> tuple[tuple[Kind, Rule], ...]:
    """Returns rows of a composite: one rule for convolutions, another for fully connected layers."""
    return (Convolution, convolution), (Linear, linear)
