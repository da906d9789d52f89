"""Rewrites a traced graph, step by step, into one that computes the same and has a rule for more of its nodes."""

import copy
import inspect
from collections.abc import Mapping
from itertools import zip_longest

import torch.nn.functional as F
from torch import fx, nn
from torch.fx.node import Argument

from lrp.network.constants import Constants
from lrp.network.fx_nodes import Modules, operation_of
from lrp.network.module_kinds import BATCH_NORMS, CONVOLUTIONS, AnyConvolution, BatchNorm, ConstantPad
from lrp.network.rewrites.attention import expand_attention
from lrp.network.rewrites.batch_norm import fold_into_next, fold_into_previous
from lrp.network.rewrites.calls import calls_as_modules
from lrp.network.rewrites.functional_modules import functional_convolution as convolution_of
from lrp.network.rewrites.inplace import remove_writes
from lrp.network.rewrites.members import put_batch_first
from lrp.network.rewrites.padding import (
    pad_like_tensorflow,
    pads_like_tensorflow,
    sides_of,
    with_zeros,
    without_padding,
)
from lrp.network.rewrites.weighted_sums import expand_weighted_sums


def rewrite(graph: fx.Graph, named: Mapping[str, nn.Module]) -> Modules:
    """Rewrites `graph` and returns the module of each of its nodes, some of them changed copies of those in `named`.

    Values are never written over, each BatchNorm that a neighbour can take up is folded into it, and a convolution pads with
    zeros, or not at all.
    """
    modules = {node: named[str(node.target)] for node in graph.nodes if node.op == "call_module"}
    for node in modules:
        if len(node.kwargs) == 1 and not node.args:
            node.args, node.kwargs = tuple(node.kwargs.values()), {}
    remove_writes(graph, modules, {node for node in graph.nodes if _wrote_in_place(node, modules)})
    for node in reversed(graph.nodes):
        if not node.users and node.op not in ("placeholder", "output"):
            graph.erase_node(node)
    for node in [node for node, module in modules.items() if pads_like_tensorflow(module)]:
        _pad_before(graph, node, modules)
    expand_attention(graph)
    put_batch_first(graph)
    expand_weighted_sums(graph)
    calls_as_modules(graph, modules, Constants(named[""], modules))
    _fold_batch_norms(graph, modules)
    for node in list(graph.nodes):
        if type(modules.get(node)) in CONVOLUTIONS:
            _settle_padding(graph, node, modules)
    return modules


def _wrote_in_place(node: fx.Node, modules: Modules) -> bool:
    """Whether a node writes over its input. If a setting tells it to, the setting is changed so that it no longer does."""
    if getattr(modules.get(node), "inplace", False):
        module = copy.copy(modules[node])
        vars(module)["inplace"] = False
        modules[node] = module
        return True
    call = _bound_call(node)
    if call is not None and call.arguments.get("inplace") is True:
        call.arguments["inplace"] = False
        node.args, node.kwargs = call.args, call.kwargs
        return True
    return node.op != "call_module" and _names_a_write(node)


def _names_a_write(node: fx.Node) -> bool:
    """Whether a function or method writes over its input by its name, as add_ and operator.iadd do."""
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    if getattr(node.target, "__module__", None) != "_operator":
        return name.rstrip("_") + "_" == name
    if node.args and _is_size(node.args[0]):
        return False  # numbers are not written over: the name gets another one
    return name in ("iadd", "isub", "imul", "itruediv")  # the "_" of and_ and or_ only avoids a keyword


def _is_size(argument: Argument) -> bool:
    """Whether an argument is a shape, or made of shapes and numbers alone."""
    if not isinstance(argument, fx.Node) or argument.op not in ("call_function", "call_method"):
        return False
    if argument.target in ("size", "dim") or (argument.target is getattr and operation_of(argument) in ("shape", "ndim")):
        return True
    return bool(argument.all_input_nodes) and all(_is_size(source) for source in argument.all_input_nodes)


def _bound_call(node: fx.Node) -> inspect.BoundArguments | None:
    """Returns the arguments of a function by their names; None for anything else, and for functions without a signature."""
    if node.op != "call_function" or isinstance(node.target, str):
        return None
    try:
        return inspect.signature(node.target).bind(*node.args, **node.kwargs)
    except (TypeError, ValueError):
        return None  # built-in functions tell no signature, and take no such setting


