"""Means over many pictures, and how sure a difference between two methods is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Spread:
    """The mean and the standard deviation (with n - 1) over n pictures; NaN where there are too few."""

    mean: float
    deviation: float
    n: int


@dataclass(frozen=True)
class PairedDifference:
    """The mean over n pictures of one method's number less another's, and the interval that holds it with the given level.

    low, high: NaN for less than two pictures. An interval without 0 in it is a difference that is no accident of the choice of
    pictures; whether it matters is another question.
    """

    mean: float
    low: float
    high: float
    n: int


def spread(values: ArrayLike) -> Spread:
    """Returns mean and deviation of the numbers (N,) that are finite."""
    found = np.asarray(values, float)
    found = found[np.isfinite(found)]
    mean = float(found.mean()) if len(found) else float("nan")
    return Spread(mean, float(found.std(ddof=1)) if len(found) > 1 else float("nan"), len(found))


def paired_difference(
    first: Sequence[float], second: Sequence[float], level: float = 0.95, resamples: int = 5000, seed: int = 0,
    expanded: bool = False,
) -> PairedDifference:
    """Returns the mean of first - second (N,), each pair from one picture, with its bootstrap percentile interval.

    Pictures are drawn with replacement, both numbers of a picture together, so that what makes a picture hard for both
    methods cancels  [Efron, Tibshirani 1993, chapter 13]. Pairs with a number that is not finite are left out.
    expanded: widens the interval as few pictures need it, see `expanded_level`.
    Raises ValueError unless both have one number for each picture.
    """  # fmt: skip
    from scipy.stats import bootstrap  # takes long to import, and pages that import this module never call it

    if len(first) != len(second):
        raise ValueError(f"both must have a number for each picture, got {len(first)} and {len(second)}")
    differences = np.asarray(first, float) - np.asarray(second, float)
    differences = differences[np.isfinite(differences)]
    n = len(differences)
    mean = float(differences.mean()) if n else float("nan")
    if n < 2:
        return PairedDifference(mean, float("nan"), float("nan"), n)
    interval = bootstrap(
        (differences,), np.mean, confidence_level=expanded_level(level, n) if expanded else level, n_resamples=resamples,
        method="percentile", rng=np.random.default_rng(seed),
    ).confidence_interval  # fmt: skip
    return PairedDifference(mean, float(interval.low), float(interval.high), n)


def expanded_level(level: float, n: int) -> float:
    """Returns the level at which the percentile interval of the mean of n numbers holds the true mean as often as `level` says.

    2 Phi(t sqrt(n / (n - 1))) - 1, with t the quantile of Student's t of n - 1 degrees of freedom: percentile intervals are too
    narrow for few numbers, for which this is the remedy  [Hesterberg 2015]. n: at least 2.
    """
    from scipy.stats import norm, t

    quantile = t.ppf((1 + level) / 2, n - 1) * (n / (n - 1)) ** 0.5
    return float(2 * norm.cdf(quantile) - 1)
