"""Every kind of layer: that a network of it computes the same, and that LRP-0 is Input x Gradient."""


import pytest
import torch
from torch import nn

import lrp
from tests.lrp.network.kit import LINEAR_IN_PIECES, front, input_times_gradient, odd_padding, prepared, relevance, signal


@odd_padding
@pytest.mark.parametrize("case", LINEAR_IN_PIECES)
def test_a_network_of_it_computes_the_same_and_lrp_0_is_input_times_gradient(case):
    model, shape = LINEAR_IN_PIECES[case]
    if not any(True for _ in model.parameters()):  # a network needs some
        model = nn.Sequential(front(shape), model)
    model, x = prepared(model), signal(*shape)
    with torch.no_grad():
        torch.testing.assert_close(lrp.canonize(model)(x), model(x.clone()), rtol=1e-12, atol=1e-12)
    expected = input_times_gradient(model, x)
    torch.testing.assert_close(relevance(model, x, lrp.UniformEpsilon(0.0)), expected, rtol=1e-8, atol=1e-9)


@odd_padding
@pytest.mark.parametrize("case", LINEAR_IN_PIECES)
def test_what_is_said_to_be_never_negative_never_is(case):
    # Rules leave out half of their work on the strength of this.
    model, shape = LINEAR_IN_PIECES[case]
    network = lrp.canonize(prepared(nn.Sequential(front(shape), nn.ReLU(), model)))
    values = lrp.trace(network, signal(*shape)).values
    assert any(node.nonnegative for node in network.nodes)
    assert all((values[node.name] >= 0).all() for node in network.nodes if node.nonnegative)
    assert all((values[name] >= 0).all() for node in network.nodes if node.reads_nonnegative for name in node.inputs)
