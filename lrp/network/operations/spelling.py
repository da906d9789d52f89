"""The ways in which torch writes one operation: as a function, as a tensor's method, and in place."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from lrp.network.layers import Layer

Row = tuple[type[Layer], Callable[..., Any]]  # the kind of layer, and what to call (never in place)
Builder = Callable[..., Layer | Row]  # takes the arguments of a call; raises TypeError for settings that no rule fits

PLACES: tuple[Any, ...] = (torch, F, torch._C._nn, torch.special)


def spellings(*names: str) -> list[Any]:
    """The functions and method names that torch has under `names`, those that end in "_" and write in place included."""
    found: dict[Any, None] = {}
    for name in (spelled for given in names for spelled in (given, f"{given}_")):
        for place in PLACES:
            if callable(function := getattr(place, name, None)):
                found[function] = None
        if hasattr(Tensor, name):
            found[name] = None
    return list(found)


def rows(kind: type[Layer], function: Callable[..., Any], *names: str) -> dict[Any, Row]:
    """A row for every spelling of `names`: the kind, and the one function that computes it."""
    return dict.fromkeys(spellings(*names), (kind, function))
