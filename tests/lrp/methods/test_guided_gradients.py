"""Guided IG against a dense restatement of the authors' algorithm, and its limits."""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

import lrp
from lrp.methods.baselines import baseline_picture
from lrp.pictures.samples import SAMPLES
from tests.networks import LOW


def restated(model: nn.Module, x: Tensor, start: Tensor, target: int, n_steps: int, fraction: float, max_dist: float):
    """The points of one picture's path by algorithm 1 of the paper, in pixels as the authors' library has it; their gradients."""
    end, begin = x.numpy(), start.numpy()
    way, total = end - begin, np.abs(end - begin).sum()
    at, points, gradients = begin.copy(), [], []
    for step in range(1, n_steps + 1):
        points.append(at)
        gradients.append(gradient_of(model, at, target))
        strength = np.abs(gradients[-1])
        low, high = max(step / n_steps - max_dist, 0.0), min(step / n_steps + max_dist, 1.0)
        aim = total * (1 - step / n_steps)
        with np.errstate(invalid="ignore"):
            alpha = np.where(way == 0, high, (at - begin) / way)
        at = np.where(alpha < low, begin + low * way, at)
        farthest = begin + high * way
        while not math.isclose(aim, left := np.abs(end - at).sum(), rel_tol=1e-9, abs_tol=1e-9):
            strength = np.where(np.isclose(at, farthest, rtol=0, atol=1e-14), np.inf, strength)
            chosen = (strength <= np.quantile(strength, fraction, method="lower")) & np.isfinite(strength)
            share = (left - aim) / (np.abs(farthest - at) * chosen).sum()
            at = np.where(chosen, farthest if share > 1 else at + share * (farthest - at), at)
    return [*points, at], [*gradients, gradient_of(model, at, target)]


def gradient_of(model: nn.Module, at: NDArray[np.float64], target: int) -> NDArray[np.float64]:
    leaf = torch.from_numpy(at).to(next(model.parameters())).requires_grad_()
    (gradient,) = torch.autograd.grad(model(leaf)[:, target].sum(), leaf)
    return gradient.double().numpy()


