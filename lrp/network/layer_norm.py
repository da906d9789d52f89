"""Layer normalization as a kind of layer, which keeps its standard deviations for the way back."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lrp.network.layers import Kept, Layer, NodeValue


@dataclass(frozen=True, eq=False)
class LayerNorm(Layer):
    """y_j = gamma_j (x_j - mean x) / sigma + beta_j over the last axes, of `shape`; sigma^2 = var x + eps.

    weight, bias: gamma and beta, of that shape, or None. What `run` keeps is 1 / sigma, of shape (N, ..., 1).
    """

    shape: tuple[int, ...]
    weight: Tensor | None
    bias: Tensor | None
    eps: float

    def run(self, *inputs: NodeValue) -> tuple[NodeValue, Kept]:
        output, _, inverse_deviation = torch.native_layer_norm(inputs[0], self.shape, self.weight, self.bias, self.eps)
        return output, inverse_deviation
