"""The rules of LRP for the first layer, which share out by its weights and the bounds of the pixels.

Pixels may be negative, and 0 is a colour like any other, so these rules may give relevance to an input of 0.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from lrp.network.layers import Shares
from lrp.network.weighted import Weighted
from lrp.rules.kernel import Part, Step, divide_positive, stack_narrow, zero_per_row
from lrp.rules.rule_base import WeightRule


@dataclass(frozen=True)
class ZBox(WeightRule):
    """LRP-z-box, for pixels between `low` and `high`: R_j = sum_k (x_j w_jk - low_j w+_jk - high_j w-_jk) / sum_j (...) * R_k.

    [Montavon et al. 2017, z^B-rule]. For the first layer. The bounds are the network's own, given to `canonize`; the bias
    cancels and keeps nothing. As W = W+ + W-, it is two parts, x - low with W+ and x - high with W-, whose contributions are
    both >= 0 for a picture within its bounds. Raises ValueError if the network has no bounds.
    """

    by_value: ClassVar[bool] = False

    def parts(self, layer: Weighted, step: Step) -> list[Part]:
        if step.low is None or step.high is None:
            raise ValueError("the z-box rule needs the pixel bounds; give low and high to lrp.canonize")
        x = step.inputs[0]
        return stack_narrow(layer, [Part(x - step.low, layer.positive), Part(x - step.high, layer.negative)])


@dataclass(frozen=True)
class WSquare(WeightRule):
    """LRP-w²: R_j = sum_k w_jk² / sum_j w_jk² * R_k  [Montavon et al. 2017, w²-rule].

    For a first layer whose inputs have no bounds; shares by the weights alone, whatever the picture. The bias keeps nothing, as
    in the paper, whose layers have none, and in RelevancePropagation.jl, so relevance is conserved; Zennit adds b_k² to the
    denominator, which keeps b_k² / (sum_j w_jk² + b_k²) of it.
    """

    by_value: ClassVar[bool] = False

    def parts(self, layer: Weighted, step: Step) -> list[Part]:
        return [Part(torch.ones_like(step.inputs[0][:1]), layer.squared)]


@dataclass(frozen=True)
class Flat(WeightRule):
    """LRP-flat: R_j = sum_k R_k / (number of inputs of output k), over the outputs k that read input j  [Lapuschkin et al. 2019].

    For the first layer: the finest detail is given up for a smooth map at the resolution of the layer above. The bias keeps
    nothing, so relevance is conserved.
    """

    by_value: ClassVar[bool] = False

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        layer: Weighted = step.layer
        return (layer.flat(relevance, step.inputs[0], divide_positive),)

    def bias_share(self, step: Step, relevance: Tensor) -> Tensor:
        return zero_per_row(relevance)