@pytest.mark.parametrize(("fraction", "max_dist"), [(0.25, 0.02), (0.25, 1.0), (0.6, 0.1), (0.03, 0.3), (1.0, 0.5)])
def test_its_path_is_the_authors_and_its_integral_simpsons_rule_on_it(model, network, x, fraction, max_dist):
    part = x[..., ::2, ::2].contiguous()
    start = LOW + 0.1 * part.flip(0, 2)  # in one colour the pixels of a max pool would be equal but for rounding
    method = lrp.GuidedIntegratedGradients(start, 12, fraction, max_dist)
    points, gradients = restated(model, part[:1], start[:1], 3, 12, fraction, max_dist)
    middles = [gradient_of(model, (points[i] + points[i + 1]) / 2, 3) for i in range(12)]
    expected = sum(
        (gradients[i] + 4 * middles[i] + gradients[i + 1]) / 6 * (points[i + 1] - points[i]) for i in range(12)
    )
    result = lrp.explain(network, part, 3, method)
    torch.testing.assert_close(result.relevance[:1], torch.from_numpy(expected), rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(result.explained, (model(part) - model(start))[:, 3].detach())


def test_without_a_detour_it_is_integrated_gradients_by_simpsons_rule(model, network, x):
    found = lrp.explain(network, x, 3, lrp.GuidedIntegratedGradients("noise", n_steps=5, max_dist=0.0)).relevance
    start, total = baseline_picture("noise", network, x), torch.zeros_like(x)
    for node, weight in enumerate((1, 4, 2, 4, 2, 4, 2, 4, 2, 4, 1)):
        total += weight / 30 * torch.from_numpy(gradient_of(model, (start + (x - start) * node / 10).numpy(), 3))
    torch.testing.assert_close(found, (x - start) * total, rtol=1e-6, atol=1e-9)


class Quartic:
    """x1^3 x2 - 2 x2^4 + 3 x1 x2 + x1, as the explained scalar of one sample."""

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        a, b = x.unbind(1)
        return a**3 * b - 2 * b**4 + 3 * a * b + a, torch.stack([3 * a**2 * b + 3 * b + 1, a**3 - 8 * b**3 + 3 * a], 1)


@pytest.mark.parametrize("max_dist", [0.0, 0.3, 1.0])
def test_on_a_polynomial_of_the_fourth_degree_it_sums_exactly_whatever_the_path(max_dist):
    ends = torch.zeros(1, 2, dtype=torch.double), torch.tensor([[2.0, -1.5]], dtype=torch.double)
    found = lrp.GuidedIntegratedGradients("grey", 4, 0.5, max_dist).integrate(Quartic(), [ends], None)
    assert float(found.relevance.sum()) == pytest.approx(found.explained, rel=1e-12)
    assert found.explained == pytest.approx(-12 - 10.125 - 9 + 2)


def test_on_a_linear_model_it_is_exact():
    linear = nn.Sequential(nn.Flatten(), nn.Linear(12, 3)).double().eval()
    x, w = torch.randn(2, 3, 2, 2, dtype=torch.double), linear[1].weight[1].detach().view(1, 3, 2, 2)
    x[0, 0] = 0  # values that equal the baseline have no way to go
    result = lrp.explain(lrp.canonize(linear), x, 1, lrp.GuidedIntegratedGradients("grey", n_steps=3, max_dist=0.3))
    torch.testing.assert_close(result.relevance, w * x)


def test_it_sums_in_few_steps_where_the_gradient_at_the_beginning_of_each_does_not():
    backbone = lrp.load_backbone()
    x, method = backbone.preprocess(Image.fromarray(SAMPLES["Cat"]())), lrp.GuidedIntegratedGradients(n_steps=25)
    cat, start = backbone.categories.index("cat"), backbone.network.low.expand_as(x)
    result = lrp.explain(backbone, x, cat, method)
    assert float(result.gap) < 0.05
    points, gradients = restated(backbone.model, x.double(), start.double(), cat, 25, 0.25, 0.02)
    by_beginnings = sum(float((gradients[i] * (points[i + 1] - points[i])).sum()) for i in range(25))
    assert abs(by_beginnings - float(result.explained)) > float(result.explained)


def test_a_value_with_a_small_gradient_moves_first_and_none_farther_than_it_may():
    method = lrp.GuidedIntegratedGradients("grey", fraction=0.25, max_dist=0.25)
    way, strength = torch.ones(4, dtype=torch.double), torch.tensor([3.0, 1.0, 2.0, 4.0], dtype=torch.double)
    # A quarter of four values is one. By 0.25 the sum is to be 1: the second goes to 0.5, its farthest, then the third.
    moved = method.moved(torch.zeros_like(way), strength, way, 0.25)
    torch.testing.assert_close(moved, torch.tensor([0.0, 0.5, 0.5, 0.0], dtype=torch.double))
    # By 0.5 the sum is 2, none below 0.25 or above 0.75: the second and the third go on first.
    moved = method.moved(moved, strength, way, 0.5)
    torch.testing.assert_close(moved, torch.tensor([0.25, 0.75, 0.75, 0.25], dtype=torch.double))
    # At the end all have arrived.
    assert torch.equal(method.moved(moved, strength, way, 1.0), torch.ones_like(way))


@pytest.mark.parametrize(("settings", "message"), [
    ({"fraction": 0.0}, "fraction must be above 0 and at most 1, got 0.0"),
    ({"fraction": 1.1}, "fraction must be above 0 and at most 1, got 1.1"),
    ({"max_dist": -0.1}, "max_dist must be between 0 and 1, got -0.1"),
    ({"n_steps": 0}, "n_steps must be between 1 and 1024, got 0"),
])  # fmt: skip
def test_settings_outside_their_limits_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        lrp.GuidedIntegratedGradients(**settings)
