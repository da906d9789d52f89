"""Expected Gradients against their formula with the same draws, closed forms, and what is taken for references."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import lrp
from lrp.pictures.samples import SAMPLES
from tests.networks import HIGH, LOW, pictures


def references(count: int) -> Tensor:
    return pictures(count + 2)[2:]


@pytest.mark.parametrize(("count", "n_samples"), [(1, 5), (3, 11), (6, 4)])
def test_it_is_the_mean_over_its_draws(model, network, x, count, n_samples):
    method, given = lrp.ExpectedGradients(references(count), n_samples, seed=3), references(count)
    draws = method.places(min(count, n_samples))
    lines = [start for start, _ in method.lines(network, x[:1])]
    expected = torch.zeros_like(x)
    for line, alpha in draws:
        leaf = (lines[line] + alpha * (x - lines[line])).requires_grad_()
        expected += (x - lines[line]) * torch.autograd.grad(model(leaf)[:, 3].sum(), leaf)[0] / len(draws)
    result = lrp.explain(network, x, 3, method)
    torch.testing.assert_close(result.relevance, expected, rtol=1e-6, atol=1e-9)
    mean = model(torch.cat(lines))[:, 3].mean()
    torch.testing.assert_close(result.explained, (model(x)[:, 3] - mean).detach())
    assert result.n_steps.tolist() == [len(draws)] * 2 == [n_samples // len(lines) * len(lines)] * 2
    chosen = [next(i for i in range(count) if torch.equal(start, given[i : i + 1])) for start in lines]
    assert len(set(chosen)) == min(count, n_samples)


@pytest.mark.parametrize(("lines", "n_samples"), [(1, 32), (4, 32), (5, 33), (32, 32)])
def test_the_draws_are_spread_evenly_over_every_way_and_over_all(lines, n_samples):
    places = lrp.ExpectedGradients(n_samples=n_samples, seed=7).places(lines)
    parts = n_samples // lines
    assert len(places) == parts * lines
    for line in range(lines):
        own = [alpha for at, alpha in places if at == line]
        assert sorted(int(alpha * parts) for alpha in own) == list(range(parts))
    assert sorted(int(alpha * parts * lines) for _, alpha in places) == list(range(parts * lines))


def test_each_draw_is_uniform():
    drawn = np.array([[alpha for _, alpha in lrp.ExpectedGradients(n_samples=12, seed=seed).places(3)] for seed in range(1, 401)])
    of_part = (drawn * 4) % 1  # within its part of [0, 1], of which there are 4
    assert of_part.mean(0) == pytest.approx(np.full(12, 0.5), abs=0.06)
    assert of_part.var(0) == pytest.approx(np.full(12, 1 / 12), abs=0.015)


def test_on_a_linear_model_it_is_exact_for_any_draws():
    linear = nn.Sequential(nn.Flatten(), nn.Linear(12, 3)).double().eval()
    x, given = torch.randn(2, 3, 2, 2, dtype=torch.double), torch.randn(5, 3, 2, 2, dtype=torch.double)
    w = linear[1].weight[1].detach().view(1, 3, 2, 2)
    result = lrp.explain(lrp.canonize(linear), x, 1, lrp.ExpectedGradients(given, 10))
    torch.testing.assert_close(result.relevance, w * (x - given.mean(0)))
    assert float(result.gap.max()) < 1e-9


def test_it_tends_to_the_mean_of_integrated_gradients(network, x):
    given = references(2)
    exact = [lrp.explain(network, x[:1], 3, lrp.IntegratedGradients(start, 128, None)).relevance for start in given.split(1)]
    exact = (exact[0] + exact[1]) / 2
    few, many = (lrp.explain(network, x[:1], 3, lrp.ExpectedGradients(given, n)).relevance for n in (8, 256))
    distance = [float((found - exact).abs().sum() / exact.abs().sum()) for found in (few, many)]
    assert distance[1] < 0.05 < distance[0]


def test_pictures_are_scaled_and_cut_to_what_the_network_sees(network, x):
    pixels = np.zeros((64, 128, 3), np.uint8)
    pixels[:, 32:96] = 255  # the centre, as large as the network's input
    method = lrp.ExpectedGradients(lrp.PictureSet("mine", [Image.fromarray(pixels)]), 8)
    ((start, _),) = method.lines(network, x[:1])
    torch.testing.assert_close(start, HIGH.expand_as(start))
    samples = [start for start, _ in lrp.ExpectedGradients().lines(network, x[:1])]
    assert len(samples) == len(SAMPLES)
    picture = Image.fromarray(SAMPLES["Cat"]())
    left = (picture.width - picture.height) / 2
    square = (left, 0, picture.width - left, picture.height)
    cat = np.asarray(picture.resize((64, 64), Image.Resampling.BILINEAR, square)) / 255
    torch.testing.assert_close(samples[0], LOW + (HIGH - LOW) * torch.from_numpy(cat).permute(2, 0, 1))


def test_references_that_do_not_fit_are_refused(network, x):
    for wrong, message in (
        (torch.zeros(3, 64, 64), r"references must have the shape \(M, 3, 64, 64\), got \(3, 64, 64\)"),
        (torch.zeros(2, 3, 9, 9), r"references must broadcast to the shape \(M, 3, 64, 64\), got \(2, 3, 9, 9\)"),
        (torch.zeros(0, 3, 64, 64), r"references must have the shape \(M, 3, 64, 64\), got \(0, 3, 64, 64\)"),
    ):
        with pytest.raises(ValueError, match=message):
            lrp.explain(network, x, 3, lrp.ExpectedGradients(wrong))
    with pytest.raises(ValueError, match="references must be one of samples, or a tensor, got 'pink'"):
        lrp.ExpectedGradients("pink")
    with pytest.raises(ValueError, match="n_samples must be >= 1, got 0"):
        lrp.ExpectedGradients(n_samples=0)
    bare = lrp.canonize(nn.Sequential(nn.Flatten(), nn.Linear(12, 3)).eval())
    with pytest.raises(ValueError, match="comparing with pictures needs the pixel bounds"):
        lrp.explain(bare, torch.zeros(1, 3, 2, 2), 0, lrp.ExpectedGradients())


def test_one_colour_for_each_channel_may_stand_for_a_picture(network, x):
    by_colour = lrp.explain(network, x, 3, lrp.ExpectedGradients(torch.full((1, 3, 1, 1), 0.5), 8)).relevance
    by_number = lrp.explain(network, x, 3, lrp.ExpectedGradients(0.5, 8)).relevance
    assert torch.equal(by_colour, by_number)
