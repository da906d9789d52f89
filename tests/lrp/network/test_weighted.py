"""Layers with weights under every rule: each is the matrix that it stands for."""

import math

import pytest
import torch
from torch import nn

import lrp
from lrp.methods.composites import Composite
from lrp.network.weighted import Weighted
from lrp.rules.first_layer import Flat
from tests.lrp.network.kit import CONVOLUTIONS, RULES, odd_padding, prepared, relevance, signal

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
