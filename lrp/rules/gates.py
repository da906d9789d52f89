"""The rules of LRP for products in which one activation only scales another, such as squeeze-and-excitation."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from lrp.network.gated import PairProduct, Product
from lrp.network.layers import Layer, Shares, sum_to_shape
from lrp.rules.kernel import Step, sum_per_row, zero_per_row
from lrp.rules.rule_base import Rule


@dataclass(frozen=True)
class SignalTakesAll(Rule):
    """Gives the signal of a product all relevance and the gate none: R_signal = R, R_gate = 0  [Dreyer et al. 2024].

    The gate is then a constant, as is a standard deviation or a norm that divides. Conserves.
    """

    by_value: ClassVar[bool] = False
    by_place: ClassVar[bool] = True
    gate_share: ClassVar[float] = 0.0

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        layer: Product = step.layer
        share = 0.0 if layer.constant else self.gate_share
        parts = (share * relevance if i == layer.gate else (1 - share) * relevance for i in range(2))
        taken = (part if share or i != layer.gate else None for i, part in enumerate(parts))
        shares = (None if part is None else sum_to_shape(part, a) for part, a in zip(taken, step.inputs, strict=False))
        return *shares, *[None] * (len(step.inputs) - 2)  # any other input is a size

    def check(self, layer: Layer) -> None:
        if not isinstance(layer, Product):
            raise TypeError(f"{type(self).__name__} needs a product with a gate, got {type(layer).__name__}")


@dataclass(frozen=True)
class HalfEach(SignalTakesAll):
    """Gives the signal and the gate of a product half of the relevance each  [Achtibat et al. 2024, proposition 3.2].

    A statistic takes nothing all the same: it is made of many values at once, and its signal is one of them. Conserves.
    """

    by_place: ClassVar[bool] = False  # a gate is not 0 where its input is
    gate_share: ClassVar[float] = 0.5


@dataclass(frozen=True)
class UniformPair(Rule):
    """Gives two activations that multiply each other half of the relevance each, R_a = R_b = R / 2.

    Both are needed for the product [Achtibat et al. 2024, AttnLRP, proposition 3.2]. Conserves.
    """

    by_value: ClassVar[bool] = False

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        half = relevance / 2
        return *(sum_to_shape(half, a) for a in step.inputs[:2]), *[None] * (len(step.inputs) - 2)  # any other input is a size

    def check(self, layer: Layer) -> None:
        if not isinstance(layer, PairProduct):
            raise TypeError(f"{type(self).__name__} needs a product of two activations, got {type(layer).__name__}")


@dataclass(frozen=True)
class KeepAll(Rule):
    """Hands nothing on and keeps all, as a bias does; for values that depend on no picture, such as a repeated class token."""

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        return (None,) * len(step.inputs)

    def bias_share(self, step: Step, relevance: Tensor) -> Tensor:
        return sum_per_row(relevance, zero_per_row(relevance).dtype)


@dataclass(frozen=True)
class NoShare(Rule):
    """Hands nothing on; for statistics of activations, which no rule gives relevance to."""

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        return (None,) * len(step.inputs)
