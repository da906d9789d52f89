"""What holds for the explanations of every network that comes with the program."""

from dataclasses import fields
from typing import Any

import pytest
import torch
from torch import Tensor

import lrp
from lrp.methods.composites import Composite, by_kind
from lrp.models.backbone import Backbone
from lrp.models.loading import bundled_depths
from lrp.rules.first_layer import Flat
from lrp.rules.weighted import ZPlus
from pages.parts.choose.samples import sample

LRP_METHODS = [method for method in lrp.METHODS.values() if method.has_rules]
CONSERVING = {
    "z+": Composite(by_kind(ZPlus(bias=False), ZPlus(bias=False))),
    "z+, flat first": Composite(by_kind(ZPlus(bias=False), ZPlus(bias=False)), first=Flat()),
}


@pytest.fixture(scope="module", params=bundled_depths())
def backbone(request: pytest.FixtureRequest) -> Backbone:
    return lrp.load_backbone(request.param)


@pytest.fixture(scope="module")
def cat(backbone: Backbone) -> Tensor:
    return backbone.preprocess(sample("Cat").image)


def hostile(backbone: Backbone) -> Tensor:
    """Black, white, grey, one colour, strong noise and faint noise, 64 pixels wide."""
    low, high = backbone.network.low, backbone.network.high
    assert low is not None
    assert high is not None
    noise = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    plain = [value.expand(1, 3, 64, 64) for value in (low, high, torch.zeros(1, 3, 1, 1), (low + 3 * high) / 4)]
    return torch.cat([*plain, noise, 1e-6 * noise])


EACH_COMPOSITE = pytest.mark.parametrize("composite", CONSERVING.values(), ids=CONSERVING)


@EACH_COMPOSITE
def test_relevance_is_conserved_but_for_what_arrives_at_units_that_live_by_their_bias_alone(
    backbone: Backbone, cat: Tensor, composite: Composite
) -> None:
    # No positive part of the input reaches such a unit, so there is nobody to hand its relevance to.
    target = backbone.categories.index("cat")
    result = lrp.explain(backbone, cat, target, composite)
    assert float(result.explained) == pytest.approx(float(backbone.model(cat)[0, target]), rel=1e-4)
    assert float(result.total) == pytest.approx(float(result.explained), rel=5e-3)


@pytest.mark.parametrize("method", [lrp.EpsilonPlus(zero_bias=True), lrp.EpsilonPlusFlat(zero_bias=True)], ids=str)
def test_the_zero_bias_variants_sum_to_the_logit(backbone: Backbone, cat: Tensor, method: Any) -> None:
    result = lrp.explain(backbone, cat, backbone.categories.index("cat"), method)
    assert float(result.total) == pytest.approx(float(result.explained), rel=5e-3)


@pytest.mark.parametrize("method", LRP_METHODS, ids=lambda method: method.name)
def test_relevance_is_finite_whatever_the_picture_and_epsilon(backbone: Backbone, method: type) -> None:
    pictures = hostile(backbone)
    kept = lrp.trace(backbone, pictures)
    with_epsilon = "epsilon" in {field.name for field in fields(method)}
    for settings in [{"epsilon": epsilon} for epsilon in (0.0, 1e-12, 1e3)] if with_epsilon else [{}]:
        result = lrp.explain(backbone, kept, 0, method(**settings))
        assert result.relevance.isfinite().all(), settings
        assert all(arriving.isfinite().all() for arriving in result.by_layer.values()), settings


def test_epsilon_of_0_is_input_times_gradient(backbone: Backbone, cat: Tensor) -> None:
    target = backbone.categories.index("cat")
    leaf = cat.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(backbone.model(leaf)[0, target], leaf)
    relevance = lrp.explain(backbone, cat, target, lrp.UniformEpsilon(0.0)).relevance
    expected = cat * gradient
    assert torch.corrcoef(torch.stack([relevance.flatten(), expected.flatten()]))[0, 1] > 0.9999


def test_integrated_gradients_keep_their_promise(backbone: Backbone, cat: Tensor) -> None:
    small = torch.nn.functional.interpolate(cat, size=(96, 96), mode="bilinear")
    result = lrp.explain(backbone, small, backbone.categories.index("cat"), lrp.IntegratedGradients(tolerance=0.01))
    assert float(result.total) == pytest.approx(float(result.explained), rel=0.01)
