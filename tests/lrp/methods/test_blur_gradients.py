"""Blur IG against scipy's Gaussian filter, autograd and closed forms."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor, nn

import lrp
from tests.networks import pictures


def by_scipy(x: Tensor, sigma: float) -> Tensor:
    """Each channel of each picture by itself, mirrored at the border."""
    return torch.from_numpy(gaussian_filter(x.numpy(), (0, 0, sigma, sigma), mode="mirror"))


def restated(model: nn.Module, x: Tensor, target: int, max_sigma: float, n_steps: int) -> Tensor:
    """The gradients at the middles of the steps between pictures that scipy blurred less and less."""
    total = torch.zeros_like(x)
    points = [by_scipy(x, max_sigma * (1 - i / n_steps) ** 3) if i < n_steps else x for i in range(n_steps + 1)]
    for before, after in pairwise(points):
        leaf = ((before + after) / 2).requires_grad_()
        total += torch.autograd.grad(model(leaf)[:, target].sum(), leaf)[0] * (after - before)
    return total


@pytest.mark.parametrize(("max_sigma", "n_steps"), [(50.0, 5), (3.0, 20), (8.0, 1)])
def test_it_is_the_integral_on_the_way_out_of_the_blur(model, network, x, max_sigma, n_steps):
    result = lrp.explain(network, x, 3, lrp.BlurIntegratedGradients(max_sigma, n_steps))
    torch.testing.assert_close(result.relevance, restated(model, x, 3, max_sigma, n_steps), rtol=1e-5, atol=1e-8)
    torch.testing.assert_close(result.explained, (model(x) - model(by_scipy(x, max_sigma)))[:, 3].detach())
    assert result.n_steps.tolist() == [n_steps, n_steps]


def test_it_tends_to_the_integral_over_sigma(model, network, x):
    """What the paper defines: R = integral over sigma of df/dx * dx/dsigma, by very small differences of sigma."""
    picture, n = x[:1, :, ::2, ::2].contiguous(), 1500
    sigmas = 6.0 * (1 - (np.arange(n) + 0.5) / n)
    total = torch.zeros_like(picture)
    for sigma in sigmas:
        at = by_scipy(picture, sigma).requires_grad_()
        slope = (by_scipy(picture, sigma - 1e-4) - by_scipy(picture, sigma + 1e-4)) / 2e-4
        total += torch.autograd.grad(model(at)[:, 3].sum(), at)[0] * slope * 6.0 / n
    found = lrp.explain(network, picture, 3, lrp.BlurIntegratedGradients(6.0, 200)).relevance
    assert float((found - total).abs().sum() / total.abs().sum()) < 0.05


def test_on_a_linear_model_it_is_the_weight_times_what_the_blur_took_away():
    linear = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 3)).double().eval()
    x, w = pictures(2, 8), linear[1].weight[1].detach().view(1, 3, 8, 8)
    for n_steps in (1, 9):
        result = lrp.explain(lrp.canonize(linear), x, 1, lrp.BlurIntegratedGradients(2.5, n_steps))
        torch.testing.assert_close(result.relevance, w * (x - by_scipy(x, 2.5)), rtol=1e-9, atol=1e-12)


class Quadratic:
    """The sum of x_j x_k over neighbours along the last axis, as the explained scalar of one sample."""

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        gradient = torch.zeros_like(x)
        gradient[..., 1:] += x[..., :-1]
        gradient[..., :-1] += x[..., 1:]
        return self.values(x), gradient

    def values(self, x: Tensor) -> Tensor:
        return (x[..., 1:] * x[..., :-1]).flatten(1).sum(1)


def test_on_a_quadratic_it_sums_exactly_in_any_number_of_steps():
    x = pictures(1, 16)
    for n_steps in (1, 4, 33):
        method = lrp.BlurIntegratedGradients(10.0, n_steps)
        found = method.integrate(Quadratic(), [(by_scipy(x, 10.0), x)], None)
        assert float(found.relevance.sum()) == pytest.approx(found.explained, rel=1e-9)


def test_a_plain_picture_has_no_details_to_explain(network):
    plain = torch.full((1, 3, 64, 64), 0.3, dtype=torch.double)
    result = lrp.explain(network, plain, 3, lrp.BlurIntegratedGradients(20.0, 4))
    assert float(result.relevance.abs().max()) < 1e-12


def test_what_cannot_be_blurred_is_refused():
    table = lrp.canonize(nn.Linear(6, 3).eval())
    with pytest.raises(ValueError, match=r"Blur IG needs x to have a length, or height and width, got \(2, 6\)"):
        lrp.explain(table, torch.randn(2, 6), 0, lrp.BlurIntegratedGradients())
    for sigma in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match=f"max_sigma must be above 0 and finite, got {sigma}"):
            lrp.BlurIntegratedGradients(sigma)
