"""Sums, differences and products as layers: between activations, and of an activation and a constant."""

import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lrp.network.layers import Activation, Difference, Layer, Scale, Shift, Sum
from lrp.network.operations.spelling import Builder, Row, rows, spellings

Function = Callable[..., Any]


def _spelled(python: Function, in_place: Function, function: Function, *names: str) -> dict[Any, Function]:
    """Every way to write an operation, and what to call in its place."""
    return {python: python, in_place: python} | dict.fromkeys(spellings(*names), function)


ADD = _spelled(operator.add, operator.iadd, torch.add, "add")
SUBTRACT = _spelled(operator.sub, operator.isub, torch.sub, "sub", "subtract")
MULTIPLY = _spelled(operator.mul, operator.imul, torch.mul, "mul", "multiply")
DIVIDE = _spelled(operator.truediv, operator.itruediv, torch.div, "div", "divide", "true_divide")
POWER = (operator.pow, operator.ipow, *spellings("pow", "float_power"))


def same(input: Tensor, *settings: Any, **more: Any) -> Tensor:
    """`input` itself."""
    return input


def power(input: Any, exponent: Any) -> Layer:
    """A power, which only with the exponent 1 keeps evidence as it is."""
    if not isinstance(exponent, int | float) or exponent != 1:
        raise TypeError(f"a power must have the exponent 1, for any other bends evidence, got the exponent {exponent}")
    return Activation(same)


FUNCTIONS: dict[Any, Row] = {
    **{name: (Sum, function) for name, function in ADD.items()},
    **{name: (Difference, function) for name, function in SUBTRACT.items()},
    operator.neg: (Scale, torch.neg),
    **rows(Scale, torch.neg, "neg", "negative"),
    operator.pos: (Activation, same),
    **rows(Activation, same, "positive"),
}

# The same for arithmetic between an activation and a constant.
WITH_CONSTANT: dict[Any, Row] = {
    **{name: (Shift, function) for name, function in (ADD | SUBTRACT).items()},
    **{name: (Scale, function) for name, function in (MULTIPLY | DIVIDE).items()},
}

BUILDERS: dict[Any, Builder] = dict.fromkeys(POWER, power)
