"""The rule of LRP for layer normalization, as in ConvNeXt and transformers."""

from dataclasses import dataclass

from torch import Tensor

from lrp.network.layer_norm import LayerNorm
from lrp.network.layers import Layer, Shares
from lrp.rules.kernel import STABILIZER, Step, divide, sum_per_row, zero_per_row
from lrp.rules.rule_base import Rule


@dataclass(frozen=True)
class FixedDeviation(Rule):
    """Shares by contribution to y_j = gamma_j (x_j - mean x) / sigma + beta_j, with the standard deviation sigma a constant.

        R_i = x_i (t_i - mean t),    t_j = gamma_j / sigma * R_j / (y_j + eps sign y_j)

    [Achtibat et al. 2024, AttnLRP, section 3.3.3 and proposition 3.4]. Conserves but for eps and for what beta keeps,
    beta_j R_j / (y_j + eps sign y_j).
    """

    epsilon: float = STABILIZER

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        layer: LayerNorm = step.layer
        t = divide(relevance, step.output, self.epsilon) * step.kept
        if layer.weight is not None:
            t.mul_(layer.weight)
        axes = tuple(range(-len(layer.shape), 0))
        return (t.sub_(t.mean(axes, keepdim=True)).mul_(step.inputs[0]),)

    def bias_share(self, step: Step, relevance: Tensor) -> Tensor:
        layer: LayerNorm = step.layer
        if layer.bias is None:
            return zero_per_row(relevance)
        return sum_per_row(divide(relevance, step.output, self.epsilon) * layer.bias, zero_per_row(relevance).dtype)

    def check(self, layer: Layer) -> None:
        if not isinstance(layer, LayerNorm):
            raise TypeError(f"{type(self).__name__} needs a layer normalization, got {type(layer).__name__}")
