"""Attention: softmax of scores, products of two matrices of activations, and vectors of unit length."""

import operator
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx.node import Target

from lrp.network.attention import MatrixProduct, Softmax, UnitLength
from lrp.network.layers import Layer
from lrp.network.operations.spelling import Builder, ModuleRows, OperationRow, rows, spellings


def softmax(input: object, dim: object = None, *settings: object, **more: object) -> Layer:
    """Builds the softmax along one axis of attention scores; the arguments are those of torch.nn.functional.softmax."""
    if not isinstance(dim, int) or more.get("dtype"):
        raise TypeError(f"a softmax must name its axis and keep the precision, got dim={dim}, dtype={more.get('dtype')}")
    return Softmax(_along(dim), dim)


def _along(dim: int) -> Callable[[Tensor], Tensor]:
    return lambda x: torch.softmax(x, dim)


def normalize(input: object, p: float = 2.0, dim: object = 1, eps: float = 1e-12, out: object = None) -> OperationRow:
    """Builds the division of vectors by their Euclidean norm; the arguments are those of torch.nn.functional.normalize."""
    if p != 2 or not isinstance(dim, int) or out is not None:
        raise TypeError(f"vectors must be divided by their Euclidean norm along one axis, got p={p}, dim={dim}")
    return UnitLength, F.normalize


MODULES: ModuleRows = {nn.Softmax: lambda module: softmax(None, module.dim)}
PRODUCTS: dict[Target, OperationRow] = {
    operator.matmul: (MatrixProduct, torch.matmul),
    **rows(MatrixProduct, torch.matmul, "matmul", "bmm", "mm"),
}
SOFTMAXES = frozenset(spellings("softmax"))
BUILDERS: dict[Target, Builder] = {**dict.fromkeys(SOFTMAXES, softmax), F.normalize: normalize}
