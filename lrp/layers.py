"""The operations a network is made of: what each computes, and how a signal is pulled back through it.

A rule never asks which operation it meets, only for these two things. To support another operation, add a row to one
of the tables in lrp/operations.py; a class is needed here only for a new kind of operation. A signal has as many rows as
the inputs, or K rows where they have one: several classes of one sample, whose forward pass serves them all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Shares = tuple[Tensor | None, ...]


@dataclass(frozen=True, eq=False)
class Layer:
    """One operation `function(*inputs)`, with everything but the tensors of the graph bound into `function`."""

    function: Callable[..., Any]

    def run(self, *inputs: Any) -> tuple[Any, Any]:
        """The output, and whatever of the computation the way back can use again."""
        return self.function(*inputs), None

    def pull(self, signal: Tensor, inputs: tuple[Any, ...], kept: Any = None) -> Shares:
        """The signal times the transposed Jacobian at `inputs`: one tensor like each input, None for what is no tensor."""
        with torch.enable_grad():
            leaves = [a.detach().requires_grad_() if isinstance(a, Tensor) else a for a in inputs]
            output = self.function(*leaves)
        tensors = [a for a in leaves if isinstance(a, Tensor)]
        parts = [torch.autograd.grad(output, tensors, part, retain_graph=True) for part in signal.split(len(output))]
        pulled = iter(joined(part) for part in zip(*parts, strict=True))
        return tuple(next(pulled) if isinstance(a, Tensor) else None for a in leaves)

    def share(self, signal: Tensor, inputs: tuple[Any, ...], kept: Any = None) -> Shares:
        """Each input times what is pulled back to it, a * c. May write over the signal."""
        pulled = self.pull(signal, inputs, kept)
        return tuple(None if c is None else a * c for a, c in zip(inputs, pulled, strict=True))


class Activation(Layer):
    """A function of each value alone, through which relevance passes unchanged: LeakyReLU, dropout, identity."""


class Rectifier(Activation):
    """An activation that is never negative: ReLU, ReLU6."""


class ReLU(Rectifier):
    """max(z, 0), which the forward pass may write over z."""


class Average(Layer):
    """A fixed weighted mean of its input: average and adaptive average pooling."""


class Routing(Layer):
    """Moves values without mixing them: flatten, reshape, permute, concatenation, max pooling."""


class Size(Layer):
    """A number read off a tensor, such as `x.size(0)`: it carries no relevance."""


class Sum(Layer):
    """A sum of branches, such as the residual `+`."""

    def share(self, signal: Tensor, inputs: tuple[Any, ...], kept: Any = None) -> Shares:
        if len(inputs) == 2 and inputs[0].shape == inputs[1].shape and inputs[0].shape[1:] == signal.shape[1:]:
            return inputs[0] * signal, signal.mul_(inputs[1])
        return super().share(signal, inputs)


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


@dataclass(frozen=True, eq=False)
class Weighted(Layer):
    """A linear operation with learned weights, which rules may rewrite: z = W a + b."""

    weight: Tensor
    bias: Tensor | None

    def run(self, *inputs: Any) -> tuple[Any, Any]:
        return self.apply(inputs[0], self.weight, self.bias), None

    def pull(self, signal: Tensor, inputs: tuple[Any, ...], kept: Any = None) -> Shares:
        return (self.pull_weight(signal, inputs[0], self.weight),)

    def share(self, signal: Tensor, inputs: tuple[Any, ...], kept: Any = None) -> Shares:
        return (self.pull_weight(signal, inputs[0], self.weight).mul_(inputs[0]),)

    def apply(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The operation with other weights: W x + b."""
        return self.function(x, weight, bias)

    def pull_weight(self, signal: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        """Other weights transposed, times the signal: rows like those of `x`, whose values are not used."""
        raise NotImplementedError

    def flat(self, relevance: Tensor, inputs: Tensor, divide: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        """Relevance spread evenly over the inputs that each output sees; `divide` takes relevance and input counts."""
        raise NotImplementedError

    @property
    def narrow(self) -> bool:
        """Whether the inputs have so few channels that twice as many would cost the same."""
        return False

    # Rewritten weights are made at most once; two threads that race here write the same values.
    @cached_property
    def positive(self) -> Tensor:
        """W+, the positive part of the weights."""
        return self.weight.clamp(min=0)

    @cached_property
    def negative(self) -> Tensor:
        """W-, the negative part of the weights."""
        return self.weight.clamp(max=0)

    @cached_property
    def squared(self) -> Tensor:
        """W squared, element by element."""
        return self.weight.square()

    @cached_property
    def positive_bias(self) -> Tensor | None:
        """The positive part of the bias."""
        return None if self.bias is None else self.bias.clamp(min=0)

    @cached_property
    def negative_bias(self) -> Tensor | None:
        """The negative part of the bias."""
        return None if self.bias is None else self.bias.clamp(max=0)


@dataclass(frozen=True, eq=False)
class Linear(Weighted):
    """A fully connected layer; weight of shape (outputs, inputs)."""

    def pull_weight(self, signal: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        return signal @ weight

    def flat(self, relevance: Tensor, inputs: Tensor, divide: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        count = relevance.new_full((1,), inputs.shape[-1])
        return divide(relevance.sum(-1, keepdim=True), count).expand(*relevance.shape[:-1], inputs.shape[-1])


@dataclass(frozen=True, eq=False)
class Convolution(Weighted):
    """A convolution over 1, 2 or 3 dimensions, transposed or not; `settings` as torch.convolution takes them."""

    settings: tuple[Any, ...]  # stride, padding, dilation, transposed, output_padding, groups

    @property
    def narrow(self) -> bool:
        _, _, _, transposed, _, groups = self.settings
        return not transposed and groups == 1 and self.weight.shape[1] <= 4

    def apply(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return torch.convolution(x, weight, bias, *self.settings)

    def pull_weight(self, signal: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        if len(x) != len(signal):
            # Only the shape counts; memory that nobody writes to costs less than a view that would be copied.
            order = torch.channels_last if x.dim() == 4 else torch.contiguous_format
            x = torch.empty((len(signal), *x.shape[1:]), dtype=x.dtype, device=x.device, memory_format=order)
        return torch.ops.aten.convolution_backward(signal, x, weight, None, *self.settings, [True, False, False])[0]

    def flat(self, relevance: Tensor, inputs: Tensor, divide: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        # All channels of a group share one answer, so one channel a group is convolved instead of all of them.
        groups = self.settings[-1]
        channels = inputs.shape[1] // groups
        ones = self.weight.new_ones(groups, 1, *self.weight.shape[2:])
        one_channel = inputs.new_ones(1, groups, *inputs.shape[2:])
        count = self.apply(one_channel, ones, None).mul_(channels)
        pooled = relevance.unflatten(1, (groups, -1)).sum(2)
        return self.pull_weight(divide(pooled, count), one_channel, ones).repeat_interleave(channels, 1)


def joined(parts: Sequence[Tensor]) -> Tensor:
    """Rows that were pulled back one after another, as one tensor."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))
