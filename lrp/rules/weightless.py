"""The rules of LRP for layers without weights: activations, pooling, reshaping and sums.

Sums and average pooling, which are linear, also take Epsilon (lrp/rules/weighted.py): a share by signed contribution.
"""

from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import torch
from torch import Tensor

from lrp.network.layers import Layer, Shares
from lrp.rules.kernel import STABILIZER, Step, divide, zero_per_row
from lrp.rules.rule_base import Rule


@dataclass(frozen=True)
class Pass(Rule):
    """Hands relevance on unchanged, R_j = R_j; for activations, which work on each value alone  [Bach et al. 2015]."""

    by_value: ClassVar[bool] = False
    by_place: ClassVar[bool] = True

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        return relevance, *[None] * (len(step.inputs) - 1)  # any other input is a size

    def bias_share(self, step: Step, relevance: Tensor) -> Tensor:
        return zero_per_row(relevance)


@dataclass(frozen=True)
class Route(Rule):
    """Sends relevance where the values came from: R_j = sum of R_k over the outputs k that are copies of input j.

    For max pooling, whose winner takes all as in the gradient [Bach et al. 2015], reshaping and concatenation. Conserves.
    """

    by_value: ClassVar[bool] = False
    by_place: ClassVar[bool] = True

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        layer: Layer = step.layer
        return layer.pull(relevance, step.inputs, step.kept)


@dataclass(frozen=True)
class AbsoluteShare(Rule):
    """Splits relevance at a sum by absolute share, R_i = |x_i| / sum_i |x_i| * R  [Otsuki et al. 2024, relevance splitting].

    For residual connections. No branch ever gets more than R, where the signed share, Epsilon, explodes if the branches
    cancel; but a branch that spoke against the sum is credited like one that made it, so signs upstream are to be read with
    care. Conserves up to the stabilizer; where all branches are 0 nothing goes on. A constant summand takes no share.
    """

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        sizes = [a.abs() for a in step.inputs]
        s = divide(relevance, reduce(torch.add, sizes), STABILIZER)
        # A branch that was broadcast, such as a channel's weight, gets back the sum over its copies, for each of K classes.
        many = len(step.output) == 1 < len(s)
        return tuple((s * size).sum_to_size(len(s) if many else len(size), *size.shape[1:]) for size in sizes)

    def bias_share(self, step: Step, relevance: Tensor) -> Tensor:
        return zero_per_row(relevance)
