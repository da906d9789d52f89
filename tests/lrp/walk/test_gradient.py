"""The gradient by the walk back: autograd's at the input and in between, other ways to pull, and an untouched forward pass."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import lrp
from lrp.network.graph import Node
from lrp.network.layers import ReLU, Shares
from lrp.walk.gradient import chain_rule, gradient
from tests.networks import pictures, random_resnet


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return random_resnet()


@pytest.fixture(scope="module")
def forward(model: nn.Module) -> lrp.Trace:
    return lrp.trace(lrp.canonize(model), pictures())


@pytest.mark.parametrize("objective", [lrp.Logit(5), lrp.Contrast(5, versus=1), lrp.SGLRP(5), lrp.Logit([1, 4])], ids=str)
def test_it_is_autograds_gradient_of_the_explained_scalar(model, forward, objective):
    x = pictures().requires_grad_()
    expected = torch.autograd.grad(objective.value(model(x)).sum(), x)[0]
    found = gradient(forward, objective)
    assert (found - expected).abs().max() <= 1e-9 * expected.abs().max()


def test_it_can_end_at_the_output_of_any_node(model, forward):
    children = list(model.children())
    maps = nn.Sequential(*children[:6])(pictures()).detach().requires_grad_()  # the output of layer2
    head = nn.Sequential(*children[6:9], nn.Flatten(), children[9])
    expected = torch.autograd.grad(head(maps)[:, 3].sum(), maps)[0]
    found = gradient(forward, lrp.Logit(3), at=forward.network.find("layer2"))
    assert found.shape == expected.shape
    assert (found - expected).abs().max() <= 1e-9 * expected.abs().max()


def test_several_classes_of_one_picture_get_a_row_each(model):
    x, targets = pictures(1), torch.tensor([0, 3, 6])
    found = gradient(lrp.trace(lrp.canonize(model), x), lrp.Logit(targets))
    expected = torch.autograd.functional.jacobian(lambda x: model(x)[0, targets], x)[:, 0]
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


def test_another_way_to_pull_is_asked_at_every_node(forward):
    asked: list[str] = []

    def no_relu(node: Node, signal: Tensor, inputs: tuple[Any, ...], kept: Any) -> Shares:
        asked.append(node.name)
        return (torch.zeros_like(signal),) if isinstance(node.layer, ReLU) else chain_rule(node, signal, inputs, kept)

    assert not gradient(forward, lrp.Logit(3), no_relu).any()
    assert asked == [node.name for node in reversed(forward.network.nodes)]


def test_the_forward_pass_stays_as_it_is(forward):
    before = {name: value.clone() for name, value in forward.values.items()}
    first = gradient(forward, lrp.Logit(3))
    assert torch.equal(gradient(forward, lrp.Logit(3)), first)
    assert before.keys() == forward.values.keys()
    assert all(torch.equal(value, forward.values[name]) for name, value in before.items())


def test_what_comes_after_the_explained_layer_has_no_gradient(forward):
    with pytest.raises(ValueError, match=r"what is explained, Features\(place='layer1'\), must come after layer3_"):
        gradient(forward, lrp.Features("layer1"), at=forward.network.find("layer3"))
