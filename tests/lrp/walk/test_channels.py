"""Relevance per channel: against autograd, against the sums that arrive, and where there are no channels."""

from collections.abc import Callable

import pytest
import torch

import lrp
from lrp.walk.channels import channel_relevance
from tests.lrp.network.transformers import swin, vit
from tests.networks import SLIM, random_resnet


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    return random_resnet(18, SLIM, 5, torch.float64)


def forward_of(model: torch.nn.Module) -> lrp.Trace:
    x = torch.randn(3, 3, 64, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    return lrp.trace(lrp.canonize(model), x)


def test_without_a_stabilizer_it_is_activation_times_gradient(model: torch.nn.Module) -> None:
    forward, kept = forward_of(model), []
    target = torch.tensor([4, 0, 2])
    method = lrp.UniformEpsilon(epsilon=0)
    objective = lrp.Logit(target)
    found = channel_relevance(forward, objective, method.rules(forward.network, objective), "layer4")
    hook = model.layer4.register_forward_hook(lambda module, given, output: kept.append(output.retain_grad() or output))
    x = forward.x.clone().requires_grad_()
    model(x).gather(1, target[:, None]).sum().backward()
    hook.remove()
    (output,) = kept
    torch.testing.assert_close(found, (output * output.grad).sum((2, 3)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("place", ["layer4", "layer2", "fc"])
def test_the_channels_add_up_to_what_arrives_at_the_layer(model: torch.nn.Module, place: str) -> None:
    forward, objective, method = forward_of(model), lrp.Logit(1), lrp.EpsilonPlusFlat()
    whole = lrp.explain(forward.network, forward, objective, method)
    found = channel_relevance(forward, objective, method.rules(forward.network, objective), place)
    torch.testing.assert_close(found.sum(1), whole.by_layer[forward.network.find(place).name])


@pytest.mark.parametrize(
    ("make", "place", "channels"), [(vit, "encoder.layers", 64), (lambda: swin(1), "features", 64)], ids=["vit", "swin"]
)
def test_of_a_transformer_they_are_those_of_its_tokens(make: Callable[[], torch.nn.Module], place: str, channels: int) -> None:
    network = lrp.canonize(make().eval())
    forward = lrp.trace(network, torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)))
    objective, method = lrp.Logit(torch.tensor([1, 3])), lrp.AttnLRP()
    found = channel_relevance(forward, objective, method.rules(network, objective), place)
    assert found.shape == (2, channels)
    whole = lrp.explain(network, forward, objective, method)
    torch.testing.assert_close(found.sum(1), whole.by_layer[network.find(place).name], rtol=1e-4, atol=1e-5)


def test_a_layer_that_is_not_there_or_that_nothing_depends_on_is_refused(model: torch.nn.Module) -> None:
    forward = forward_of(model)
    objective = lrp.Features("layer3")
    rules = lrp.EpsilonPlus().rules(forward.network, objective)
    with pytest.raises(ValueError, match="no node or module named 'layer9'"):
        channel_relevance(forward, objective, rules, "layer9")
    with pytest.raises(ValueError, match="does not depend on"):
        channel_relevance(forward, objective, rules, "layer4")
