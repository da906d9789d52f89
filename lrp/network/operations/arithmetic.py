"""Sums, differences and products as layers: between activations, and of an activation and a constant."""

import operator

import torch
from torch import Tensor
from torch.fx.node import Target

from lrp.network.layers import Activation, Difference, Function, Layer, Scale, Shift, Sum
from lrp.network.operations.spelling import Builder, OperationRow, rows, spellings


def _spelled(python: Function, in_place: Function, function: Function, *names: str) -> dict[Target, Function]:
    """Returns every way to write an operation, and what to call in its place."""
    return {python: python, in_place: python} | dict.fromkeys(spellings(*names), function)


ADD = _spelled(operator.add, operator.iadd, torch.add, "add")
SUBTRACT = _spelled(operator.sub, operator.isub, torch.sub, "sub", "subtract")
MULTIPLY = _spelled(operator.mul, operator.imul, torch.mul, "mul", "multiply")
DIVIDE = _spelled(operator.truediv, operator.itruediv, torch.div, "div", "divide", "true_divide")
POWER = (operator.pow, operator.ipow, *spellings("pow", "float_power"))


def identity(input: Tensor, *settings: object, **more: object) -> Tensor:
    """Returns `input` itself."""
    return input


def power(input: object, exponent: object) -> Layer:
    """Builds a power, whose exponent must be 1, for any other changes how evidence is shared."""
    if not isinstance(exponent, int | float) or exponent != 1:
        raise TypeError(f"a power must have the exponent 1, for any other bends evidence, got the exponent {exponent}")
    return Activation(identity)


FUNCTIONS: dict[Target, OperationRow] = {
    **{name: (Sum, function) for name, function in ADD.items()},
    **{name: (Difference, function) for name, function in SUBTRACT.items()},
    operator.neg: (Scale, torch.neg),
    **rows(Scale, torch.neg, "neg", "negative"),
    operator.pos: (Activation, identity),
    **rows(Activation, identity, "positive"),
}

# The same for arithmetic between an activation and a constant.
WITH_CONSTANT: dict[Target, OperationRow] = {
    **{name: (Shift, function) for name, function in (ADD | SUBTRACT).items()},
    **{name: (Scale, function) for name, function in (MULTIPLY | DIVIDE).items()},
}

BUILDERS: dict[Target, Builder] = dict.fromkeys(POWER, power)
