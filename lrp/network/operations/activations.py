"""Activations: functions of each value alone, 0 at 0, in which evidence keeps its sign."""

import copy
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx.node import Target

from lrp.network.layers import Activation, Curved, Layer, Rectifier, ReLU, Routing
from lrp.network.module_kinds import DROPOUTS
from lrp.network.operations import bounds
from lrp.network.operations.arithmetic import identity
from lrp.network.operations.spelling import Builder, ModuleRows, OperationRow, rows, spellings


def _relu(input: Tensor, inplace: bool = False) -> Tensor:
    return torch.relu(input)


def prelu(input: object, weight: object) -> Layer:
    """Builds PReLU with constant slopes."""
    if not isinstance(weight, Tensor):
        raise TypeError("the slopes of prelu must be constants, got some that depend on the input")
    return Activation(partial(torch.prelu, weight=weight.detach().clone()))


def rrelu(input: object, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False) -> Layer:
    """Builds RReLU, which in eval mode is LeakyReLU with the mean slope."""
    _require_eval_mode("rrelu", training)
    return Activation(partial(F.leaky_relu, negative_slope=(lower + upper) / 2))


def dropout(input: object, p: float = 0.5, training: bool = True, inplace: bool = False, train: bool | None = None) -> Layer:
    """Builds dropout as a call, which must be given the training mode, and does nothing in eval mode."""
    _require_eval_mode("dropout", training if train is None else train)
    return Activation(identity)


def stochastic_depth(input: object, p: float, mode: str = "", training: bool = True) -> Layer:
    """Builds torchvision's StochasticDepth, which does nothing in eval mode."""
    _require_eval_mode("stochastic depth", training)
    return Activation(identity)


def drop_block(
    input: object, p: float, block_size: int, inplace: bool = False, eps: float = 1e-6, training: bool = True
) -> Layer:
    """Builds torchvision's DropBlock, which does nothing in eval mode."""
    _require_eval_mode("drop block", training)
    return Activation(identity)


def _require_eval_mode(what: str, training: bool) -> None:
    if training:
        raise TypeError(f"{what} must do nothing in eval mode, got training=True (pass training=self.training)")


def _activation(module: nn.Module) -> Layer:
    return Activation(copy.copy(module).forward)


def _curved(module: nn.Module) -> Layer:
    return Curved(copy.copy(module).forward)


def _identity(module: nn.Module) -> Layer:
    return Activation(identity)


# Non-decreasing and 0 at 0 whatever their settings. Curved ones (ELU, Tanh) are passed like piecewise linear ones.
RISING = ("leaky_relu", "elu", "celu", "selu", "tanh", "softsign", "tanhshrink", "hardshrink", "softshrink")
RISING_MODULES = (
    nn.LeakyReLU, nn.ELU, nn.CELU, nn.SELU, nn.Tanh, nn.Softsign, nn.Tanhshrink, nn.Hardshrink, nn.Softshrink
)  # fmt: skip
# These fall a little below 0, but have the sign of their input everywhere.
CURVED = ("silu", "gelu", "hardswish", "mish")
CURVED_MODULES = (nn.SiLU, nn.GELU, nn.Hardswish, nn.Mish)
DROPOUT_CALLS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout", "feature_dropout")

MODULES: ModuleRows = {
    nn.ReLU: lambda module: ReLU(torch.relu),
    nn.ReLU6: lambda module: Rectifier(copy.copy(module).forward),
    nn.Hardtanh: lambda module: bounds.bounded(module.min_val, module.max_val),
    nn.Threshold: lambda module: bounds.threshold(None, module.threshold, module.value),
    nn.PReLU: lambda module: prelu(None, module.weight),
    nn.RReLU: lambda module: rrelu(None, module.lower, module.upper),
    **dict.fromkeys(RISING_MODULES, _activation),
    **dict.fromkeys(CURVED_MODULES, _curved),
    **dict.fromkeys(DROPOUTS, _identity),
    nn.Identity: _identity,
}

FUNCTIONS: dict[Target, OperationRow] = {
    **rows(ReLU, _relu, "relu"),
    **rows(Rectifier, F.relu6, "relu6"),
    **{target: row for name in RISING for target, row in rows(Activation, getattr(F, name), name).items()},
    **{target: row for name in CURVED for target, row in rows(Curved, getattr(F, name), name).items()},
    # What a model computes does not change where it stops its gradient, and that is what is explained.
    **rows(Activation, identity, "contiguous", "clone", "detach", "requires_grad_", "data", "cuda", "cpu", "alias"),
    # Casts may round, so they are done.
    **{"to": (Routing, Tensor.to), "type": (Routing, Tensor.type), "type_as": (Routing, Tensor.type_as)},
    **{name: (Routing, getattr(Tensor, name)) for name in ("float", "double", "half", "bfloat16")},
}

BUILDERS: dict[Target, Builder] = {
    **dict.fromkeys(spellings("clamp", "clip"), bounds.clamp),
    **dict.fromkeys(spellings("clamp_min"), bounds.clamp_min),
    **dict.fromkeys(spellings("clamp_max"), bounds.clamp_max),
    **dict.fromkeys(spellings("hardtanh"), bounds.hardtanh),
    **dict.fromkeys((*spellings("threshold"), F.threshold), bounds.threshold),
    **dict.fromkeys(spellings("prelu"), prelu),
    **dict.fromkeys(spellings("rrelu"), rrelu),
    **dict.fromkeys(spellings(*DROPOUT_CALLS), dropout),
    # By their import paths, so that torchvision is loaded only by who needs it.
    "torchvision.ops.stochastic_depth.stochastic_depth": stochastic_depth,
    "torchvision.ops.drop_block.drop_block2d": drop_block,
    "torchvision.ops.drop_block.drop_block3d": drop_block,
}

# The larger or the smaller of an activation and a constant.
WITH_CONSTANT: dict[Target, Builder] = {
    **dict.fromkeys(spellings("maximum", "fmax", "max"), bounds.maximum),
    **dict.fromkeys(spellings("minimum", "fmin", "min"), bounds.minimum),
}
