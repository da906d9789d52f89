"""The kinds of layers without weights: what each computes, and how a signal is pulled back through it.

A signal has as many rows as the inputs, or K rows where they have one: several classes of one sample, whose forward pass
serves them all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

Shares = tuple[Tensor | None, ...]


@dataclass(frozen=True, eq=False)
class Layer:
    """One operation `function(*inputs)`, with everything but the tensors of the graph bound into `function`."""

    function: Callable[..., Any]
    keeps_sign: ClassVar[bool] = False  # where no input is below 0, no output is

    def run(self, *inputs: Any) -> tuple[Any, Any]:
        """The output, and whatever of the computation the way back can use again."""
        return self.function(*inputs), None

    def pull(self, signal: Tensor, inputs: tuple[Any, ...], kept: Any = None) -> Shares:
        """The signal times the transposed Jacobian at `inputs`: one tensor like each input, None for what is no tensor."""
        with torch.enable_grad():
            leaves = [a.detach().requires_grad_() if _varies(a) else a for a in inputs]
            output = self.function(*leaves)
        if not output.dim():
            raise ValueError("a sum or mean over all axes mixes the pictures of a batch: let the model name the axes")
        tensors = [a for a in leaves if _varies(a)]
        parts = [
            torch.autograd.grad(output, tensors, part, retain_graph=True, materialize_grads=True)
            for part in signal.split(len(output))
        ]
        pulled = iter(joined(part) for part in zip(*parts, strict=True))
        return tuple(next(pulled) if _varies(a) else None for a in leaves)

    def share(self, signal: Tensor, inputs: tuple[Any, ...], kept: Any = None) -> Shares:
        """Each input times what is pulled back to it, a * c. May write over the signal."""
        pulled = self.pull(signal, inputs, kept)
        return tuple(None if c is None else a * c for a, c in zip(inputs, pulled, strict=True))


class Activation(Layer):
    """A rising function of each value alone, 0 at 0, through which relevance passes unchanged: LeakyReLU, dropout."""

    keeps_sign = True


class Rectifier(Activation):
    """An activation that is never negative: ReLU, ReLU6."""


class ReLU(Rectifier):
    """max(z, 0), which the forward pass may write over z."""


class Scale(Activation):
    """Multiplication by a constant or a size; there is one activation, so every rule gives it all the relevance."""

    keeps_sign = False

    def run(self, *inputs: Any) -> tuple[Any, Any]:
        return of_the_same_shape(self.function(*inputs), inputs[0]), None


class Average(Layer):
    """A fixed weighted mean or sum of its input: average pooling, adaptive or not, mean, bilinear resizing."""

    keeps_sign = True


class Routing(Layer):
    """Moves values without mixing them: flatten, reshape, permute, indexing, padding, concatenation, max pooling."""

    keeps_sign = True


class RoutingWithConstants(Routing):
    """A routing among whose sources are constants, which may be below 0."""

    keeps_sign = False


class Size(Layer):
    """What depends on the shape of a tensor alone, such as `x.size(0)`: no signal goes back from it."""

    def pull(self, signal: Tensor, inputs: tuple[Any, ...], kept: Any = None) -> Shares:
        return (None,) * len(inputs)


class Sum(Layer):
    """A sum of branches, such as the residual `+`."""

    keeps_sign = True

    def share(self, signal: Tensor, inputs: tuple[Any, ...], kept: Any = None) -> Shares:
        if len(inputs) == 2 and inputs[0].shape == inputs[1].shape and inputs[0].shape[1:] == signal.shape[1:]:
            return inputs[0] * signal, signal.mul_(inputs[1])
        return super().share(signal, inputs)


class Difference(Sum):
    """One branch less another, which contributes with its sign turned."""

    keeps_sign = False

    def share(self, signal: Tensor, inputs: tuple[Any, ...], kept: Any = None) -> Shares:
        return Layer.share(self, signal, inputs)


class Shift(Sum):
    """Addition of a constant, which is to its input what a bias is to a convolution."""

    keeps_sign = False

    def run(self, *inputs: Any) -> tuple[Any, Any]:
        return of_the_same_shape(self.function(*inputs), inputs[0]), None


@dataclass(frozen=True, eq=False)
class MaxPool2d(Routing):
    """Max pooling that keeps the winners of the forward pass for the way back."""

    function: Callable[..., Any] = F.max_pool2d_with_indices
    settings: tuple[Any, ...] = ()

    def run(self, *inputs: Any) -> tuple[Any, Any]:
        return self.function(*inputs, *self.settings)

    def pull(self, signal: Tensor, inputs: tuple[Any, ...], kept: Any = None) -> Shares:
        back = torch.ops.aten.max_pool2d_with_indices_backward
        return (joined([back(part, inputs[0], *self.settings, kept) for part in signal.split(len(kept))]),)


def joined(parts: Sequence[Tensor]) -> Tensor:
    """Rows that were pulled back one after another, as one tensor."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


def _varies(value: Any) -> bool:
    """Whether a signal may go back to it: not to sizes, nor to tensors of them."""
    return isinstance(value, Tensor) and value.is_floating_point()


def of_the_same_shape(output: Tensor, x: Tensor) -> Tensor:
    """`output`. Raises ValueError unless it has the shape of `x`: relevance that passes unchanged must fit."""
    if output.shape != x.shape:
        raise ValueError(f"a constant must not stretch what it meets, got {tuple(x.shape)} and then {tuple(output.shape)}")
    return output


@dataclass(frozen=True, eq=False)
class LocalResponseNorm(Layer):
    """y_k = x_k / (K + b sum_i x_i^2)^c with i over the `size` channels around k, and b = alpha / size, c = beta, K = k."""

    keeps_sign: ClassVar[bool] = True
    size: int
    alpha: float
    beta: float
    k: float

