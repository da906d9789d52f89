"""Writes sums with weights in terms of plain sums and products, whose terms each rule knows."""

import operator
from typing import Any

import torch
from torch import fx

from lrp.network.operations.arithmetic import ADD, SUBTRACT
from lrp.network.operations.spelling import spellings

REVERSED = frozenset((torch.rsub,))
PRODUCTS = frozenset(spellings("addcmul"))
BETWEEN = frozenset(spellings("lerp"))


def spell_out_weights(graph: fx.Graph) -> None:
    """Rewrites `x + alpha * y` written as torch.add(x, y, alpha=alpha), and so sub, rsub, addcmul and lerp."""
    for node in list(graph.nodes):
        if node.op not in ("call_function", "call_method"):
            continue
        with graph.inserting_before(node):
            if node.target in ADD or node.target in SUBTRACT or node.target in REVERSED:
                _scaled(node)
            elif node.target in PRODUCTS:
                _sum_with_product(node)
            elif node.target in BETWEEN:
                _between(node)


def _scaled(node: fx.Node) -> None:
    given = [*node.args, *(node.kwargs[name] for name in ("input", "other") if name in node.kwargs)]
    alpha = node.kwargs.get("alpha", 1)
    if len(given) != 2 or node.kwargs.keys() - {"input", "other", "alpha"} or (alpha == 1 and node.target not in REVERSED):
        return
    first, second = given
    if node.target in REVERSED:
        first, second = second, _times(node, first, alpha)
        _rewrite(node, operator.sub, first, second)
    else:
        _rewrite(node, operator.add if node.target in ADD else operator.sub, first, _times(node, second, alpha))


def _sum_with_product(node: fx.Node) -> None:
    names = ("input", "tensor1", "tensor2")
    given = [*node.args, *(node.kwargs[name] for name in names if name in node.kwargs)]
    if len(given) == 3 and not node.kwargs.keys() - {*names, "value"}:
        added = _times(node, _times(node, given[1], given[2]), node.kwargs.get("value", 1))
        _rewrite(node, operator.add, given[0], added)


def _between(node: fx.Node) -> None:
    names = ("input", "end", "weight")
    given = [*node.args, *(node.kwargs[name] for name in names if name in node.kwargs)]
    if len(given) == 3 and not node.kwargs.keys() - {*names}:
        start, end = given[:2]
        weight: Any = given[2]
        rest = _call(node, operator.sub, 1, weight) if isinstance(weight, fx.Node) else 1 - weight
        _rewrite(node, operator.add, _times(node, start, rest), _times(node, end, weight))


def _times(node: fx.Node, value: Any, factor: Any) -> Any:
    if not isinstance(factor, fx.Node) and factor == 1:
        return value
    if not isinstance(value, fx.Node) and not isinstance(factor, fx.Node):
        return value * factor
    return _call(node, operator.mul, value, factor)


def _call(node: fx.Node, function: Any, *args: Any) -> fx.Node:
    made = node.graph.call_function(function, args)
    made.meta = dict(node.meta)
    return made


def _rewrite(node: fx.Node, function: Any, *args: Any) -> None:
    node.op, node.target, node.args, node.kwargs = "call_function", function, args, {}
