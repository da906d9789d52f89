"""Padding with zeros becomes part of the convolution, and the zeros receive no relevance."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lrp
from lrp.methods.composites import Composite
from lrp.rules.first_layer import Flat, WSquare
from tests.lrp.network.kit import PICTURE, Net, conv, prepared, relevance, signal

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
