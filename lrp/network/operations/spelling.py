"""The ways in which torch writes one operation: as a function, as a tensor's method, and in place."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx.node import Target

from lrp.network.layers import Function, Layer

OperationRow = tuple[type[Layer], Function]  # the kind of layer, and what to call (never in place)
ModuleRows = dict[type[nn.Module], Callable[..., Layer]]  # a class of modules, and what builds the layer of a module of it
Builder = Callable[..., Layer | OperationRow]  # takes the arguments of a call; raises TypeError for settings that no rule fits

NAMESPACES = (torch, F, torch._C._nn, torch.special)


def spellings(*names: str) -> list[Target]:
    """Returns the functions and method names that torch has under `names`, with those that end in "_" and write in place."""
    found: dict[Target, None] = {}
    for name in (spelled for given in names for spelled in (given, f"{given}_")):
        for namespace in NAMESPACES:
            if callable(function := getattr(namespace, name, None)):
                found[function] = None
        if hasattr(Tensor, name):
            found[name] = None
    return list(found)


def rows(kind: type[Layer], function: Function, *names: str) -> dict[Target, OperationRow]:
    """Returns a row for every spelling of `names`: the kind, and the one function that computes it."""
    return dict.fromkeys(spellings(*names), (kind, function))
