"""The kinds of layers in which one activation scales another: gates, statistics of activations, and products with them."""

from dataclasses import dataclass
from typing import ClassVar

from lrp.network.layers import Layer


class Gate(Layer):
    """A factor between 0 and 1, one for each value of its input, that only scales other activations: sigmoid, hard sigmoid."""

    preserves_sign: ClassVar[bool] = True
    never_negative: ClassVar[bool] = True


class Statistic(Layer):
    """How large activations are together, which only scales others: a norm, a variance, and what is computed of it."""


@dataclass(frozen=True, eq=False)
class Product(Layer):
    """An activation, the signal, times or divided by another that only scales it.

    gate: the position among the inputs of the one that scales. constant: it takes no relevance under any rule, as a statistic
    does not.
    """

    preserves_sign: ClassVar[bool] = True
    gate: int
    constant: bool = False


class PairProduct(Layer):
    """Two activations multiplied value by value, neither of which only scales the other, as in a SwiGLU."""

    preserves_sign: ClassVar[bool] = True
