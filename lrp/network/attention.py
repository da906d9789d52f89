"""The kinds of layers that attention is made of: the softmax of scores, and products of two matrices of activations."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from lrp.network.layers import Kept, Layer, NodeValue, Shares, sum_to_shape


@dataclass(frozen=True, eq=False)
class Softmax(Layer):
    """s_i = exp(x_i) / sum_j exp(x_j) along the axis `dim`. What `run` keeps is s, of the shape of x."""

    never_negative: ClassVar[bool] = True
    dim: int

    def run(self, *inputs: NodeValue) -> tuple[NodeValue, Kept]:
        output = self.function(*inputs)
        return output, output

    def pull(self, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept = None) -> Shares:
        s: Tensor = self.function(*inputs) if kept is None else kept
        pulled = signal * s
        return pulled.sub_(s * pulled.sum(self.dim, keepdim=True)), *[None] * (len(inputs) - 1)


@dataclass(frozen=True, eq=False)
class MatrixProduct(Layer):
    """O = A B for two inputs that both depend on the picture, of shapes (..., T, D) and (..., D, U).

    attention: the position of the input that is the softmax of attention scores; None where neither is.
    """

    preserves_sign: ClassVar[bool] = True
    attention: int | None = None

    def pull(self, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept = None) -> Shares:
        return self.pull_to(0, signal, inputs), self.pull_to(1, signal, inputs)

    def pull_to(self, position: int, signal: Tensor, inputs: tuple[NodeValue, ...]) -> Tensor:
        """Returns the signal pulled back to the first (s B^T) or the second (A^T s) of the inputs, like that input."""
        a, b = inputs
        if a.dim() < 2 or b.dim() < 2:
            raise ValueError(f"a product of activations must be one of matrices, got shapes {tuple(a.shape)}, {tuple(b.shape)}")
        pulled = torch.matmul(signal, b.mT) if position == 0 else torch.matmul(a.mT, signal)
        return sum_to_shape(pulled, inputs[position])


class UnitLength(Layer):
    """Vectors divided by their norm, which only scales them and takes no relevance."""

    preserves_sign = True
