"""The rule of LRP for local response normalization, as in AlexNet and the first GoogLeNet."""

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor

from lrp.network.layers import Shares
from lrp.rules.kernel import Step
from lrp.rules.rule_base import Rule


@dataclass(frozen=True)
class Taylor(Rule):
    """Shares by the first-order Taylor expansion of each output y_k around the point where only its own input is not 0.

        R_j = sum_k v_kj / sum_i v_ki * R_k
        v_kk = x_k / (K + b x_k^2)^c,    v_kj = -2 b c x_k x_j^2 / (K + b sum_i x_i^2)^(c+1) for the others

    [Binder et al. 2016, "Layer-wise Relevance Propagation for Neural Networks with Local Renormalization Layers", section 3].
    What a neuron gets from itself is what y_k would be without neighbours, who are charged for damping it. x_k cancels, and
    sum_i v_ki is at least 26 % of v_kk (1 - 2 / e, whatever K > 0, b, c >= 0), so nothing needs a stabilizer: it conserves.
    """

    by_value: ClassVar[bool] = False
    by_place: ClassVar[bool] = True  # v_kj is 0 where x_j is, and there y_j is too

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        layer, (x,) = step.layer, step.inputs
        before, after = layer.size // 2, (layer.size - 1) // 2
        b, square = layer.alpha / layer.size, x.square()
        total = _neighbours(square, before, after)
        own = (layer.k + b * square).pow_(-layer.beta)
        damping = (layer.k + b * total).pow_(-layer.beta - 1).mul_(2 * b * layer.beta)
        s = relevance / (own - damping * (total - square))
        damped = damping * s
        return (own * s - square * (_neighbours(damped, after, before) - damped),)


def _neighbours(values: Tensor, before: int, after: int) -> Tensor:
    """Returns for each channel the sum over itself and so many channels before and after it, (N, C, ...)."""
    last = values.movedim(1, -1)
    return F.pad(last, (before, after)).unfold(-1, before + after + 1, 1).sum(-1).movedim(-1, 1)
