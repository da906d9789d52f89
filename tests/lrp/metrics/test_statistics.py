"""Intervals, against how often they hold the true mean."""

import numpy as np
import pytest
from scipy.stats import norm

from lrp.metrics.statistics import expanded_level, paired_difference


def coverage(n: int, expanded: bool, times: int = 400) -> float:
    """How often the interval of the mean of n normal numbers holds 0, their true mean."""
    held = 0
    for seed in range(times):
        numbers = np.random.default_rng(seed).normal(size=n)
        found = paired_difference(numbers, np.zeros(n), resamples=1000, expanded=expanded)
        held += found.low <= 0 <= found.high
    return held / times


@pytest.mark.parametrize("n", [6, 14])
def test_an_expanded_interval_holds_the_mean_as_often_as_it_says(n: int) -> None:
    assert coverage(n, True) == pytest.approx(0.95, abs=0.03)
    assert coverage(n, False) < coverage(n, True)


def test_the_expanded_level_by_hand() -> None:
    quantile = 2.5705818 * np.sqrt(6 / 5)  # Student's t of 5 degrees of freedom, 97.5 %
    assert expanded_level(0.95, 6) == pytest.approx(1 - 2 * norm.sf(quantile), rel=1e-6)
    assert expanded_level(0.95, 10**6) == pytest.approx(0.95, abs=1e-5)