def _fold_batch_norms(graph: fx.Graph, modules: Modules) -> None:
    """Folds each BatchNorm into the layer before it or else into those after it, where that is exact."""
    norms = [(node, norm) for node in graph.nodes if isinstance(norm := modules.get(node), BATCH_NORMS)]
    left = [(node, norm) for node, norm in norms if not _fold_back(node, norm, modules)]
    for node, norm in reversed(left):
        _fold_forward(node, norm, modules)


def _fold_back(node: fx.Node, norm: BatchNorm, modules: Modules) -> bool:
    """Folds a BatchNorm into the layer before it, if that has no other reader; returns whether it did."""
    source = node.args[0] if node.args else None
    if not isinstance(source, fx.Node) or source not in modules or len(source.users) > 1:
        return False
    folded = fold_into_previous(modules[source], norm)
    if folded is None:
        return False
    modules[source] = folded
    _bypass(node, source)
    return True


def _fold_forward(node: fx.Node, norm: BatchNorm, modules: Modules) -> None:
    """Folds a BatchNorm into the layers that read it, if every one can take it up."""
    readers = [reader for reader in node.users if reader in modules and reader.all_input_nodes == [node]]
    folded = [fold_into_next(norm, modules[reader]) for reader in readers]
    changed = {reader: layer for reader, layer in zip(readers, folded, strict=True) if layer is not None}
    if len(changed) == len(node.users):
        modules.update(changed)
        _bypass(node, node.all_input_nodes[0])


def _bypass(node: fx.Node, source: fx.Node) -> None:
    """Lets the readers of a node read `source` instead, and removes the node."""
    node.replace_all_uses_with(source)
    node.graph.erase_node(node)


def _settle_padding(graph: fx.Graph, node: fx.Node, modules: Modules) -> None:
    """Lets a convolution pad with zeros alone, its own and those of a step before it; other padding becomes such a step."""
    convolution = modules[node]
    assert isinstance(convolution, AnyConvolution)
    sides, source = sides_of(convolution), node.args[0]
    if convolution.padding_mode != "zeros":
        with graph.inserting_before(node):
            padded = graph.call_function(F.pad, (source, sides, convolution.padding_mode))
        padded.meta = dict(node.meta)
        node.args = (padded,)
        modules[node] = without_padding(convolution)
        return
    before = _zeros_around(source, modules) if isinstance(source, fx.Node) else None
    if before is not None and len(before) <= len(sides) and isinstance(source, fx.Node) and len(source.users) == 1:
        sides = [a + b for a, b in zip_longest(sides, before, fillvalue=0)]
        _bypass(source, source.all_input_nodes[0])
    elif sides[::2] == sides[1::2]:
        return
    modules[node] = with_zeros(convolution, sides)


def _pad_before(graph: fx.Graph, node: fx.Node, modules: Modules) -> None:
    """Makes the padding that a convolution picks by the size of its input a step before it."""
    convolution = modules[node]
    assert isinstance(convolution, nn.Conv2d)
    with graph.inserting_before(node):
        settings = (convolution.kernel_size, convolution.stride, convolution.dilation)
        padded = graph.call_function(pad_like_tensorflow, (node.args[0], *settings))
    padded.meta = dict(node.meta)
    node.args = (padded,)
    plain = convolution_of(
        None, convolution.weight, convolution.bias, convolution.stride, 0, convolution.dilation, convolution.groups
    )
    assert plain is not None
    modules[node] = plain


def _zeros_around(node: fx.Node, modules: Modules) -> list[int] | None:
    """Returns how far a node pads with zeros, as torch.nn.functional.pad takes it; None if it does anything else."""
    module = modules.get(node)
    if isinstance(module, ConstantPad) and module.value == 0:
        return list(module.padding)
    call = _bound_call(node) if node.target is F.pad else None
    if call is None or call.arguments.get("mode", "constant") != "constant" or call.arguments.get("value"):
        return None
    sides = call.arguments["pad"]
    known = isinstance(sides, tuple | list) and all(isinstance(side, int) and side >= 0 for side in sides)
    return list(sides) if known else None
