"""Deletion and insertion: in closed form on a linear network, against Quantus on a small one, and what holds for any."""

import numpy as np
import pytest
import quantus
import torch
from torch import nn

import lrp
from lrp import metrics
from lrp.metrics.perturbation import Perturbation, most_relevant_first, patch_sums
from tests.networks import HIGH, LOW, pictures, random_resnet


def linear(size: int = 12) -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * size * size, 4)).double().eval()


def small_network() -> nn.Module:
    torch.manual_seed(4)
    layers = nn.Conv2d(3, 5, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(20, 4)
    return nn.Sequential(*layers).eval()


def contributions(model: nn.Module, x: torch.Tensor, target: int, baseline: torch.Tensor) -> np.ndarray:
    """(H, W), w (x - baseline): what each pixel adds to the logit of a linear network."""
    weight = model[1].weight[target].detach().view_as(x)
    return (weight * (x - baseline)).sum((0, 1)).numpy()


@pytest.mark.parametrize("replacement", ["blur", "mean", "noise"])
@pytest.mark.parametrize("patch", [1, 4, 5])
def test_on_a_linear_network_every_curve_is_known_exactly(replacement, patch):
    model, x = linear(), pictures(1, 16)[..., :12, :12]
    how = Perturbation(patch, 9, replacement, "logit")
    network = lrp.canonize(model, LOW, HIGH)
    values = contributions(model, x, 2, how.replaced(network, x))
    logit, sums = float(model(x)[0, 2].detach()), patch_sums(values, patch).ravel()
    taken = [np.sort(sums)[::-1][:count].sum() for count in how.counts(len(sums))]
    kept = [np.sort(sums)[:count].sum() for count in how.counts(len(sums))]
    assert np.allclose(metrics.deletion(network, x, 2, [values], how)[0], logit - np.array(taken))
    assert np.allclose(metrics.deletion(network, x, 2, [values], how, first="least")[0], logit - np.array(kept))
    assert np.allclose(metrics.insertion(network, x, 2, [values], how)[0], (logit - np.array(kept))[::-1])
    curves = metrics.faithfulness(network, x, 2, {"exact": values}, how, random_orders=300)["exact"]
    # By chance each patch is taken as early as any other, so the mean of the random curves is a straight line.
    error = np.abs(curves.random.mean(0) - (logit - curves.shares * sums.sum()))
    assert (error <= 4 * curves.random.std(0) / 300**0.5 + 1e-9).all()
    assert curves.gain > 0
    assert curves.deletion_area < curves.random_areas.min()


def test_integrated_gradients_are_the_best_order_of_a_linear_network():
    model, x = linear(), pictures(1, 16)[..., :12, :12]
    network = lrp.canonize(model, LOW, HIGH)
    how = Perturbation(1, 12, torch.zeros(1), "logit")
    maps = [lrp.explain(network, x, 1, method).relevance.sum(1)[0].numpy() for method in (
        lrp.IntegratedGradients(baseline="grey", n_steps=2, tolerance=None), lrp.Saliency())]  # fmt: skip
    exact, other = (metrics.area(metrics.deletion(network, x, 1, [values], how)[0]) for values in maps)
    assert np.allclose(maps[0], contributions(model, x, 1, torch.zeros_like(x)))
    assert exact < other


@pytest.fixture
def batch() -> tuple[nn.Module, torch.Tensor, torch.Tensor, np.ndarray]:
    x = pictures(3, 16, torch.float32)[..., :12, :12]
    return small_network(), x, torch.tensor([0, 3, 1]), np.random.default_rng(5).normal(size=(3, 12, 12)).astype(np.float32)


def darkest(x: torch.Tensor) -> torch.Tensor:
    """What Quantus calls black: the smallest value of each picture."""
    return x.amin((1, 2, 3), keepdim=True)


def test_flipped_pixels_are_those_of_quantus(batch):
    model, x, target, values = batch
    theirs = quantus.PixelFlipping(features_in_step=3 * 8, disable_warnings=True, normalise=False)(
        model, x.numpy(), target.numpy(), values[:, None], batch_size=3
    )
    ours = metrics.deletion(lrp.canonize(model), x, target, list(values), Perturbation(1, 18, darkest(x)))
    assert np.allclose(ours[:, 1:], theirs, atol=1e-6)
    assert np.allclose(ours[:, 0], model(x).softmax(1)[range(3), target].detach())


@pytest.mark.parametrize(("first", "order"), [("most", "morf"), ("least", "lerf")])
def test_perturbed_regions_are_those_of_quantus(batch, first, order):
    model, x, target, values = batch
    metric = quantus.RegionPerturbation(patch_size=4, regions_evaluation=9, order=order, disable_warnings=True, normalise=False)
    theirs = metric(model, x.numpy(), target.numpy(), values[:, None], batch_size=3)
    ours = metrics.deletion(lrp.canonize(model), x, target, list(values), Perturbation(4, 9, darkest(x)), first)
    assert np.allclose(ours[:, :1] - ours[:, 1:], theirs, atol=1e-6)


def test_insertion_is_deletion_of_the_reverse_order_read_backwards(batch):
    model, x, target, values = batch
    network, how = lrp.canonize(model), Perturbation(4, 5, "mean")
    backwards = metrics.deletion(network, x, target, list(values), how, "least")[:, ::-1]
    assert np.array_equal(metrics.insertion(network, x, target, list(values), how), backwards)
    found = metrics.faithfulness(network, x[:1], 0, {"a": values[0], "b": -values[0]}, how, 3)
    assert np.allclose(found["a"].insertion, backwards[0])
    assert np.allclose(found["b"].deletion, found["a"].insertion[::-1])
    assert found["a"].gain == pytest.approx(-found["b"].gain)


def test_pictures_in_a_batch_are_measured_as_if_alone(batch):
    model, x, target, values = batch
    network, how = lrp.canonize(model), Perturbation(3, 7)
    together = metrics.deletion(network, x, target, list(values), how)
    alone = [metrics.deletion(network, x[i : i + 1], int(target[i]), [values[i]], how)[0] for i in range(3)]
    assert np.allclose(together, alone, atol=1e-6)


def test_patches_at_the_edges_are_cut_off():
    values = np.arange(35.0).reshape(5, 7)
    assert patch_sums(values, 3).tolist() == [[72, 99, 39], [153, 171, 61]]
    assert most_relevant_first(values, 3).tolist() == [4, 3, 1, 0, 5, 2]
    assert most_relevant_first(np.zeros((4, 4)), 2).tolist() == [0, 1, 2, 3]


def test_half_precision_gives_nearly_the_same_curves_and_leaves_the_network_as_it_is():
    network, x = lrp.canonize(random_resnet(18, dtype=torch.float32)), pictures(1, 64, torch.float32)
    values, logits = np.random.default_rng(6).normal(size=(64, 64)), network(x)
    full, half = (metrics.deletion(network, x, 1, [values], Perturbation(precision=name)) for name in ("full", "half"))
    assert np.abs(full - half).max() < 0.01
    assert np.abs(full - half).max() > 0
    assert torch.equal(network(x), logits)


def test_equal_settings_give_equal_bits_and_another_seed_other_noise(batch):
    model, x, _, values = batch
    network = lrp.canonize(model)
    curves = [metrics.faithfulness(network, x[:1], 0, {"a": values[0]}, Perturbation(4, 8, "noise", seed=seed))["a"]
              for seed in (1, 1, 2)]  # fmt: skip
    assert np.array_equal(curves[0].random, curves[1].random)
    assert np.array_equal(curves[0].deletion, curves[1].deletion)
    assert not np.array_equal(curves[0].deletion, curves[2].deletion)


def test_noise_stays_within_the_bounds_of_the_pixels():
    x, how = pictures(2, 16), Perturbation(replacement="noise")
    noise = how.replaced(lrp.canonize(linear(16), LOW, HIGH), x)
    assert ((noise >= LOW) & (noise <= HIGH)).all()
    own = how.replaced(lrp.canonize(linear(16)), x)
    assert (own.amin((1, 2, 3)) >= x.amin((1, 2, 3))).all()
    assert (own.amax((1, 2, 3)) <= x.amax((1, 2, 3))).all()


def test_drop_and_increase_by_hand(batch):
    assert metrics.average_drop([0.8, 0.5, 0.4], [0.2, 0.5, 0.9]) == pytest.approx(0.25)
    assert metrics.increase_in_confidence([0.8, 0.5, 0.4], [0.2, 0.5, 0.9]) == pytest.approx(1 / 3)
    model, x, _, _ = batch
    network, how = lrp.canonize(model), Perturbation(4, 4, "mean")
    everything, nothing = np.ones((12, 12)), -np.ones((12, 12))
    found = metrics.faithfulness(network, x[:1], 0, {"all": everything, "none": nothing}, how)
    assert found["all"].kept == pytest.approx(found["all"].deletion[0], rel=1e-5)
    assert found["none"].kept == pytest.approx(found["none"].deletion[-1], rel=1e-5)


def test_progress_goes_from_0_to_1_and_can_stop_the_work(batch):
    model, x, _, values = batch
    network, shares = lrp.canonize(model), []
    metrics.faithfulness(network, x[:1], 0, {"a": values[0]}, Perturbation(2, 20), 5, shares.append)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert shares == sorted(shares)
    assert len(shares) > 5

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        metrics.deletion(network, x[:1], 0, [values[0]], progress=stop)


@pytest.mark.parametrize(("settings", "message"), [
    ({"patch": 0}, "patch must be >= 1, got 0"), ({"steps": 0}, "steps must be >= 1, got 0"),
    ({"replacement": "black"}, "replacement must be one of blur, mean, noise, or a tensor, got 'black'"),
    ({"precision": "double"}, "precision must be one of full, half, got 'double'"),
    ({"score": "loss"}, "score must be one of probability, logit, got 'loss'"),
])  # fmt: skip
def test_settings_have_limits(settings, message):
    with pytest.raises(ValueError, match=message):
        Perturbation(**settings)


def test_what_does_not_fit_is_refused(batch):
    model, x, target, values = batch
    network = lrp.canonize(model)
    with pytest.raises(ValueError, match=r"the shape of the picture, \(12, 12\), got \(8, 8\)"):
        metrics.deletion(network, x[:1], 0, [values[0, :8, :8]])
    with pytest.raises(ValueError, match="each of the 3 pictures must have one map, got 2"):
        metrics.deletion(network, x, target, list(values[:2]))
    with pytest.raises(ValueError, match="first must be one of most, least, got 'middle'"):
        metrics.insertion(network, x, target, list(values), first="middle")
    with pytest.raises(ValueError, match="target must be between 0 and 3, got"):
        metrics.deletion(network, x[:1], 4, [values[0]])
    with pytest.raises(ValueError, match="at least 1, got 1, 10 and 0"):
        metrics.faithfulness(network, x[:1], 0, {})
