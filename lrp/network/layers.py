"""The kinds of layers without weights: what each computes, and how a signal is pulled back through it.

A signal has as many rows as the inputs, or K rows where the inputs have one: K classes of one sample share its forward pass.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

Function = Callable[..., Any]  # an operation of torch
NodeValue = Any  # what a node computes: a tensor, or a number, shape or type where a Size layer asks a tensor for one
Kept = Tensor | None  # what of a forward computation the way back can use again
Shares = tuple[Tensor | None, ...]  # for each input of a layer a tensor like it, None for an input that is no tensor


@dataclass(frozen=True, eq=False)
class Layer:
    """One operation `function(*inputs)`, with everything but the tensors of the graph bound into `function`."""

    function: Function
    preserves_sign: ClassVar[bool] = False  # where no input is below 0, no output is
    never_negative: ClassVar[bool] = False  # no output is below 0, whatever the inputs are

    def run(self, *inputs: NodeValue) -> tuple[NodeValue, Kept]:
        """Returns the output, and what of the computation `pull` and `share` can use again."""
        return self.function(*inputs), None

    def pull(self, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept = None) -> Shares:
        """Returns the signal times the transposed Jacobian at `inputs`."""
        with torch.enable_grad():
            leaves = [a.detach().requires_grad_() if _is_differentiable(a) else a for a in inputs]
            output = self.function(*leaves)
            if not output.dim():
                raise ValueError("a sum or mean over all axes mixes the pictures of a batch: let the model name the axes")
            ends = [_WithGradient.apply(output, part) for part in torch.split(signal, len(output))]  # type: ignore[no-untyped-call]
        tensors = [a for a in leaves if _is_differentiable(a)]
        parts = [torch.autograd.grad(end, tensors, retain_graph=True, materialize_grads=True) for end in ends]
        pulled = iter(concatenate_rows(part) for part in zip(*parts, strict=True))
        return tuple(next(pulled) if _is_differentiable(a) else None for a in leaves)

    def share(self, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept = None) -> Shares:
        """Returns each input times the signal pulled back to it, a * c. May write over the signal."""
        pulled = self.pull(signal, inputs, kept)
        return tuple(None if c is None else a * c for a, c in zip(inputs, pulled, strict=True))


class Activation(Layer):
    """A non-decreasing function of each value alone, 0 at 0, that relevance passes unchanged: LeakyReLU, dropout."""

    preserves_sign = True


class Curved(Layer):
    """A function of each value alone that keeps its sign but does not rise everywhere: SiLU, GELU, Hardswish, Mish."""

    preserves_sign = True


class Rectifier(Activation):
    """An activation that is never negative: ReLU, ReLU6."""

    never_negative = True


class ReLU(Rectifier):
    """max(z, 0), which the forward pass may write over z."""


class Scale(Activation):
    """Multiplication by a constant or a size; its one activation gets all the relevance under every rule."""

    preserves_sign = False

    def run(self, *inputs: NodeValue) -> tuple[NodeValue, Kept]:
        return require_same_shape(self.function(*inputs), inputs[0]), None


class Average(Layer):
    """A fixed weighted mean or sum of its input: average pooling, adaptive or not, mean, bilinear resizing."""

    preserves_sign = True


class Routing(Layer):
    """Moves values without mixing them: flatten, reshape, permute, indexing, padding, concatenation, max pooling."""

    preserves_sign = True


class RoutingWithConstants(Routing):
    """A routing some of whose sources are constants, which may be below 0."""

    preserves_sign = False


class Size(Layer):
    """A value that depends on the shape of a tensor alone, such as `x.size(0)`; no signal is pulled back through it."""

    def pull(self, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept = None) -> Shares:
        return (None,) * len(inputs)


class Sum(Layer):
    """A sum of branches, such as the residual `+`."""

    preserves_sign = True

    def share(self, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept = None) -> Shares:
        if len(inputs) == 2 and inputs[0].shape == inputs[1].shape and inputs[0].shape[1:] == signal.shape[1:]:
            return inputs[0] * signal, signal.mul_(inputs[1])
        return super().share(signal, inputs)


class Difference(Sum):
    """One branch minus another, which contributes with the opposite sign."""

    preserves_sign = False

    def share(self, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept = None) -> Shares:
        return Layer.share(self, signal, inputs)


class Shift(Sum):
    """Addition of a constant, which takes relevance as the bias of a convolution does."""

    preserves_sign = False

    def run(self, *inputs: NodeValue) -> tuple[NodeValue, Kept]:
        return require_same_shape(self.function(*inputs), inputs[0]), None

    def share(self, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept = None) -> Shares:
        (pulled, *_) = self.pull(signal, inputs, kept)
        # All other inputs are constants that depend on sizes, such as a mask.
        return None if pulled is None else pulled * inputs[0], *[None] * (len(inputs) - 1)


@dataclass(frozen=True, eq=False)
class MaxPool2d(Routing):
    """Max pooling that keeps the indices of the largest values for the way back."""

    function: Function = F.max_pool2d_with_indices
    settings: tuple[list[int] | bool, ...] = ()  # kernel size, stride, padding, dilation, ceil mode

    def run(self, *inputs: NodeValue) -> tuple[NodeValue, Kept]:
        output, indices = self.function(*inputs, *self.settings)
        return output, indices

    def pull(self, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept = None) -> Shares:
        if kept is None:
            raise ValueError("max pooling is pulled back by the indices that its forward pass kept, got None")
        back = torch.ops.aten.max_pool2d_with_indices_backward
        return (concatenate_rows([back(part, inputs[0], *self.settings, kept) for part in torch.split(signal, len(kept))]),)


class _WithGradient(torch.autograd.Function):
    """A number whose gradient with respect to `output` is `signal`.

    For `grad_outputs`, which is the usual way, `torch.autograd.grad` imports SymPy, which takes half a second.
    """

    @staticmethod
    def forward(ctx: Any, output: Tensor, signal: Tensor) -> Tensor:
        if output.shape != signal.shape:
            raise ValueError(f"a signal must have the shape of the output, {tuple(output.shape)}, got {tuple(signal.shape)}")
        ctx.signal = signal
        return output.new_zeros(())

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> tuple[Tensor, None]:
        return ctx.signal, None


def concatenate_rows(parts: Sequence[Tensor]) -> Tensor:
    """Joins parts of a batch along its first axis; one part alone is not copied."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


def sum_to_shape(part: Tensor, value: Tensor) -> Tensor:
    """Returns the shares of a value that was repeated along some axes, added up, for each of the K rows of `part`."""
    if part.shape[1:] == value.shape[1:]:
        return part
    rows = len(part) if part.dim() == value.dim() else len(value)
    return part.sum_to_size(rows, *value.shape[1:])


def _is_differentiable(value: object) -> bool:
    """Whether a signal can be pulled back to a value: sizes and tensors of whole numbers take none."""
    return isinstance(value, Tensor) and value.is_floating_point()


def require_same_shape(output: Tensor, x: Tensor) -> Tensor:
    """Returns `output`; raises ValueError unless it has the shape of `x`, or relevance could not pass unchanged."""
    if output.shape != x.shape:
        raise ValueError(f"a constant must not stretch what it meets, got {tuple(x.shape)} and then {tuple(output.shape)}")
    return output


@dataclass(frozen=True, eq=False)
class LocalResponseNorm(Layer):
    """Local response normalization over channels: y_k = x_k / (K + b sum_i x_i^2)^c.

    i runs over the `size` channels around k, and b = alpha / size, c = beta, K = k.
    """

    preserves_sign: ClassVar[bool] = True
    size: int
    alpha: float
    beta: float
    k: float
