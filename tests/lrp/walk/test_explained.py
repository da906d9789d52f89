"""The explained scalar of a kept forward pass: its node, its value and its gradient, also where a ReLU wrote over the output."""

import pytest
import torch
from torch import nn

import lrp
from lrp.walk.explained import explained_node, explained_output, explained_value, output_gradient
from tests.networks import pictures, random_resnet


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return random_resnet()


@pytest.fixture(scope="module")
def forward(model: nn.Module) -> lrp.Trace:
    return lrp.trace(lrp.canonize(model), pictures())


def test_it_is_computed_at_the_output_or_at_the_named_place(forward):
    network = forward.network
    assert explained_node(network, lrp.Logit(0)).name == network.output
    assert explained_node(network, lrp.Features("layer2")).path.startswith("layer2.1")
    with pytest.raises(ValueError, match="no node or module named 'layer9'"):
        explained_node(network, lrp.Features("layer9"))


def test_an_output_that_a_relu_wrote_over_is_computed_again(model, forward):
    node = forward.network.find("layer1.0.conv1")
    assert node.rectified
    assert forward.values[node.name].min() >= 0
    below = model.maxpool(model.relu(model.bn1(model.conv1(pictures()))))
    expected = model.layer1[0].bn1(model.layer1[0].conv1(below)).detach()
    torch.testing.assert_close(explained_output(forward, node), expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(explained_value(forward, lrp.Features("layer1.0.conv1")), expected.flatten(1).sum(1))


def test_the_value_has_a_row_for_each_explanation(model, forward):
    logits = model(pictures()).detach()
    torch.testing.assert_close(explained_value(forward, lrp.Contrast(2, versus=0)), logits[:, 2] - logits[:, 0])
    one = lrp.trace(forward.network, pictures(1))
    torch.testing.assert_close(explained_value(one, lrp.Logit([1, 5, 0])), model(pictures(1)).detach()[0, [1, 5, 0]])


def test_the_gradient_at_the_output_is_that_of_the_scalar(forward):
    expected = torch.zeros(2, 7, dtype=torch.float64)
    expected[:, 2], expected[:, 0] = 1, -1
    torch.testing.assert_close(output_gradient(forward, lrp.Contrast(2, versus=0)), expected)
    with torch.no_grad():
        p = forward.logits.softmax(1)
        found = output_gradient(forward, lrp.SGLRP(4))
    torch.testing.assert_close(found, p[:, 4:5] * (torch.eye(7, dtype=torch.float64)[4] - p))
