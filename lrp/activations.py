"""Activations: functions of each value alone that rise and are 0 at 0, so that evidence keeps its sign in them."""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from lrp.arithmetic import same
from lrp.layers import Activation, Layer, Rectifier, ReLU, Routing, of_the_same_shape
from lrp.spelling import Builder, Row, rows, spellings
from lrp.torchvision_import import torchvision

ZEROS = frozenset(spellings("zeros_like"))
Bound = float | Tensor | None
Build = Callable[[Any], Layer]


def _relu(input: Tensor, inplace: bool = False) -> Tensor:
    return torch.relu(input)


def bounded(low: Bound, high: Bound) -> Layer:
    """max(low, min(x, high)), for constants low <= 0 <= high. Raises TypeError for others, which it names."""
    for bound in (low, high):
        if not isinstance(bound, int | float | Tensor | None):
            raise TypeError("the bounds of an activation must be constants, got one that depends on the input")
    if _any(low, torch.gt) or _any(high, torch.lt):
        raise TypeError(
            f"an activation must be 0 at 0, or evidence changes its sign in it, so its bounds must enclose 0, "
            f"got {_told(low)} and {_told(high)}"
        )
    rectifies = low is not None and not _any(low, torch.lt)
    if rectifies and high is None and not torch.as_tensor(low).dim():
        return ReLU(torch.relu)
    # torch.clamp takes two numbers or two tensors.
    ends = [None if bound is None else torch.as_tensor(bound) for bound in (low, high)]
    return (Rectifier if rectifies else Activation)(lambda x: of_the_same_shape(torch.clamp(x, *ends).to(x.dtype), x))


def _any(bound: Bound, compare: Callable[[Tensor, float], Tensor]) -> bool:
    return bound is not None and bool(compare(torch.as_tensor(bound), 0).any())


def _told(bound: Bound) -> str:
    return f"a tensor of {tuple(bound.shape)}" if isinstance(bound, Tensor) and bound.dim() else str(bound)


def clamp(input: Any, min: Bound = None, max: Bound = None) -> Layer:
    """Clamping; the arguments are those of torch.clamp."""
    return bounded(min, max)


def clamp_min(input: Any, min: Bound) -> Layer:
    """Clamping from below."""
    return bounded(min, None)


def clamp_max(input: Any, max: Bound) -> Layer:
    """Clamping from above."""
    return bounded(None, max)


def maximum(input: Any, other: Any = None) -> Layer:
    """The larger of an activation and a constant, in either order."""
    return bounded(_constant("largest", input, other), None)


def minimum(input: Any, other: Any = None) -> Layer:
    """The smaller of an activation and a constant, in either order."""
    return bounded(None, _constant("smallest", input, other))


def _constant(which: str, input: Any, other: Any) -> Any:
    """That of the two which is no activation."""
    if other is None:
        raise TypeError(f"the {which} of all values mixes pictures: let the model name an axis")
    if any(isinstance(given, fx.Node) and given.target in ZEROS for given in (input, other)):
        return 0.0
    return other if isinstance(other, Tensor) else input


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Layer:
    """Hardtanh; the arguments are those of torch.nn.functional.hardtanh."""
    return bounded(min_val, max_val)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Layer:
    """x above the threshold, `value` elsewhere, where that rises and is 0 at 0."""
    if value > threshold or (threshold >= 0 and value != 0):
        raise TypeError(
            f"a threshold must rise and be 0 at 0, or evidence changes its sign in it, got threshold={threshold}, value={value}"
        )
    if threshold == 0:
        return ReLU(torch.relu)
    kind = Rectifier if threshold > 0 else Activation
    return kind(partial(F.threshold, threshold=threshold, value=value))


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
    nn.Hardtanh: lambda module: bounded(module.min_val, module.max_val),
    nn.Threshold: lambda module: threshold(None, module.threshold, module.value),
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
    **dict.fromkeys(spellings("clamp", "clip"), clamp),
    **dict.fromkeys(spellings("clamp_min"), clamp_min),
    **dict.fromkeys(spellings("clamp_max"), clamp_max),
    **dict.fromkeys(spellings("hardtanh"), hardtanh),
    **dict.fromkeys((*spellings("threshold"), F.threshold), threshold),
    **dict.fromkeys(spellings("prelu"), prelu),
    **dict.fromkeys(spellings("rrelu"), rrelu),
    **dict.fromkeys(spellings(*DROPOUTS), dropout),
    torchvision.ops.stochastic_depth: stochastic_depth,
    torchvision.ops.drop_block2d: drop_block,
    torchvision.ops.drop_block3d: drop_block,
}

# The larger or the smaller of an activation and a constant.
WITH_CONSTANT: dict[Any, Builder] = {
    **dict.fromkeys(spellings("maximum", "fmax", "max"), maximum),
    **dict.fromkeys(spellings("minimum", "fmin", "min"), minimum),
}
