"""Which operations return a value that shares memory with their first argument, and how."""

import operator
from enum import Enum, auto

import torch
import torch.nn.functional as F
from torch import fx, nn
from torch.fx.node import Argument

from lrp.network.fx_nodes import Modules, operation_of
from lrp.network.module_kinds import DROPOUTS


class Alias(Enum):
    """How a value shares the memory of the value it was made from."""

    IDENTITY = auto()  # the same tensor under another name
    RESHAPE = auto()  # all of it, in another shape
    SWAP = auto()  # all of it, with two axes swapped
    PERMUTE = auto()  # all of it, with its axes in another order
    PART = auto()  # a part of it, or what cannot be undone simply
    SOMETIMES = auto()  # depends on the memory layout, which a graph does not tell


# Of these, each member of the tuple is a part of its own.
TUPLES_OF_PARTS = {
    "chunk", torch.chunk, "split", torch.split, "unbind", torch.unbind, "tensor_split", torch.tensor_split,
    "split_with_sizes", torch.split_with_sizes,
}  # fmt: skip
OPERATIONS = {
    Alias.IDENTITY: {
        F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout, torch.dropout, torch.detach,
        "detach", "data", "stochastic_depth",
    },
    Alias.RESHAPE: {"view", "view_as", "unflatten", torch.unflatten, "squeeze", torch.squeeze, "unsqueeze", torch.unsqueeze},
    Alias.SWAP: {"transpose", torch.transpose, "swapaxes", torch.swapaxes, "swapdims", torch.swapdims},
    Alias.PERMUTE: {"permute", torch.permute},
    Alias.PART: {
        "expand", "expand_as", "narrow", torch.narrow, "select", torch.select, "t", torch.t, "T", "mT", "H", "diagonal",
        torch.diagonal, "unfold", "movedim", torch.movedim, "moveaxis", torch.moveaxis, "view_as_real", "real", *TUPLES_OF_PARTS,
    },
    Alias.SOMETIMES: {
        "contiguous", "reshape", torch.reshape, "reshape_as", "flatten", torch.flatten, "ravel", torch.ravel, "to", "type",
        "type_as", "float", "double", "half", "bfloat16", "cpu", "cuda", "requires_grad_", "broadcast_to", torch.broadcast_to,
        "positive",
    },
}  # fmt: skip


def alias_of(node: fx.Node, modules: Modules) -> Alias | None:
    """Returns how a node's value shares the memory of its first argument; None if it has memory of its own."""
    if node.op == "call_module":
        return _alias_of_module(modules[node])
    operation = operation_of(node)
    if operation is operator.getitem:
        return None if _copies(node.args[1]) else Alias.PART
    if operation == "view" and len(node.args) > 1 and isinstance(node.args[1], torch.dtype):
        return Alias.PART
    names = {operation} if isinstance(operation, str) else {operation, getattr(operation, "__name__", None)}
    return next((alias for alias, operations in OPERATIONS.items() if not names.isdisjoint(operations)), None)


def is_tuple_of_parts(node: fx.Node) -> bool:
    """Whether a node returns a tuple of parts of its first argument."""
    return node.target in TUPLES_OF_PARTS


def _alias_of_module(module: nn.Module) -> Alias | None:
    if isinstance(module, (nn.Identity, *DROPOUTS)):
        return Alias.IDENTITY
    if isinstance(module, nn.Unflatten):
        return Alias.RESHAPE
    return Alias.SOMETIMES if isinstance(module, nn.Flatten) else None


def _copies(index: Argument) -> bool:
    """Whether an index takes copies, as tensors and lists do, not a view."""
    items = index if isinstance(index, tuple) else (index,)
    return any(isinstance(item, list | torch.Tensor) for item in items)
