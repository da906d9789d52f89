"""Whether relevance lies where the object is: against Quantus, and in cases that can be counted by hand."""

import numpy as np
import pytest
import quantus
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st

from lrp import metrics
from lrp.metrics.localisation import cell_mask, entropy

QUIET = {"normalise": False, "disable_warnings": True}
BOX = metrics.box_mask((16, 16), 4, 2, 12, 9)


def some_map(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(16, 16)).astype(np.float32)


def by_quantus(metric, values, mask=BOX):
    """What a metric of Quantus says of one map; the network and the picture play no part."""
    batch = {"x_batch": np.zeros((1, 3, 16, 16), np.float32), "y_batch": np.zeros(1, int)}
    return metric(model=None, a_batch=values[None, None], s_batch=mask[None, None], **batch)[0]


@pytest.mark.parametrize("seed", range(8))
def test_pointing_mass_and_rank_are_those_of_quantus(seed):
    values = some_map(seed)
    assert metrics.pointing_game(values, BOX) == by_quantus(quantus.PointingGame(**QUIET), values)
    assert metrics.relevance_rank_accuracy(values, BOX) == pytest.approx(
        by_quantus(quantus.RelevanceRankAccuracy(**QUIET), values)
    )
    # Quantus takes signed sums; on positive relevance both say the same.
    positive = np.maximum(values, 0)
    expected = by_quantus(quantus.RelevanceMassAccuracy(**QUIET), positive)
    assert metrics.relevance_mass_accuracy(values, BOX) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_the_gini_index_is_quantus_sparseness(seed):
    values = some_map(seed)
    expected = by_quantus(quantus.Sparseness(abs=True, **QUIET), values)
    assert metrics.gini(values) == pytest.approx(expected, rel=1e-5)


@given(st.integers(0, 2**20), st.booleans())
def test_entropy_is_that_of_scipy(seed: int, sparse: bool) -> None:
    values = some_map(seed)
    values[::2] *= not sparse
    assert entropy(values) == pytest.approx(scipy.stats.entropy(np.abs(values, dtype=np.float64).ravel(), base=2), rel=1e-12)


def test_focus_by_hand():
    one, even = np.zeros((10, 10), np.float32), np.full((10, 10), -2, np.float32)
    one[3, 4] = 5
    assert metrics.gini(one) == pytest.approx(0.99)
    assert metrics.gini(even) == pytest.approx(0)
    assert metrics.half_share(one) == 0.01
    assert metrics.half_share(even) == 0.5
    assert metrics.gini(0 * one) == 0
    assert entropy(even) == pytest.approx(np.log2(even.size))
    assert entropy(one) == entropy(0 * one) == 0
    assert np.isnan(metrics.half_share(0 * one))


def test_mass_and_rank_by_hand():
    values = np.zeros((4, 4), np.float32)
    values[0] = [4, 3, 2, 1]
    values[3] = -5
    mask = metrics.box_mask((4, 4), 0, 0, 2, 2)
    assert metrics.relevance_mass_accuracy(values, mask) == pytest.approx(0.7)
    assert metrics.relevance_rank_accuracy(values, mask) == pytest.approx(0.5)
    assert np.isnan(metrics.relevance_mass_accuracy(-np.abs(values), mask))


def test_the_pointing_game_may_allow_for_a_few_pixels():
    values = np.zeros((16, 16), np.float32)
    values[5, 15] = 1  # the last column inside is 11
    assert not metrics.pointing_game(values, BOX)
    assert not metrics.pointing_game(values, BOX, tolerance=3.9)
    assert metrics.pointing_game(values, BOX, tolerance=4)


@pytest.mark.parametrize("box", [(4, 2, 4, 9), (-1, 0, 3, 3), (0, 0, 17, 3), (0, 5, 3, 2)])
def test_a_box_must_lie_inside_and_hold_a_pixel(box):
    with pytest.raises(ValueError, match="a box must lie inside 16 x 16 pixels"):
        metrics.box_mask((16, 16), *box)


@pytest.mark.parametrize("mask", [np.zeros((16, 16), bool), np.ones((8, 8), bool), np.ones((16, 16))])
def test_a_mask_must_fit(mask):
    for measure in (metrics.pointing_game, metrics.relevance_mass_accuracy, metrics.relevance_rank_accuracy):
        with pytest.raises(ValueError, match=r"the mask must be boolean, of the map's shape \(16, 16\) and not empty"):
            measure(some_map(1), mask)


def test_a_mosaic_holds_every_picture_in_its_cell():
    pictures = torch.arange(9.0).view(9, 1, 1, 1).expand(9, 3, 4, 6)
    whole = metrics.mosaic(pictures)
    assert whole.shape == (1, 3, 12, 18)
    for cell in range(9):
        assert set(whole[0, 0].numpy()[cell_mask((12, 18), 3, cell)]) == {cell}
    with pytest.raises(ValueError, match=r"n \* n pictures, got 3"):
        metrics.mosaic(pictures[:3])


@given(st.integers(0, 2**20), st.integers(1, 4))
def test_the_cells_of_a_mosaic_share_the_positive_relevance(seed, n):
    values = np.random.default_rng(seed).normal(size=(12, 12)).astype(np.float32)
    shares = [metrics.grid_pointing_game(values, n, cell) for cell in range(n * n)]
    assert sum(shares) == pytest.approx(1)


def test_a_map_that_knows_nothing_has_the_share_of_chance():
    flat = np.full((20, 20), 0.3, np.float32)
    assert metrics.grid_pointing_game(flat, 2, 3) == pytest.approx(1 / 4)
    flat[10:, :10] = -1
    assert metrics.grid_pointing_game(flat, 2, 2) == 0


def test_mosaics_show_classes_that_the_network_knows_each_once():
    generator = torch.Generator().manual_seed(1)
    labels = torch.arange(5).repeat(12)
    logits = 5 * torch.eye(5)[labels] + torch.randn(60, 5, generator=generator)
    logits[labels == 3] = torch.eye(5)[0]  # class 3 is never recognized
    chosen = list(metrics.choose_mosaics(logits, labels, 2, 30, seed=2))
    assert len(chosen) == 30
    probabilities = logits.softmax(1)
    for mosaic in chosen:
        assert sorted(labels[mosaic].tolist()) == [0, 1, 2, 4]
        for index in mosaic:
            own = (labels == labels[index]) & (logits.argmax(1) == labels)
            assert probabilities[index].max() >= probabilities[own].amax(1).median()
    assert {mosaic[0] for mosaic in chosen} != {chosen[0][0]}
    assert chosen == list(metrics.choose_mosaics(logits, labels, 2, 30, seed=2))
    with pytest.raises(ValueError, match="3 x 3 needs as many classes that the network recognizes, got 4"):
        next(metrics.choose_mosaics(logits, labels, 3, 1))
