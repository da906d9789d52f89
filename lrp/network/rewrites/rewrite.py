"""What is rewritten in a traced graph before it becomes a network, each time into a graph that computes the same."""

import copy
import inspect
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

import torch.nn.functional as F
from torch import fx, nn

from lrp.network.constants import Constants
from lrp.network.rewrites.batch_norm import BATCH_NORMS, CONVOLUTIONS, fold_after, fold_before
from lrp.network.rewrites.calls import calls_as_modules
from lrp.network.rewrites.inplace import Modules, without_writes
from lrp.network.rewrites.padding import sides_of, with_zeros, without_padding
from lrp.network.rewrites.weighted_sums import spell_out_weights

CONSTANT_PADS = nn.ConstantPad1d | nn.ConstantPad2d | nn.ConstantPad3d

def rewrite(graph: fx.Graph, named: Mapping[str, nn.Module]) -> Modules:
    """Rewrites `graph` and returns the module of each of its nodes, some of them changed copies of those in `named`.

    Values are never written over, each BatchNorm that a neighbour can take up is folded into it, and a convolution pads with
    zeros, or not at all.
    """
    modules = {node: named[str(node.target)] for node in graph.nodes if node.op == "call_module"}
    for node in modules:
        if len(node.kwargs) == 1 and not node.args:
            node.args, node.kwargs = tuple(node.kwargs.values()), {}
    without_writes(graph, modules, {node for node in graph.nodes if _made_pure(node, modules)})
    for node in reversed(graph.nodes):
        if not node.users and node.op not in ("placeholder", "output"):
            graph.erase_node(node)
    spell_out_weights(graph)
    calls_as_modules(graph, modules, Constants(named[""], modules))
    norms = [node for node in graph.nodes if isinstance(modules.get(node), BATCH_NORMS)]
    for node in [node for node in norms if not _folded_back(node, modules)][::-1]:
        _fold_forward(node, modules)
    for node in list(graph.nodes):
        if type(modules.get(node)) in CONVOLUTIONS:
            _settle_padding(graph, node, modules)
    return modules


def _made_pure(node: fx.Node, modules: Modules) -> bool:
    """Whether a node writes over its input. If a setting tells it to, the setting is changed."""
    if getattr(modules.get(node), "inplace", False):
        modules[node] = copy.copy(modules[node])
        modules[node].inplace = False  # type: ignore[assignment]
        return True
    settings = _settings(node)
    if settings is not None and settings.arguments.get("inplace") is True:
        settings.arguments["inplace"] = False
        node.args, node.kwargs = settings.args, settings.kwargs
        return True
    if node.op == "call_module":
        return False
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    operators = getattr(node.target, "__module__", None) == "_operator"  # and_ and or_ only avoid a keyword
    if operators and node.args and _is_size(node.args[0]):
        return False  # numbers are not written over: the name gets another one
    return name in ("iadd", "isub", "imul", "itruediv") if operators else name.rstrip("_") + "_" == name


def _is_size(node: Any) -> bool:
    """Whether a node is a shape, or made of shapes and numbers alone."""
    if not isinstance(node, fx.Node) or node.op not in ("call_function", "call_method"):
        return False
    if node.target in ("size", "dim") or (node.target is getattr and node.args[1] in ("shape", "ndim")):
        return True
    return bool(node.all_input_nodes) and all(_is_size(source) for source in node.all_input_nodes)


def _settings(node: fx.Node) -> inspect.BoundArguments | None:
    if node.op != "call_function":
        return None
    try:
        return inspect.signature(node.target).bind(*node.args, **node.kwargs)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None  # built-in functions tell no signature, and take no such setting


def _folded_back(norm: fx.Node, modules: Modules) -> bool:
    """Folds a BatchNorm into the layer before it, if that has no other reader; says whether it did."""
    source = norm.args[0] if norm.args else None
    if not isinstance(source, fx.Node) or source not in modules or len(source.users) > 1:
        return False
    folded = fold_after(modules[source], modules[norm])
    if folded is None:
        return False
    modules[source] = folded
    _take_out(norm, source)
    return True


def _fold_forward(norm: fx.Node, modules: Modules) -> None:
    """Folds a BatchNorm into the layers that read it, if every one can take it up."""
    readers = [reader for reader in norm.users if reader in modules and reader.all_input_nodes == [norm]]
    folded = [fold_before(modules[norm], modules[reader]) for reader in readers]
    changed = {reader: layer for reader, layer in zip(readers, folded, strict=True) if layer is not None}
    if len(changed) == len(norm.users):
        modules.update(changed)
        _take_out(norm, norm.args[0])


def _take_out(node: fx.Node, source: Any) -> None:
    node.replace_all_uses_with(source)
    node.graph.erase_node(node)


def _settle_padding(graph: fx.Graph, node: fx.Node, modules: Modules) -> None:
    """Lets a convolution pad with zeros alone, its own and those of a step before it; other padding becomes such a step."""
    convolution: Any = modules[node]
    sides, source = sides_of(convolution), node.args[0]
    if convolution.padding_mode != "zeros":
        with graph.inserting_before(node):
            padded = graph.call_function(F.pad, (source, sides, convolution.padding_mode))
        padded.meta = dict(node.meta)
        node.args = (padded,)
        modules[node] = without_padding(convolution)
        return
    before = _zeros_around(source, modules)
    if before is not None and len(before) <= len(sides) and isinstance(source, fx.Node) and len(source.users) == 1:
        sides = [a + b for a, b in zip_longest(sides, before, fillvalue=0)]
        _take_out(source, source.all_input_nodes[0])
    elif sides[::2] == sides[1::2]:
        return
    modules[node] = with_zeros(convolution, sides)


def _zeros_around(node: Any, modules: Modules) -> list[int] | None:
    """How far a node pads its input with zeros, as torch.nn.functional.pad takes it; None if it does anything else."""
    module: Any = modules.get(node)
    if isinstance(module, CONSTANT_PADS) and module.value == 0:
        return list(module.padding)
    settings = _settings(node) if isinstance(node, fx.Node) and node.target is F.pad else None
    if settings is None or settings.arguments.get("mode", "constant") != "constant" or settings.arguments.get("value"):
        return None
    sides = settings.arguments["pad"]
    known = isinstance(sides, tuple | list) and all(isinstance(side, int) and side >= 0 for side in sides)
    return list(sides) if known else None
