"""Describes the rules of LRP in words, for each part of a network that has the same one."""

from collections.abc import Iterable, Mapping
from functools import singledispatch
from itertools import groupby

from lrp.network.attention import MatrixProduct, Softmax, UnitLength
from lrp.network.gated import PairProduct, Product, Statistic
from lrp.network.graph import Network, Node
from lrp.network.layer_norm import LayerNorm
from lrp.network.layers import Average, Layer, Shift, Size, Sum
from lrp.network.weighted import Diagonal, Weighted
from lrp.rules.attention import ConstantAttention, SoftmaxExpansion, UniformProduct
from lrp.rules.first_layer import Flat, WSquare, ZBox
from lrp.rules.gates import HalfEach, KeepAll, NoShare, SignalTakesAll, UniformPair
from lrp.rules.kernel import STABILIZER
from lrp.rules.layer_norm import FixedDeviation
from lrp.rules.local_response_norm import Taylor
from lrp.rules.rule_base import Rule
from lrp.rules.weighted import AlphaBeta, Epsilon, Gamma, ZPlus
from lrp.rules.weightless import AbsoluteShare, Pass, Route

WITHOUT_BIASES = "; biases get no share"
RuleRow = tuple[str, str]  # where in the network, and which rule


def rules_by_group(network: Network, rules: Mapping[str, Rule]) -> list[RuleRow]:
    """Returns the rules in words: of runs of layers with weights that share one, in order, then of each kind of other layer."""
    nodes = [node for node in network.nodes if node.name in rules]
    weighted = [node for node in nodes if _has_weights(node.layer)]
    runs = [(rule, list(run)) for rule, run in groupby(weighted, lambda node: rules[node.name])]
    return [(_run_in_words(run), rule_in_words(rule)) for rule, run in runs] + _others(nodes, rules)


def _has_weights(layer: Layer) -> bool:
    return isinstance(layer, Weighted) and not isinstance(layer, Diagonal)


def _run_in_words(run: list[Node]) -> str:
    first, last = (node.path or node.name for node in (run[0], run[-1]))
    return first if len(run) == 1 else f"{first} to {last}: {len(run)} layers"


def _others(nodes: Iterable[Node], rules: Mapping[str, Rule]) -> list[RuleRow]:
    groups: dict[RuleRow, int] = {}
    for node in nodes:
        if not _has_weights(node.layer):
            rule = rules[node.name]
            branching = isinstance(node.layer, Sum) and not isinstance(node.layer, Shift)
            row = (_kind(node.layer, rule, branching), _split(rule) if branching else rule_in_words(rule))
            groups[row] = groups.get(row, 0) + 1
    return [(f"{kind}: {count}", rule) for (kind, rule), count in groups.items()]


def _kind(layer: Layer, rule: Rule, branching: bool) -> str:
    if branching:
        return "Sums of branches, such as residual connections"
    if isinstance(layer, Average):
        return "Average pooling"
    if isinstance(rule, Taylor):
        return "Local response normalization"
    kind = next((name for kinds, name in KINDS.items() if isinstance(layer, kinds)), "Activations")
    return "Max pooling and reshaping" if isinstance(rule, Route) else kind


KINDS: dict[tuple[type[Layer], ...], str] = {  # kinds of layers without weights, to what they are called
    (Product, PairProduct): "Products of two activations",
    (MatrixProduct,): "Matrix products, as in attention",
    (Softmax,): "Softmax of attention",
    (LayerNorm, UnitLength): "Normalization",
    (Shift,): "Constants that are added, such as positions",
    (Size, Statistic): "Sizes and statistics",
}


def _split(rule: Rule) -> str:
    """Returns in words how the rule splits a sum among its branches."""
    if isinstance(rule, Epsilon):
        return "**Signed share**: each branch by what it added, with its sign"
    return rule_in_words(rule)


FIXED: dict[type[Rule], str] = {  # rules without settings
    ZBox: "**z-box**: by contribution, counted from the darkest and the brightest value that a pixel can have",
    Flat: "**Flat**: in equal parts to all pixels that an output sees",
    WSquare: "**w²**: by the squares of the weights, whatever the picture",
    Pass: "**Pass**: handed on unchanged",
    Route: "**Route**: back to where each value came from",
    AbsoluteShare: "**Absolute share**: each branch by the size of what it added",
    SignalTakesAll: "**Signal**: all to the activation that a gate scales, and none to the gate",
    HalfEach: "**Half each**: to the activation that a gate scales, and to the gate",
    UniformPair: "**Half each**: to two activations that multiply each other",
    UniformProduct: "**Half each** to two matrices that multiply each other, within each by contribution",
    ConstantAttention: "**Constant attention**: all to what attention weighs, by contribution",
    SoftmaxExpansion: "**Softmax**: by the first order of its expansion at the scores that it met",
    FixedDeviation: "**Fixed deviation**: by contribution, as if what the values are divided by were constant",
    KeepAll: "**Kept**: stays here, for nothing of the picture is in it",
    NoShare: "**None**: it only scales other values, and takes nothing",
    Taylor: "**Taylor**: by the derivative of the normalization at the values that it met",
}


@singledispatch
def rule_in_words(rule: Rule) -> str:
    """Returns the name of a rule and what it does, as Markdown."""
    return next((FIXED[kind] for kind in type(rule).__mro__ if kind in FIXED), str(rule))


@rule_in_words.register
def _(rule: Epsilon) -> str:
    biases = "" if rule.bias else WITHOUT_BIASES
    if not rule.epsilon:
        return f"**LRP-0**: by contribution, nothing absorbed{biases}"
    if rule.epsilon <= STABILIZER:
        return f"**Epsilon**, ε = {rule.epsilon:g}: by contribution; so small an ε only avoids dividing by 0{biases}"
    unit = " in units of the layer's typical signal" if rule.relative else ""
    return f"**Epsilon**, ε = {rule.epsilon:g}{unit}: by contribution, weak evidence absorbed{biases}"


@rule_in_words.register
def _(rule: ZPlus) -> str:
    return f"**z⁺**: by contribution in favour alone{'' if rule.bias else WITHOUT_BIASES}"


@rule_in_words.register
def _(rule: AlphaBeta) -> str:
    counts = f"evidence in favour is multiplied by {rule.alpha:g}, evidence against by {rule.beta:g}"
    return f"**Alpha-beta**: {counts}{'' if rule.bias else WITHOUT_BIASES}"


@rule_in_words.register
def _(rule: Gamma) -> str:
    return f"**Gamma**, γ = {rule.gamma:g}: evidence in favour is multiplied by {1 + rule.gamma:g}"
