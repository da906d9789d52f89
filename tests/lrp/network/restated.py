"""What LRP-0 does to gates, curved activations and normalizations, said as a change of the gradient, for autograd to work out."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

CURVED = ("silu", "gelu", "hardswish", "mish")
CONSTANT = ("sigmoid", "special_expit", "hardsigmoid", "norm", "linalg_vector_norm", "var", "std")


class Restated(TorchFunctionMode):
    """Computes the same, but with another gradient.

    A curved activation has the slope of the line from 0 to its output; gates, norms and deviations are constants.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name, kwargs = func.__name__.rstrip("_"), kwargs or {}
        if name in CURVED:
            x, y = args[0], func(args[0].clone(), *args[1:], **kwargs)
            return x * torch.where(x == 0, 0, y / x).detach()
        if name in CONSTANT:
            return func(args[0].clone(), *args[1:], **kwargs).detach()
        if name == "layer_norm":
            return self._layer_norm(*args, **kwargs)
        return func(*args, **kwargs)

    @staticmethod
    def _layer_norm(
        x: Tensor, shape: Sequence[int], weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5, *more: bool
    ) -> Tensor:
        axes = tuple(range(-len(shape), 0))
        centred = x - x.mean(axes, keepdim=True)
        y = centred / (centred.square().mean(axes, keepdim=True) + eps).sqrt().detach()
        y = y if weight is None else y * weight
        return y if bias is None else y + bias


def input_times_gradient(model: nn.Module, x: Tensor, target: Tensor, restated: bool = True) -> Tensor:
    """Returns x times the gradient of the target's logit, of the model as `Restated` differentiates it."""
    leaf = x.clone().requires_grad_()
    if restated:
        with Restated():
            logits = model(leaf)
    else:
        logits = model(leaf)
    (gradient,) = torch.autograd.grad(logits.gather(1, target[:, None]).sum(), leaf)
    return x * gradient
