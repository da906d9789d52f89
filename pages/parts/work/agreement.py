"""How alike two maps are, and how far one is spread: the few numbers that the pages show."""

import numpy as np
from scipy.stats import rankdata

from lrp.attribution import Map


def pearson(first: Map, second: Map) -> float:
    """The correlation of the two maps' values, -1 to 1; 0 where either map is the same everywhere."""
    a, b = (values.ravel().astype(np.float64) - values.mean(dtype=np.float64) for values in (first, second))
    size = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / size) if size else 0.0


def spearman(first: Map, second: Map) -> float:
    """The correlation of their ranks, -1 to 1: whether the maps put the pixels in the same order."""
    return pearson(rankdata(first), rankdata(second))


def entropy(values: Map) -> float:
    """H = -sum p log2 p of p = |R| / sum |R|, in bits; 2^H pixels would be that even. 0 for a map of zeros."""
    sizes = np.abs(values).ravel().astype(np.float64)
    shares = sizes[sizes > 0] / sizes.sum() if sizes.any() else np.ones(1)
    return float(-(shares * np.log2(shares)).sum()) + 0.0
