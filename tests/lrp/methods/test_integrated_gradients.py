"""Integrated Gradients against closed forms and against Captum on the stock model."""

import pytest
import torch
from captum.attr import IntegratedGradients as Captum
from torch import nn

import lrp
from lrp.methods.baselines import BASELINES, baseline_picture, blur
from tests.networks import HIGH, LOW, pictures, random_resnet


@pytest.mark.parametrize("baseline", BASELINES)
def test_it_equals_captum_on_the_stock_model(baseline):
    model, x = random_resnet(), pictures()
    network = lrp.canonize(model, LOW, HIGH)
    ours = lrp.explain(network, x, 3, lrp.IntegratedGradients(baseline, n_steps=32, tolerance=None))
    start = baseline_picture(baseline, network, x)
    theirs = Captum(model).attribute(x, start, target=3, n_steps=32, method="gausslegendre")
    assert torch.corrcoef(torch.stack([ours.relevance.flatten(), theirs.flatten()]))[0, 1] > 0.9999
    torch.testing.assert_close(ours.relevance, theirs, rtol=1e-4, atol=1e-6 * float(theirs.abs().max()))
    torch.testing.assert_close(ours.explained, (model(x) - model(start))[:, 3].detach(), rtol=1e-6, atol=1e-9)


def test_it_is_exact_on_a_linear_model_at_any_number_of_steps():
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 3)).eval()
    x = torch.randn(2, 3, 2, 2)
    result = lrp.explain(lrp.canonize(model), x, 1, lrp.IntegratedGradients("grey", n_steps=1, tolerance=None))
    torch.testing.assert_close(result.relevance, x * model[1].weight[1].view(1, 3, 2, 2))


@pytest.mark.parametrize("objective", [lrp.Contrast(1, versus=2), lrp.SGLRP(1), lrp.Features("layer3")], ids=str)
def test_every_objective_both_families_share_is_the_one_captum_integrates(objective):
    model, x = random_resnet(), pictures()
    network = lrp.canonize(model, LOW, HIGH)
    stage = nn.Sequential(*list(model.children())[:7])  # up to layer3
    value = {
        lrp.Contrast: lambda x: model(x)[:, 1] - model(x)[:, 2],
        lrp.SGLRP: lambda x: model(x).softmax(1)[:, 1],
        lrp.Features: lambda x: stage(x).flatten(1).sum(1),
    }[type(objective)]
    start = LOW.expand_as(x)
    ours = lrp.explain(network, x, objective, lrp.IntegratedGradients(n_steps=8, tolerance=None))
    theirs = Captum(value).attribute(x, start, n_steps=8, method="gausslegendre")
    torch.testing.assert_close(ours.relevance, theirs, rtol=1e-4, atol=1e-6 * float(theirs.abs().max()))
    torch.testing.assert_close(ours.explained, (value(x) - value(start)).detach())
    assert ours.logits.shape == (2, 7)


def test_a_baseline_may_be_a_picture():
    network, x = lrp.canonize(random_resnet()), pictures()
    with_tensor = lrp.explain(network, x, 0, lrp.IntegratedGradients(torch.zeros(1, 3, 1, 1), 8, None)).relevance
    by_name = lrp.explain(network, x, 0, lrp.IntegratedGradients("grey", 8, None)).relevance
    assert torch.equal(with_tensor, by_name)


def test_blurring_keeps_a_plain_picture_and_its_mean():
    plain = torch.full((1, 3, 40, 40), 0.7)
    torch.testing.assert_close(blur(plain), plain)
    assert float(blur(pictures()).var()) < 0.5 * float(pictures().var())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"baseline": "pink"}, "baseline must be one of black, white, grey, blurred, noise, or a tensor, got 'pink'"),
        ({"n_steps": 0}, "n_steps must be between 1 and 1024, got 0"),
        ({"tolerance": 0.0}, "tolerance must be above 0 or None, got 0.0"),
    ],
)
def test_settings_outside_their_limits_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        lrp.IntegratedGradients(**settings)


def test_black_needs_the_pixel_bounds():
    with pytest.raises(ValueError, match="the black baseline needs the pixel bounds"):
        lrp.explain(lrp.canonize(random_resnet()), pictures(), 0, lrp.IntegratedGradients())
