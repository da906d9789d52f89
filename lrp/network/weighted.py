"""The kinds of layers with weights: what each computes, and how a signal is pulled back through it.

A rule never asks which of them it meets, only for these two things. To support another operation, add a row to one of the
tables in lrp/network/operations/; a class is needed, here or in lrp/network/layers.py, only for a new kind of operation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from lrp.network.fast_convolution import FEW_CHANNELS, ConvolutionSettings, convolve, pull_back
from lrp.network.layers import Kept, Layer, NodeValue, Shares
from lrp.network.packed_weights import convolve_packed, fits_packing, pack_weights

PACKED = ("weight", "positive", "negative")  # of a convolution's weights, those that are made once
Divide = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Weighted(Layer):
    """A linear operation with learned weights, which rules may rewrite: z = W a + b."""

    weight: Tensor
    bias: Tensor | None

    def run(self, *inputs: NodeValue) -> tuple[NodeValue, Kept]:
        return self.apply(inputs[0], self.weight, self.bias), None

    def pull(self, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept = None) -> Shares:
        return (self.pull_weight(signal, inputs[0], self.weight),)

    def share(self, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept = None) -> Shares:
        return (self.pull_weight(signal, inputs[0], self.weight).mul_(inputs[0]),)

    def apply(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Returns W x + b for other weights than the layer's own."""
        output: Tensor = self.function(x, weight, bias)
        return output

    def pull_weight(self, signal: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        """Returns W^T s for other weights: rows like those of `x`, whose values are not used."""
        raise NotImplementedError

    def flat(self, relevance: Tensor, inputs: Tensor, divide: Divide) -> Tensor:
        """Spreads relevance evenly over the inputs that each output sees; `divide` takes relevance and input counts."""
        raise NotImplementedError

    @property
    def few_input_channels(self) -> bool:
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

    def flat(self, relevance: Tensor, inputs: Tensor, divide: Divide) -> Tensor:
        count = relevance.new_full((1,), inputs.shape[-1])
        return divide(relevance.sum(-1, keepdim=True), count).expand(*relevance.shape[:-1], inputs.shape[-1])


@dataclass(frozen=True, eq=False)
class Convolution(Weighted):
    """A convolution over 1, 2 or 3 dimensions, transposed or not; `settings` as torch.convolution takes them."""

    settings: ConvolutionSettings

    @property
    def depthwise(self) -> bool:
        """Whether each output sees one input channel of several."""
        return self.settings.groups > 1 and self.weight.shape[1] == 1

    @property
    def few_input_channels(self) -> bool:
        return not self.settings.transposed and self.settings.groups == 1 and self.weight.shape[1] <= FEW_CHANNELS

    def apply(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        packed_name = next((name for name in PACKED if self.__dict__.get(name) is weight), None)
        if packed_name is None or not fits_packing(x, weight, self.settings):
            return convolve(x, weight, bias, self.settings)
        if packed_name not in self._packed:
            self._packed[packed_name] = pack_weights(x, weight, self.settings)
        return convolve_packed(x, self._packed[packed_name], bias, self.settings)

    @cached_property
    def _packed(self) -> dict[str, Tensor]:
        return {}

    def pull_weight(self, signal: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        return pull_back(signal, x, weight, self.settings)

    def flat(self, relevance: Tensor, inputs: Tensor, divide: Divide) -> Tensor:
        # The result is the same for all channels of a group, so one channel a group is convolved instead of all of them.
        groups = self.settings.groups
        channels = inputs.shape[1] // groups
        ones = self.weight.new_ones(groups, 1, *self.weight.shape[2:])
        one_channel = inputs.new_ones(1, groups, *inputs.shape[2:])
        count = self.apply(one_channel, ones, None).mul_(channels)
        pooled = torch.unflatten(relevance, 1, (groups, -1)).sum(2)
        return self.pull_weight(divide(pooled, count), one_channel, ones).repeat_interleave(channels, 1)


@dataclass(frozen=True, eq=False)
class PaddedConvolution(Convolution):
    """A convolution whose input gets more zeros on one side than on the other, as torch.nn.functional.pad takes them."""

    sides: list[int]

    def apply(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return super().apply(F.pad(x, self.sides), weight, bias)

    def pull_weight(self, signal: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        return F.pad(super().pull_weight(signal, F.pad(x, self.sides), weight), [-side for side in self.sides])


@dataclass(frozen=True, eq=False)
class Diagonal(Weighted):
    """A BatchNorm that could not be folded into a neighbour: z_c = w_c a_c + b_c for each channel c; weight (C,)."""

    def apply(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        z = x * _per_channel(weight, x)
        return z if bias is None else z.add_(_per_channel(bias, x))

    def pull_weight(self, signal: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        return signal * _per_channel(weight, signal)

    def flat(self, relevance: Tensor, inputs: Tensor, divide: Divide) -> Tensor:
        return relevance  # each output sees one input


def _per_channel(values: Tensor, x: Tensor) -> Tensor:
    return values.view(-1, *[1] * (x.dim() - 2))
