"""How alike two maps are: against Quantus and scikit-image, and in cases that can be worked out by hand."""

import math

import numpy as np
import pytest
import quantus
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from lrp import metrics
from lrp.attribution import Map
from lrp.metrics.agreement import MEASURES, agreement, agreement_matrix, clustering_order


def some_map(seed: int, size: int = 16) -> Map:
    return np.random.default_rng(seed).normal(size=(size, size)).astype(np.float32)


def scaled(values: Map) -> Map:
    return values / np.abs(values).max()


@pytest.mark.parametrize("seed", range(3))
def test_correlations_and_ssim_are_those_of_quantus(seed):
    a, b = some_map(seed), some_map(seed + 10) + some_map(seed)
    a[:4], b[-4:] = 0, 0  # equal values must share their mean rank
    flat = a.ravel().astype(float), b.ravel().astype(float)
    assert metrics.pearson(a, b) == pytest.approx(quantus.correlation_pearson(*flat), rel=1e-6)
    assert metrics.spearman(a, b) == pytest.approx(quantus.correlation_spearman(*flat), rel=1e-6)
    # Quantus' metrics divide maps by their largest absolute value before they compare; here `ssim` does.
    assert metrics.ssim(a, b) == pytest.approx(quantus.ssim(scaled(a.astype(float)), scaled(b.astype(float))), rel=1e-6)


@given(st.integers(0, 2**20), st.integers(0, 3))
def test_correlations_are_those_of_scipy_and_numpy_whatever_is_tied(seed: int, decimals: int) -> None:
    a, b = some_map(seed, 12).round(decimals), (some_map(seed, 12) + some_map(seed + 1, 12)).round(decimals)
    assert metrics.spearman(a, b) == pytest.approx(scipy.stats.spearmanr(a.ravel(), b.ravel()).statistic, abs=1e-12)
    assert metrics.pearson(a, b) == pytest.approx(np.corrcoef(a.ravel(), b.ravel())[0, 1], abs=1e-12)


@given(st.integers(0, 2**20), st.sampled_from(list(MEASURES)))
def test_a_map_is_like_itself_and_likeness_is_mutual(seed, name):
    a, b = some_map(seed, 8), some_map(seed + 1, 8)
    compare = MEASURES[name].compare
    assert compare(a, a) == pytest.approx(MEASURES[name].same, abs=1e-6)
    assert compare(a, b) == pytest.approx(compare(b, a), abs=1e-9)


@given(st.integers(0, 2**20), st.floats(1e-3, 1e3), st.sampled_from(list(MEASURES)))
def test_the_unit_of_a_map_does_not_matter(seed, factor, name):
    a, b = some_map(seed, 8), some_map(seed + 1, 8)
    compare = MEASURES[name].compare
    assert compare(a * np.float32(factor), b) == pytest.approx(compare(a, b), abs=2e-3)


def test_opposite_maps():
    a = some_map(1)
    found = agreement(a, -a)
    assert found["pearson"] == pytest.approx(-1)
    assert found["spearman"] == pytest.approx(-1)
    assert found["sign"] == 0
    assert found["top-20"] == 0
    assert found["centre"] == 0  # the same places, only of the other sign


def test_rank_correlation_asks_for_the_order_alone():
    a = np.abs(some_map(2))
    assert metrics.spearman(a, a**5) == pytest.approx(1)
    assert metrics.pearson(a, a**5) < 0.95


def test_unrelated_maps_overlap_by_chance():
    a, b = some_map(3, 200), some_map(4, 200)
    for percent in (5, 10, 20):
        measure = MEASURES[f"top-{percent}"]
        assert measure.chance == percent / 100
        assert measure.compare(a, b) == pytest.approx(measure.chance, abs=0.02)


def test_the_top_is_counted_by_hand():
    a, b = np.zeros((2, 7, 10), np.float32)
    a[0, :7] = 1  # 7 of 70 pixels, 10 %
    b[0, 4:10] = 1
    b[6, 0] = 2
    assert metrics.top_overlap(a, b, 0.1) == pytest.approx(3 / 7)
    assert metrics.sign_agreement(a, b) == pytest.approx(1 - (4 + 3 + 1) / 70)


def test_the_distance_of_centres_is_measured_by_hand():
    a, b = np.zeros((2, 11, 21), np.float32)
    a[0, 0], b[10, 20] = 3, -1
    assert metrics.centre_distance(a, b) == pytest.approx(1)
    b[0, 0] = 1
    assert metrics.centre_distance(a, b) == pytest.approx(0.5)


def test_what_is_not_defined_is_not_a_number_and_no_error():
    flat, a = np.ones((9, 9), np.float32), some_map(5, 9)
    assert math.isnan(metrics.pearson(flat, a))
    assert math.isnan(metrics.spearman(a, flat))
    assert math.isnan(metrics.spearman(a, np.where(a > 1, np.float32("nan"), a)))
    assert math.isnan(metrics.centre_distance(np.zeros_like(a), a))
    assert metrics.ssim(np.zeros_like(a), np.zeros_like(a)) == 1


def test_like_maps_stand_together_in_the_order_of_clustering():
    first, second = some_map(6), some_map(7)
    maps = [first, second, first + 0.1 * some_map(8), second + 0.1 * some_map(9), first + 0.2 * some_map(10)]
    matrix = agreement_matrix(maps)
    order = clustering_order(matrix)
    assert sorted(order) == [0, 1, 2, 3, 4]
    groups = ["".join("ab"[i in (1, 3)] for i in order)]
    assert groups[0] in ("aaabb", "bbaaa")
    assert np.allclose(matrix, matrix.T)
    assert matrix[0, 2] == pytest.approx(metrics.spearman(maps[0], maps[2]))


def test_clustering_takes_few_maps_and_undefined_pairs():
    assert clustering_order(agreement_matrix([some_map(1)])) == [0]
    assert clustering_order(agreement_matrix([some_map(1), some_map(2)], "centre"), "centre") == [0, 1]
    maps = [some_map(1), np.zeros((16, 16), np.float32), some_map(1) + 1]
    order = clustering_order(agreement_matrix(maps, "pearson"), "pearson")
    assert abs(order.index(0) - order.index(2)) == 1


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_every_measure_has_a_sentence_and_refuses_maps_of_two_shapes(measure):
    assert measure.meaning.endswith(".")
    assert "?" in measure.meaning
    with pytest.raises(ValueError, match=r"the same shape \(H, W\), got \(16, 16\) and \(8, 8\)"):
        measure.compare(some_map(1), some_map(1, 8))


@pytest.mark.parametrize("share", [0, -0.1, 1.1, math.nan])
def test_a_share_has_limits(share):
    with pytest.raises(ValueError, match="share must be above 0 and at most 1"):
        metrics.top_overlap(some_map(1), some_map(2), share)
