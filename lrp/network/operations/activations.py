"""Activations: functions of each value alone that rise and are 0 at 0, so that evidence keeps its sign in them."""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lrp.network.layers import Activation, Layer, Rectifier, ReLU, Routing
from lrp.network.operations import bounds
from lrp.network.operations.arithmetic import same
from lrp.network.operations.spelling import Builder, Row, rows, spellings

Build = Callable[[Any], Layer]


def _relu(input: Tensor, inplace: bool = False) -> Tensor:
    return torch.relu(input)


def prelu(input: Any, weight: Tensor) -> Layer:
    """PReLU with constant slopes."""
    if not isinstance(weight, Tensor):
        raise TypeError("the slopes of prelu must be constants, got some that depend on the input")
    return Activation(partial(torch.prelu, weight=weight.detach().clone()))


def rrelu(input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False) -> Layer:
    """RReLU, which in eval mode is LeakyReLU with the mean slope."""
    _without_chance("rrelu", training)
    return Activation(partial(F.leaky_relu, negative_slope=(lower + upper) / 2))


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, train: bool | None = None) -> Layer:
    """Dropout as a call, which does nothing once the model is in eval mode, if it asks for the mode."""
    _without_chance("dropout", training if train is None else train)
    return Activation(same)


def stochastic_depth(input: Any, p: float, mode: str = "", training: bool = True) -> Layer:
    """torchvision's StochasticDepth, which does nothing in eval mode."""
    _without_chance("stochastic depth", training)
    return Activation(same)


def drop_block(input: Any, p: float, block_size: int, inplace: bool = False, eps: float = 1e-6, training: bool = True) -> Layer:
    """torchvision's DropBlock, which does nothing in eval mode."""
    _without_chance("drop block", training)
    return Activation(same)


def _without_chance(what: str, training: bool) -> None:
    if training:
        raise TypeError(f"{what} must do nothing in eval mode, got training=True (pass training=self.training)")


def _rises(module: Any) -> Layer:
    return Activation(copy.copy(module).forward)


def _passes(module: Any) -> Layer:
    return Activation(same)


# Rising and 0 at 0 whatever their settings. Those that bend (ELU, Tanh) are passed like those that are linear in pieces.
RISING = ("leaky_relu", "elu", "celu", "selu", "tanh", "softsign", "tanhshrink", "hardshrink", "softshrink")
RISING_MODULES = (
    nn.LeakyReLU, nn.ELU, nn.CELU, nn.SELU, nn.Tanh, nn.Softsign, nn.Tanhshrink, nn.Hardshrink, nn.Softshrink
)  # fmt: skip
DROPOUTS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout", "feature_dropout")

MODULES: dict[type[nn.Module], Build] = {
    nn.ReLU: lambda module: ReLU(torch.relu),
    nn.ReLU6: lambda module: Rectifier(copy.copy(module).forward),
    nn.Hardtanh: lambda module: bounds.bounded(module.min_val, module.max_val),
    nn.Threshold: lambda module: bounds.threshold(None, module.threshold, module.value),
    nn.PReLU: lambda module: prelu(None, module.weight),
    nn.RReLU: lambda module: rrelu(None, module.lower, module.upper),
    **dict.fromkeys(RISING_MODULES, _rises),
    **dict.fromkeys((nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout), _passes),
    nn.Identity: _passes,
}

FUNCTIONS: dict[Any, Row] = {
    **rows(ReLU, _relu, "relu"),
    **rows(Rectifier, F.relu6, "relu6"),
    **{target: row for name in RISING for target, row in rows(Activation, getattr(F, name), name).items()},
    # What a model computes does not change where it stops its gradient, and that is what is explained.
    **rows(Activation, same, "contiguous", "clone", "detach", "requires_grad_", "data", "cuda", "cpu", "alias"),
    # Casts may round, so they are done.
    **{"to": (Routing, Tensor.to), "type": (Routing, Tensor.type), "type_as": (Routing, Tensor.type_as)},
    **{name: (Routing, getattr(Tensor, name)) for name in ("float", "double", "half", "bfloat16")},
}

BUILDERS: dict[Any, Builder] = {
    **dict.fromkeys(spellings("clamp", "clip"), bounds.clamp),
    **dict.fromkeys(spellings("clamp_min"), bounds.clamp_min),
    **dict.fromkeys(spellings("clamp_max"), bounds.clamp_max),
    **dict.fromkeys(spellings("hardtanh"), bounds.hardtanh),
    **dict.fromkeys((*spellings("threshold"), F.threshold), bounds.threshold),
    **dict.fromkeys(spellings("prelu"), prelu),
    **dict.fromkeys(spellings("rrelu"), rrelu),
    **dict.fromkeys(spellings(*DROPOUTS), dropout),
    # By their import paths, so that torchvision is loaded only by who needs it.
    "torchvision.ops.stochastic_depth.stochastic_depth": stochastic_depth,
    "torchvision.ops.drop_block.drop_block2d": drop_block,
    "torchvision.ops.drop_block.drop_block3d": drop_block,
}

# The larger or the smaller of an activation and a constant.
WITH_CONSTANT: dict[Any, Builder] = {
    **dict.fromkeys(spellings("maximum", "fmax", "max"), bounds.maximum),
    **dict.fromkeys(spellings("minimum", "fmin", "min"), bounds.minimum),
}
