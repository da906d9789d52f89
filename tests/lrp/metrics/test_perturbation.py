"""Patches, what replaces them, and the settings of a perturbation."""

import numpy as np
import pytest
import torch

import lrp
from lrp import metrics
from lrp.metrics.perturbation import Perturbation, most_relevant_first, patch_sums
from tests.lrp.metrics.kit import linear
from tests.networks import HIGH, LOW, pictures, random_resnet


def test_patches_at_the_edges_are_cut_off():
    values = np.arange(35.0).reshape(5, 7)
    assert patch_sums(values, 3).tolist() == [[72, 99, 39], [153, 171, 61]]
    assert most_relevant_first(values, 3).tolist() == [4, 3, 1, 0, 5, 2]
    assert most_relevant_first(np.zeros((4, 4)), 2).tolist() == [0, 1, 2, 3]


def test_noise_stays_within_the_bounds_of_the_pixels():
    x, how = pictures(2, 16), Perturbation(replacement="noise")
    noise = how.replaced(lrp.canonize(linear(16), LOW, HIGH), x)
    assert ((noise >= LOW) & (noise <= HIGH)).all()
    own = how.replaced(lrp.canonize(linear(16)), x)
    assert (own.amin((1, 2, 3)) >= x.amin((1, 2, 3))).all()
    assert (own.amax((1, 2, 3)) <= x.amax((1, 2, 3))).all()


def test_half_precision_gives_nearly_the_same_curves_and_leaves_the_network_as_it_is():
    network, x = lrp.canonize(random_resnet(18, dtype=torch.float32)), pictures(1, 64, torch.float32)
    values, logits = np.random.default_rng(6).normal(size=(64, 64)), network(x)
    full, half = (metrics.deletion(network, x, 1, [values], Perturbation(precision=name)) for name in ("full", "half"))
    assert np.abs(full - half).max() < 0.01
    assert np.abs(full - half).max() > 0
    assert torch.equal(network(x), logits)


@pytest.mark.parametrize(("settings", "message"), [
    ({"patch": 0}, "patch must be >= 1, got 0"), ({"steps": 0}, "steps must be >= 1, got 0"),
    ({"replacement": "black"}, "replacement must be one of blur, mean, noise, or a tensor, got 'black'"),
    ({"precision": "double"}, "precision must be one of full, half, got 'double'"),
    ({"score": "loss"}, "score must be one of probability, logit, got 'loss'"),
])  # fmt: skip
def test_settings_have_limits(settings, message):
    with pytest.raises(ValueError, match=message):
        Perturbation(**settings)
