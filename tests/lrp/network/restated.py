"""What LRP-0 does to gates, curves, normalizations and attention, said as a change of the gradient, for autograd to work out."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

CURVED = ("silu", "gelu", "hardswish", "mish", "tanh")
CONSTANT = ("sigmoid", "special_expit", "hardsigmoid", "norm", "linalg_vector_norm", "var", "std")


class Restated(TorchFunctionMode):
    """Computes the same, but with another gradient.

    A curved activation has the slope of the line from 0 to its output; gates, norms and deviations are constants, and a product
    of two matrices of activations hands half of its gradient to each. With `constant_attention` the softmax is one too, and the
    values get all.
    """

    def __init__(self, constant_attention: bool = False) -> None:
        super().__init__()
        self.constant_attention = constant_attention

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name, kwargs = func.__name__.rstrip("_"), kwargs or {}
        if name in CURVED:
            x, y = args[0], func(args[0].clone(), *args[1:], **kwargs)
            return x * torch.where(x == 0, 0, y / x).detach()
        if name in CONSTANT:
            return func(args[0].clone(), *args[1:], **kwargs).detach()
        if name in ("matmul", "bmm", "__matmul__"):
            return self._product(*args)
        if name == "softmax":
            return self._softmax(*args, **kwargs)
        if name == "normalize":
            return args[0] / args[0].norm(dim=kwargs["dim"], keepdim=True).clamp(min=1e-12).detach()
        if name == "scaled_dot_product_attention":
            return self._attention(*args)
        if name == "multi_head_attention_forward":
            return self._heads(*args)
        if name == "layer_norm":
            return self._layer_norm(*args, **kwargs)
        return func(*args, **kwargs)

    def _softmax(self, x: Tensor, dim: int, **more: Any) -> Tensor:
        s = torch.softmax(x, dim)
        return s.detach() if self.constant_attention else s

    @staticmethod
    def _product(a: Tensor, b: Tensor) -> Tensor:
        product = a @ b
        return (product + product.detach()) / 2 if a.requires_grad and b.requires_grad else product

    def _attention(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        scores = self._product(q, k.transpose(-2, -1)) / q.shape[-1] ** 0.5
        return self._product(self._softmax(scores, -1), v)

    def _heads(self, query: Tensor, key: Tensor, value: Tensor, size: int, heads: int, *more: Any) -> tuple[Tensor, None]:
        """Multi-head attention of torch, of (tokens, N, size); `more` are its weights and settings in their order."""
        weight, bias, *_, out_weight, out_bias = more[:8]
        parts = nn.functional.linear(query, weight, bias).chunk(3, -1)
        q, k, v = (part.unflatten(-1, (heads, size // heads)).permute(1, 2, 0, 3) for part in parts)
        mixed = self._attention(q, k, v).permute(2, 0, 1, 3).flatten(2)
        return nn.functional.linear(mixed, out_weight, out_bias), None

    @staticmethod
    def _layer_norm(
        x: Tensor, shape: Sequence[int], weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5, *more: bool
    ) -> Tensor:
        axes = tuple(range(-len(shape), 0))
        centred = x - x.mean(axes, keepdim=True)
        y = centred / (centred.square().mean(axes, keepdim=True) + eps).sqrt().detach()
        y = y if weight is None else y * weight
        return y if bias is None else y + bias


def input_times_gradient(
    model: nn.Module, x: Tensor, target: Tensor, restated: bool = True, constant_attention: bool = False
) -> Tensor:
    """Returns x times the gradient of the target's logit, of the model as `Restated` differentiates it."""
    leaf = x.clone().requires_grad_()
    if restated:
        with Restated(constant_attention):
            logits = model(leaf)
    else:
        logits = model(leaf)
    (gradient,) = torch.autograd.grad(logits.gather(1, target[:, None]).sum(), leaf)
    return x * gradient
