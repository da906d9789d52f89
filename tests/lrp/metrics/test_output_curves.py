"""The curves of every output against those of one class at a time, and against the network asked picture by picture."""

import dataclasses

import numpy as np
import pytest
import torch

import lrp
from lrp.metrics.curves import deletion, insertion, random_curves
from lrp.metrics.output_curves import output_curves, random_output_curves
from lrp.metrics.perturbation import Perturbation
from tests.lrp.metrics.kit import small_network
from tests.networks import pictures

HOW = Perturbation(patch=5, steps=7, replacement="mean")


@pytest.fixture
def network() -> lrp.Network:
    return lrp.canonize(small_network())


@pytest.fixture
def x() -> torch.Tensor:
    return pictures(1, 18, torch.float32)


VALUES = np.random.default_rng(5).normal(size=(18, 18)).astype(np.float32)


def test_each_column_is_the_curve_of_its_class(network: lrp.Network, x: torch.Tensor) -> None:
    found = output_curves(network, x, VALUES, HOW)
    for target in range(4):
        np.testing.assert_array_equal(found.deletion[:, target], deletion(network, x, target, [VALUES], HOW)[0])
        np.testing.assert_array_equal(found.insertion[:, target], insertion(network, x, target, [VALUES], HOW)[0])
        random = random_output_curves(network, x, HOW, 3)
        np.testing.assert_array_equal(random[..., target], random_curves(network, x, target, HOW, 3))
    np.testing.assert_allclose(found.deletion.sum(1), 1, rtol=1e-6)


def test_ranks_and_counts_say_which_patches_were_taken(network: lrp.Network, x: torch.Tensor) -> None:
    found = output_curves(network, x, VALUES, HOW)
    assert sorted(found.ranks) == list(range(16))
    assert found.counts.tolist() == HOW.counts(16).tolist()
    mean = x.mean((2, 3), keepdim=True).expand_as(x)

    def asked(covered: np.ndarray) -> np.ndarray:
        mask = torch.from_numpy(covered.reshape(4, 4).repeat(5, 0).repeat(5, 1)[:18, :18])
        return network(torch.where(mask, mean, x)).softmax(1)[0].detach().numpy()

    last = len(found.counts) - 1
    for step, count in enumerate(found.counts):
        np.testing.assert_allclose(found.deletion[step], asked(found.ranks < count), rtol=1e-5)
        taken = found.counts[last - step]  # of the least relevant
        np.testing.assert_allclose(found.insertion[step], asked(found.ranks >= 16 - taken), rtol=1e-5)


@pytest.mark.parametrize("head", ["sigmoid", "regression"])
def test_labels_get_scores_and_values_stay_values(network: lrp.Network, x: torch.Tensor, head: str) -> None:
    other = dataclasses.replace(network, head=head)
    found = output_curves(other, x, VALUES, HOW).deletion[0]
    logits = network(x)[0].detach()
    np.testing.assert_allclose(found, (logits.sigmoid() if head == "sigmoid" else logits).numpy(), rtol=1e-5)


def test_one_picture_and_a_map_of_its_shape_are_asked_for(network: lrp.Network, x: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="x must be one picture, got 2"):
        output_curves(network, x.repeat(2, 1, 1, 1), VALUES)
    with pytest.raises(ValueError, match=r"a map must have the shape of the picture, \(18, 18\), got \(17, 18\)"):
        output_curves(network, x, VALUES[1:])
