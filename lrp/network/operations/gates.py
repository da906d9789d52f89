"""Gates, and statistics of activations: factors that only scale other activations, and are refused elsewhere."""

import copy
import operator

import torch
import torch.nn.functional as F
from torch import nn
from torch.fx.node import Target

from lrp.network.gated import Gate
from lrp.network.layers import Function, Layer
from lrp.network.operations.arithmetic import POWER
from lrp.network.operations.spelling import ModuleRows, OperationRow, rows, spellings


def _gate(module: nn.Module) -> Layer:
    return Gate(copy.copy(module).forward)


MODULES: ModuleRows = dict.fromkeys((nn.Sigmoid, nn.Hardsigmoid), _gate)

FUNCTIONS: dict[Target, OperationRow] = {
    **rows(Gate, torch.sigmoid, "sigmoid", "expit"),
    **rows(Gate, F.hardsigmoid, "hardsigmoid"),
}

# What rises from 0 to a bound, such as the hard sigmoid written as relu6(x + 3) / 6: a gate where its input was shifted.
BOUNDED_MODULES = (nn.ReLU6, nn.Hardtanh)
BOUNDED = frozenset(spellings("relu6", "hardtanh", "clamp", "clip"))


def _spelled(function: Function, *names: str) -> dict[Target, Function]:
    return dict.fromkeys(spellings(*names), function)


# How large activations are together.
SIZES_OF_ACTIVATIONS: dict[Target, Function] = {
    **_spelled(torch.norm, "norm"),
    torch.linalg.norm: torch.linalg.norm,
    torch.linalg.vector_norm: torch.linalg.vector_norm,
    **_spelled(torch.var, "var"),
    **_spelled(torch.std, "std"),
}
# Of these, the mean is such a size.
SQUARES: dict[Target, Function] = {
    **_spelled(torch.square, "square"),
    **dict.fromkeys(POWER, torch.pow),
    **{operator.pow: operator.pow, operator.ipow: operator.pow},
}
MEANS = frozenset(spellings("mean", "sum", "adaptive_avg_pool2d"))
# What may be made of such sizes, but of no other activation.
MADE_OF_SIZES: dict[Target, Function] = {
    **_spelled(torch.sqrt, "sqrt"),
    **_spelled(torch.rsqrt, "rsqrt"),
    **_spelled(torch.reciprocal, "reciprocal"),
}
