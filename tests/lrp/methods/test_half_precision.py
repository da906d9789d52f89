"""Models in half precision: every method and metric computes them in single precision."""

import copy
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import lrp
from lrp import metrics
from tests.networks import pictures, random_resnet

HALVES = pytest.mark.parametrize("half", [torch.float16, torch.bfloat16], ids=str)
LOW = torch.full((1, 3, 1, 1), -2.5)


class Odd(nn.Module):
    """Layers whose numbers stand outside convolutions, PReLU and a buffer; groups, and a transposed convolution."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.register_buffer("mean", torch.rand(1, 3, 1, 1))
        self.first, self.norm, self.bend = nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.PReLU(8)
        self.groups, self.up, self.last = nn.Conv2d(8, 8, 3, groups=8), nn.ConvTranspose2d(8, 4, 2, stride=2), nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.bend(self.norm(self.bend(self.first(x - self.mean))))
        return self.last(self.up(self.groups(h)).mean((2, 3)))


def small(method: Any) -> Any:
    quick = {"n_steps": 4, "tolerance": None, "n_samples": 2, "window": 16, "stride": 16}
    return method(**{setting.name: quick[setting.name] for setting in fields(method) if setting.name in quick})


def models(half: torch.dtype) -> list[nn.Module]:
    return [random_resnet(18, dtype=torch.float32).to(half), Odd().eval().to(half)]


@HALVES
@pytest.mark.parametrize("method", [small(method) for method in lrp.METHODS.values()], ids=lambda method: method.name)
def test_every_method_finds_what_it_finds_with_the_same_weights_in_single_precision(half, method):
    x = pictures(1, 32, torch.float32).to(half)
    for model in models(half):
        ours = lrp.explain(lrp.canonize(model, LOW, -LOW), x, torch.tensor([1, 2]), method)
        single = lrp.canonize(copy.deepcopy(model).float(), LOW, -LOW)
        expected = lrp.explain(single, x.float(), torch.tensor([1, 2]), method)
        assert ours.relevance.isfinite().all()
        torch.testing.assert_close(ours.relevance, expected.relevance)
        assert next(model.parameters()).dtype == half


@HALVES
def test_logits_are_the_models_to_its_own_rounding(half):
    x = pictures(2, 32, torch.float32).to(half)
    for model in models(half):
        logits = model(x).detach().float()
        error = (lrp.canonize(model)(x) - logits).abs().max() / logits.abs().max()
        assert error < 8 * torch.finfo(half).eps


@HALVES
def test_metrics_and_baselines_take_pictures_in_half(half):
    x, model = pictures(1, 32, torch.float32).to(half), Odd().eval().to(half)
    network = lrp.canonize(model, LOW.to(half), -LOW.to(half))
    card = metrics.report(network, x, 1, [lrp.EpsilonPlusFlat()], metrics.Perturbation(steps=3), n_samples=2).cards[0]
    numbers = card.numbers()
    numbers.pop("agreement")  # there is nothing to compare it with
    assert np.isfinite(list(numbers.values())).all()
    black = lrp.explain(network, x, 1, lrp.IntegratedGradients("black", n_steps=8))
    given = lrp.explain(network, x, 1, lrp.IntegratedGradients(LOW.to(half), n_steps=8))
    torch.testing.assert_close(black.relevance, given.relevance)


def test_a_network_that_computes_in_half_is_not_explained():
    network = metrics.half_precision(lrp.canonize(random_resnet(18, dtype=torch.float32)))
    with pytest.raises(ValueError, match=r"single precision or double, got torch\.bfloat16"):
        lrp.explain(network, pictures(1, 32).bfloat16(), 0, lrp.EpsilonPlus())


def test_half_precision_of_a_network_with_constants_in_full_is_refused_in_words():
    with pytest.raises(ValueError, match="precision must be full for this network"):
        metrics.random_curves(lrp.canonize(Odd().eval()), pictures(1, 32).float(), 0, metrics.Perturbation(precision="half"))


@pytest.mark.parametrize("method", [small(method) for method in lrp.METHODS.values()], ids=lambda method: method.name)
def test_autocast_around_an_explanation_changes_nothing(method):
    network, x = lrp.canonize(random_resnet(18, dtype=torch.float32), LOW, -LOW), pictures(1, 32, torch.float32)
    expected = lrp.explain(network, x, 1, method).relevance
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(lrp.explain(network, x, 1, method).relevance, expected)
