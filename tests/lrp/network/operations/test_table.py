"""What a message promises: with its row, an operation that was refused is explained."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, fx, nn

import lrp
from lrp.network.gated import PairProduct
from lrp.network.layers import Activation, Layer, Routing, Shares, Sum
from lrp.network.operations.table import FUNCTIONS, MODULES, TUPLES
from tests.lrp.network.kit import PICTURE, SAME, Net, conv, prepared, relevance, signal


class Softer(nn.Module):
    """An activation of the user's own, whose forward cannot be traced."""

    def forward(self, x: Tensor) -> Tensor:
        return x.sinh() if bool(x.sum() > 0) else x.sinh() * 1


class Blend(nn.Module):
    """A module of the user's own that takes two tensors."""

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b if bool(a.sum() < 1e9) else a


@fx.wrap
def outside(x: Tensor) -> Tensor:
    """A function that the tracer does not look into."""
    return x.sinh()


class Product(Layer):
    """Activations that multiply each other, shared out in halves."""

    def share(self, signal: Tensor, inputs: tuple[Any, ...], kept: Any = None) -> Shares:
        return tuple(0.5 * part for part in super().share(signal, inputs))


Row = tuple[dict[Any, Any], Any, Any]
ROWS: dict[str, tuple[Callable[[], nn.Module], Row]] = {
    "module of torch": (
        lambda: nn.Sequential(conv(), nn.Softplus(), conv()),
        (MODULES, nn.Softplus, lambda module: Activation(module.forward)),
    ),
    "module of one's own": (
        lambda: nn.Sequential(conv(), Softer(), conv()),
        (MODULES, Softer, lambda module: Activation(module.forward)),
    ),
    "module of one's own with two inputs": (
        lambda: Net(lambda m, x: m.blend(m.a(x), x), a=SAME, blend=Blend()),
        (MODULES, Blend, lambda module: Sum(module.forward)),
    ),
    "the whole model": (lambda: Softer(), (MODULES, Softer, lambda module: Activation(module.forward))),
    "function of torch": (
        lambda: Net(lambda m, x: torch.sinh(m.a(x)), a=conv()),
        (FUNCTIONS, torch.sinh, (Activation, torch.sinh)),
    ),
    "wrapped function": (lambda: Net(lambda m, x: outside(m.a(x)), a=conv()), (FUNCTIONS, outside, (Activation, outside))),
    "method": (lambda: Net(lambda m, x: m.a(x).asinh(), a=conv()), (FUNCTIONS, "asinh", (Activation, torch.asinh))),
    "attribute": (lambda: Net(lambda m, x: m.a(x).mH, a=conv()), (FUNCTIONS, "mH", (Routing, lambda x: x.mT))),
    "method with settings": (
        lambda: Net(lambda m, x: m.a(x).nan_to_num(nan=0.0), a=conv()),
        (FUNCTIONS, "nan_to_num", (Activation, torch.nan_to_num)),
    ),
    "function with a reason": (
        lambda: Net(lambda m, x: torch.logaddexp(m.a(x), torch.zeros(())), a=conv()),
        (FUNCTIONS, torch.logaddexp, (Activation, torch.logaddexp)),
    ),
    "tuple": (
        lambda: Net(lambda m, x: torch.cat(torch.unsafe_chunk(m.a(x), 2, 1), 1), a=conv()),
        (TUPLES, torch.unsafe_chunk, torch.unsafe_chunk),
    ),
}


@pytest.mark.parametrize("case", ROWS)
def test_adding_the_row_that_a_message_asks_for_helps(case):
    make, (table, key, row) = ROWS[case]
    model, x = prepared(make()), signal(*PICTURE)
    if case != "the whole model":
        with pytest.raises(TypeError):
            lrp.canonize(model)
    else:
        model.weight = nn.Parameter(torch.ones(1, dtype=torch.float64))  # a network needs some
    table[key] = row
    try:
        network = lrp.canonize(model)
        with torch.no_grad():
            torch.testing.assert_close(network(x), model(x))
        assert relevance(model, x, lrp.UniformEpsilon(0.1)).abs().sum() > 0
    finally:
        del table[key]


def test_a_row_of_a_new_kind_is_used_even_for_what_multiplies(monkeypatch):
    model = prepared(Net(lambda m, x: torch.mul(m.a(x), x), a=SAME))
    assert [type(node.layer) for node in lrp.canonize(model).nodes][-1] is PairProduct
    monkeypatch.setitem(FUNCTIONS, torch.mul, (Product, torch.mul))
    assert [type(node.layer) for node in lrp.canonize(model).nodes][-1] is Product


def test_a_message_names_the_operation_that_its_row_is_for():
    for name, key in {"wrapped function": "outside", "method": "asinh", "attribute": "mH", "tuple": "unsafe_chunk"}.items():
        with pytest.raises(TypeError, match=rf"no LRP rule for {key} at .*add its row to the table of its family"):
            lrp.canonize(prepared(ROWS[name][0]()))
