"""Layers with weights under every rule, and the layer that reads the picture first."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from lrp.methods.composites import Composite
from lrp.network.weighted import Weighted
from lrp.rules.first_layer import Flat, WSquare, ZBox
from tests.lrp.network.kit import CONVOLUTIONS, PICTURE, RULES, Net, conv, everything, odd_padding, prepared, relevance, signal
from tests.networks import HIGH, LOW

MATRICES = [case for case in CONVOLUTIONS if case != "linear on the last axis"]


def matrix(model: nn.Module, shape: tuple[int, ...]) -> nn.Module:
    """The same as one fully connected layer, its columns what the model does to unit vectors."""
    units = torch.eye(math.prod(shape), dtype=torch.float64).view(-1, *shape)
    bias = model(torch.zeros(1, *shape, dtype=torch.float64)).flatten(1)
    dense = nn.Linear(len(units), bias.shape[1]).double()
    dense.weight.data, dense.bias.data = (model(units).flatten(1) - bias).T.contiguous(), bias[0]
    return nn.Sequential(nn.Flatten(), dense).eval()


@odd_padding
@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("case", MATRICES)
def test_every_rule_treats_a_layer_as_the_matrix_it_is(case, rule):
    model, shape = CONVOLUTIONS[case]
    model, x = prepared(model).requires_grad_(False), signal(*shape)
    method = Composite(((Weighted, rule),), first=rule)
    expected = relevance(matrix(model, shape), x.flatten(1), method).view_as(x)
    torch.testing.assert_close(relevance(model, x, method), expected, rtol=1e-9, atol=1e-9)


@odd_padding
@pytest.mark.parametrize("case", MATRICES)
def test_flat_counts_what_each_output_sees(case):
    model, shape = CONVOLUTIONS[case]
    model, x = prepared(model).requires_grad_(False), signal(*shape)
    (weighted,) = [module for module in model.modules() if hasattr(module, "weight")]
    arriving = lrp.explain(lrp.canonize(model), x, lrp.Features(lrp.canonize(model).output), Composite(((Weighted, Flat()),)))
    weighted.weight.fill_(1)
    weighted.bias = None
    seen = matrix(model, shape)[1].weight  # (outputs, inputs), 1 where connected
    if isinstance(model, nn.BatchNorm2d):
        seen = torch.eye(math.prod(shape), dtype=torch.float64)
    R = prepared(CONVOLUTIONS[case][0])(x).flatten(1)
    expected = (R / seen.sum(1)) @ seen
    torch.testing.assert_close(arriving.relevance.flatten(1), expected, rtol=1e-5, atol=1e-5)


PADDED = {
    "on one side": nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), conv(padding=1, stride=2)),
    "all round": nn.Sequential(nn.ZeroPad2d(1), conv(padding=(0, 1))),
    "by a function": Net(lambda m, x: m.a(F.pad(x, [1, 2])), a=conv()),
}


@pytest.mark.parametrize("case", PADDED)
def test_zeros_around_the_picture_take_no_relevance(case):
    model, x = prepared(PADDED[case]), signal(*PICTURE)
    with torch.no_grad():
        torch.testing.assert_close(lrp.canonize(model)(x), model(x))
    for rule in (Flat(), WSquare()):
        torch.testing.assert_close(relevance(model, x, Composite((), rule)).sum(), model(x).sum(), rtol=1e-4, atol=0)


@pytest.mark.parametrize("rule", [ZBox(), Flat(), WSquare()], ids=str)
@pytest.mark.parametrize("scale", [2.0, -0.5])
def test_rules_of_the_first_layer_reach_it_through_what_is_done_to_the_picture(scale, rule):
    def transform(x: Tensor) -> Tensor:
        return torch.cat([(x[:, c] * scale - 0.3).unsqueeze(1) for c in range(3)], 1)

    plain, x, method = prepared(conv(3, 2, padding=1)), signal(3, 6, 6), Composite((), first=rule)
    whole = lrp.canonize(Net(lambda m, x: m.a(transform(x)), a=plain).eval(), LOW, HIGH)
    ends = transform(LOW), transform(HIGH)
    alone = lrp.canonize(plain, torch.minimum(*ends), torch.maximum(*ends))
    ours = lrp.explain(whole, x, everything(whole), method).relevance
    torch.testing.assert_close(ours, lrp.explain(alone, transform(x), everything(alone), method).relevance)


FIRST = {
    "reads the picture": (nn.Sequential(conv(), nn.ReLU(), conv()), ["_0"]),
    "behind a batch norm": (nn.Sequential(nn.BatchNorm2d(4), conv(padding=1), conv()), ["_1"]),
    "behind mirrored padding": (nn.Sequential(conv(padding=1, padding_mode="reflect"), conv()), ["_0"]),
    "behind pooling": (nn.Sequential(nn.AvgPool2d(2), nn.MaxPool2d(2), conv(size=1)), ["_2"]),
    "fully connected": (nn.Sequential(nn.Flatten(), nn.Linear(256, 3), nn.Linear(3, 2)), ["_1"]),
    "two": (Net(lambda m, x: m.a(x) + m.b(x + 1), a=conv(), b=conv()), ["a", "b"]),
    "a sum with features": (Net(lambda m, x: m.b(m.a(x) + x), a=conv(size=1), b=conv()), ["a"]),
}


@pytest.mark.parametrize("case", FIRST)
def test_the_layers_that_read_the_picture_first_are_known(case):
    model, expected = FIRST[case]
    network = lrp.canonize(prepared(model))
    assert [node.name for node in network.nodes if node.first] == expected
