"""Captum's own fixtures that are not in test_hand_worked.py, and Captum itself where it is right: on plain networks."""


import captum.attr
import pytest
import torch
from captum.attr._utils import lrp_rules
from torch import nn

import lrp
from lrp.methods.composites import Composite
from lrp.network.weighted import Weighted
from lrp.rules.weighted import AlphaBeta, Epsilon, Gamma
from lrp.rules.weightless import Pass
from tests.networks import without_biases


def captum_simple() -> nn.Sequential:
    """Captum's 3-3-1 network with one negative weight, worked through at x = (1, 2, 3): units (8, 12, 12), output 96."""
    model = nn.Sequential(nn.Linear(3, 3, bias=False), nn.ReLU(), nn.Linear(3, 1, bias=False)).double().eval()
    nn.init.constant_(model[0].weight, 2)
    nn.init.constant_(model[2].weight, 3)
    model[0].weight.data[0, 0] = -2
    return model


@pytest.mark.parametrize(
    ("first", "expected"), [(Gamma(1.0), [28 / 3, 104 / 3, 52.0]), (Pass(), [24.0, 36.0, 36.0])], ids=["gamma", "identity"]
)
def test_captums_fixtures(first, expected):
    network = lrp.canonize(captum_simple())
    x = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
    composite = Composite(((Weighted, Gamma(0.25)),), stages=(("0", first),))
    torch.testing.assert_close(
        lrp.explain(network, x, 0, composite).relevance, torch.tensor([expected], dtype=torch.float64), rtol=1e-6, atol=0
    )


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (lambda: lrp_rules.EpsilonRule(0.25), Epsilon(0.25)),
        (lambda: lrp_rules.GammaRule(0.5), Gamma(0.5)),
        (lambda: lrp_rules.Alpha1_Beta0_Rule(), AlphaBeta(1, 0)),
    ],
    ids=["epsilon", "gamma", "alpha1 beta0"],
)
def test_captum_agrees_on_a_plain_network_without_biases(theirs, ours):
    # With biases Captum's gamma and alpha1-beta0 keep them as they are, whatever the rule does to the weights.
    torch.manual_seed(0)
    model = without_biases(nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3, stride=2), nn.ReLU(), nn.Flatten(),
        nn.Linear(72, 10), nn.ReLU(), nn.Linear(10, 4),
    ).double().eval())  # fmt: skip
    x = 1e3 * torch.rand(2, 3, 16, 16, dtype=torch.float64)  # so large that the stabilizers, which differ, do not count
    target = int(model(x).min(0).values.argmax())  # Captum's gamma is the plain form, wrong where the logit is below 0
    relevance = lrp.explain(lrp.canonize(model), x, target, Composite(((Weighted, ours),))).relevance
    for layer in model:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.rule = theirs()
    model[5].rule = lrp_rules.EpsilonRule()
    expected = captum.attr.LRP(model).attribute(x.clone().requires_grad_(), target=target).detach()
    assert (relevance - expected).abs().max() <= 1e-6 * expected.abs().max()
