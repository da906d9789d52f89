"""Activations: relevance passes them unchanged, also where their gradient is 0."""

import pytest
import torch
from torch import nn

import lrp
from tests.lrp.network.kit import PICTURE, conv, everything, prepared, signal

RISING = [nn.ReLU6(), nn.ELU(), nn.CELU(), nn.SELU(), nn.Tanh(), nn.Hardtanh(), nn.LeakyReLU()]


@pytest.mark.parametrize("activation", RISING, ids=str)
def test_relevance_passes_an_activation_unchanged_even_where_its_gradient_is_0(activation):
    model, x = prepared(nn.Sequential(conv(4, 4, 1), activation)), 9 * signal(*PICTURE)
    network = lrp.canonize(model)
    result = lrp.explain(network, x, everything(network), lrp.EpsilonPlus())
    name = network.nodes[0].name
    torch.testing.assert_close(result.by_layer[name], result.explained)
    torch.testing.assert_close(result.explained, model(x).flatten(1).sum(1))
