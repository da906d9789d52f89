"""Deletion and insertion: in closed form on a linear network, and against Quantus on a small one."""

import numpy as np
import pytest
import quantus
import torch

import lrp
from lrp import metrics
from lrp.metrics.perturbation import Perturbation, patch_sums
from tests.lrp.metrics.kit import contributions, linear
from tests.networks import HIGH, LOW, pictures


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


def test_integrated_gradients_are_the_best_order_of_a_linear_network():
    model, x = linear(), pictures(1, 16)[..., :12, :12]
    network = lrp.canonize(model, LOW, HIGH)
    how = Perturbation(1, 12, torch.zeros(1), "logit")
    maps = [lrp.explain(network, x, 1, method).relevance.sum(1)[0].numpy() for method in (
        lrp.IntegratedGradients(baseline="grey", n_steps=2, tolerance=None), lrp.Saliency())]  # fmt: skip
    exact, other = (metrics.area(metrics.deletion(network, x, 1, [values], how)[0]) for values in maps)
    assert np.allclose(maps[0], contributions(model, x, 1, torch.zeros_like(x)))
    assert exact < other


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


def test_pictures_in_a_batch_are_measured_as_if_alone(batch):
    model, x, target, values = batch
    network, how = lrp.canonize(model), Perturbation(3, 7)
    together = metrics.deletion(network, x, target, list(values), how)
    alone = [metrics.deletion(network, x[i : i + 1], int(target[i]), [values[i]], how)[0] for i in range(3)]
    assert np.allclose(together, alone, atol=1e-6)


def test_progress_can_stop_the_work(batch):
    model, x, _, values = batch

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        metrics.deletion(lrp.canonize(model), x[:1], 0, [values[0]], progress=stop)


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
