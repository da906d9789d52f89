"""Rewrites sums with weights as plain sums and products, for which there are rules."""

import operator

import torch
from torch import fx
from torch.fx.node import Argument

from lrp.network.layers import Function, NodeValue
from lrp.network.operations.arithmetic import ADD, SUBTRACT
from lrp.network.operations.spelling import spellings

REVERSED = frozenset((torch.rsub,))
ADDED_PRODUCTS = frozenset(spellings("addcmul"))
INTERPOLATIONS = frozenset(spellings("lerp"))


def expand_weighted_sums(graph: fx.Graph) -> None:
    """Rewrites `x + alpha * y` written as torch.add(x, y, alpha=alpha), and so sub, rsub, addcmul and lerp."""
    for node in list(graph.nodes):
        if node.op not in ("call_function", "call_method"):
            continue
        with graph.inserting_before(node):
            if node.target in ADD or node.target in SUBTRACT or node.target in REVERSED:
                _expand_alpha(node)
            elif node.target in ADDED_PRODUCTS:
                _expand_addcmul(node)
            elif node.target in INTERPOLATIONS:
                _expand_lerp(node)


def _expand_alpha(node: fx.Node) -> None:
    operands = _operands(node, ("input", "other"), "alpha")
    alpha = node.kwargs.get("alpha", 1)
    if operands is None or (alpha == 1 and node.target not in REVERSED):
        return
    first, second = operands
    if node.target in REVERSED:
        _replace(node, operator.sub, second, _product(node, first, alpha))
    else:
        _replace(node, operator.add if node.target in ADD else operator.sub, first, _product(node, second, alpha))


def _expand_addcmul(node: fx.Node) -> None:
    operands = _operands(node, ("input", "tensor1", "tensor2"), "value")
    if operands is not None:
        first, left, right = operands
        added = _product(node, _product(node, left, right), node.kwargs.get("value", 1))
        _replace(node, operator.add, first, added)


def _expand_lerp(node: fx.Node) -> None:
    operands = _operands(node, ("input", "end", "weight"))
    if operands is not None:
        start, end, weight = operands
        rest = _call(node, operator.sub, 1, weight) if isinstance(weight, fx.Node) else 1 - weight
        _replace(node, operator.add, _product(node, start, rest), _product(node, end, weight))


def _operands(node: fx.Node, names: tuple[str, ...], *settings: str) -> list[NodeValue] | None:
    """Returns the operands of a call, given by position or by those names; None if it gives others than these and `settings`."""
    operands = [*node.args, *(node.kwargs[name] for name in names if name in node.kwargs)]
    complete = len(operands) == len(names) and not node.kwargs.keys() - {*names, *settings}
    return operands if complete else None


def _product(node: fx.Node, value: NodeValue, factor: NodeValue) -> NodeValue:
    if not isinstance(factor, fx.Node) and factor == 1:
        return value
    if not isinstance(value, fx.Node) and not isinstance(factor, fx.Node):
        return value * factor
    return _call(node, operator.mul, value, factor)


def _call(node: fx.Node, function: Function, *args: Argument) -> fx.Node:
    call = node.graph.call_function(function, args)
    call.meta = dict(node.meta)
    return call


def _replace(node: fx.Node, function: Function, *args: Argument) -> None:
    node.op, node.target, node.args, node.kwargs = "call_function", function, args, {}
