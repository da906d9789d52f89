"""What is asked about single nodes of a traced graph of torch.fx."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import fx, nn
from torch.fx.node import Target

from lrp.network.layers import Function

Modules = dict[fx.Node, nn.Module]  # what each `call_module` node calls

map_arguments: Callable[..., Any] = fx.node.map_aggregate  # torch types its results as arguments, here they may be any values


def module_path(node: fx.Node) -> str:
    """Returns the path of the module that a node belongs to, such as "layer3.1" or "layer3.1.conv2"; "" for the whole model."""
    if node.op == "call_module":
        return str(node.target)
    return str(next(reversed(node.meta.get("nn_module_stack") or {"": None})))


def location(node: fx.Node) -> str:
    """Returns the path of the module that a node belongs to, or the node's own name where that is the whole model."""
    return module_path(node) or node.name


def operation_of(node: fx.Node) -> Target:
    """Returns the function that a node calls, or the name of the method or the attribute that it asks a tensor for."""
    return str(node.args[1]) if node.target is getattr else node.target


def operation_name(node: fx.Node) -> str:
    """Returns the name of what a node calls, as messages write it."""
    operation = operation_of(node)
    return str(getattr(operation, "__name__", operation))


def import_path(function: object) -> str:
    """Returns where a function is defined, such as "torchvision.ops.drop_block.drop_block2d"."""
    return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"


def called_function(node: fx.Node, modules: Mapping[fx.Node, nn.Module]) -> Function:
    """Returns the function that computes a node from its arguments; that of a method takes the tensor first."""
    if node.op == "call_module":
        return modules[node]
    if isinstance(node.target, str):
        name = node.target
        return lambda self, *args, **kwargs: getattr(self, name)(*args, **kwargs)
    return node.target


def first_argument(node: fx.Node) -> object:
    """Returns the first argument of a call, given by position or by name; None for a call without arguments."""
    return next(iter((*node.args, *node.kwargs.values())), None)
