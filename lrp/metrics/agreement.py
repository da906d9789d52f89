"""How alike two maps are: eight measures, each with the sentence that says what it means."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lrp.attribution import Map

Values = TypeVar("Values", Map, NDArray[np.float64])

LOW_IS_NORMAL = (
    "Low agreement is normal: methods answer different questions, and on small things such as single pixels they rarely "
    "say the same. It means that no map alone is the explanation, not that one of them is wrong."
)


@dataclass(frozen=True)
class Measure:
    """One way to compare two maps.

    compare: (a, b) -> number, for maps (H, W); same: what a map has with itself; chance: what unrelated maps have, or None
    where that depends on them; meaning: one sentence for people who do not compute.
    """

    name: str
    label: str
    meaning: str
    compare: Callable[[Map, Map], float]
    same: float = 1.0
    chance: float | None = 0.0


def pearson(a: Values, b: Values) -> float:
    """Returns the correlation of the values of two maps (H, W), -1 to 1; NaN where one of them is the same everywhere."""
    x, y = (values.astype(np.float64).ravel() - values.mean(dtype=np.float64) for values in _same_shape(a, b))
    size = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / size) if size and np.ptp(a) and np.ptp(b) else float("nan")


def spearman(a: Map, b: Map) -> float:
    """Returns the correlation of the ranks of two maps' values (H, W), -1 to 1; NaN where one of them is the same everywhere.

    Equal values share their mean rank. It compares the order alone, not the size of the differences.
    """
    return pearson(*map(_ranks, _same_shape(a, b)))


def _ranks(values: Map) -> NDArray[np.float64]:
    """Returns the rank of each value, from 1, equal values sharing their mean rank; NaN for all if one is NaN."""
    # As scipy.stats.rankdata has it, whose import takes longer than a page may take to show its first map.
    _, index, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return ranks[index].reshape(values.shape) if not np.isnan(values).any() else np.full(values.shape, np.nan)


def ssim(a: Map, b: Map) -> float:
    """Returns the structural similarity of two maps (H, W) of at least 7 pixels a side, at most 1  [Wang et al. 2004, eq. 13].

    Each map is first divided by its largest absolute value, so that only its pattern counts; the range L of the formula is
    what both then span together. Windows of 7 x 7 as in scikit-image. 1 for two maps without any relevance.
    """
    from skimage.metrics import structural_similarity  # takes long to import, and most visits compare no maps

    a, b = (values.astype(np.float64) / (np.abs(values).max() or 1.0) for values in _same_shape(a, b))
    span = max(a.max(), b.max()) - min(a.min(), b.min())
    return float(structural_similarity(a, b, data_range=span)) if span else 1.0


def sign_agreement(a: Map, b: Map) -> float:
    """Returns the share of pixels to which two maps (H, W) give the same sign, 0 to 1; no relevance is a sign of its own."""
    a, b = _same_shape(a, b)
    return float((np.sign(a) == np.sign(b)).mean())


def top_overlap(a: Map, b: Map, share: float) -> float:
    """Returns the share of the most relevant pixels of one map (H, W) that are among those of the other, 0 to 1.

    |A n B| / k with k = share * H * W, the feature agreement of Krishna et al. 2022. Unrelated maps have `share`. Evidence in
    favour comes first, so signs count; of equal values the upper left ones are taken. Raises ValueError for a share that is not
    in (0, 1].
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, got {share}")
    a, b = _same_shape(a, b)
    k = max(1, round(share * a.size))
    first, second = (np.argsort(-values.ravel(), kind="stable")[:k] for values in (a, b))
    return len(np.intersect1d(first, second)) / k


def centre_distance(a: Map, b: Map) -> float:
    """Returns the distance of the centres of mass of |R| of two maps (H, W), in diagonals; NaN for a map without relevance."""
    a, b = _same_shape(a, b)
    (y, x), (v, u) = centre(a), centre(b)
    return float(np.hypot(y - v, x - u) / np.hypot(*(side - 1 for side in a.shape)))


def centre(values: Map) -> tuple[float, float]:
    """Returns the centre of mass of |R| of a map (H, W), as row and column; NaN for a map without any relevance."""
    size = np.abs(values).astype(np.float64)
    total = size.sum() or float("nan")
    return float(size.sum(1) @ np.arange(len(size)) / total), float(size.sum(0) @ np.arange(size.shape[1]) / total)


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("spearman", "Rank correlation", "Do both order the pixels alike, from what speaks most against the class to "
                "what speaks most for it? 1: the same order, 0: unrelated, -1: the reverse.", spearman),
        Measure("pearson", "Correlation", "Do both give much and little to the same pixels? A few very strong pixels decide "
                "it. 1: alike up to a factor, 0: unrelated, -1: the reverse.", pearson),
        Measure("ssim", "Structural similarity", "Would somebody who looks at both pictures find them alike, patch by patch? "
                "1: the same, near 0: nothing in common.", ssim),
        Measure("sign", "Same sign", "For how many of the pixels do both say the same: in favour, or against? "
                "1: for all of them.",
                sign_agreement, chance=None),
        *(Measure(f"top-{percent}", f"Top {percent} % in common", f"Of the {percent} % of pixels that matter most to one, how "
                  f"many are among those of the other? By chance it would be {percent} %.",
                  partial(top_overlap, share=percent / 100), chance=percent / 100) for percent in (5, 10, 20)),
        Measure("centre", "Distance of the centres", "How far apart are the middles of the two maps, as a part of the picture's "
                "diagonal? 0: in the same place.", centre_distance, same=0.0, chance=None),
    )
}  # fmt: skip


def agreement(a: Map, b: Map) -> dict[str, float]:
    """Returns every measure of MEASURES on two maps of shape (H, W), by name. Raises ValueError unless the shapes are equal."""
    return {name: measure.compare(a, b) for name, measure in MEASURES.items()}


def agreement_matrix(maps: Sequence[Map], measure: str = "spearman") -> NDArray[np.float64]:
    """Returns a measure of MEASURES for every pair of M maps, as (M, M); what a map has with itself on the diagonal."""
    chosen = MEASURES[measure]
    matrix = np.full((len(maps), len(maps)), chosen.same)
    for i, j in combinations(range(len(maps)), 2):
        matrix[i, j] = matrix[j, i] = chosen.compare(maps[i], maps[j])
    return matrix


def clustering_order(matrix: NDArray[np.float64], measure: str = "spearman") -> list[int]:
    """Returns the order of the maps in which like ones stand together, as indices.

    The leaves of average linkage, turned so that neighbours are as alike as can be  [Bar-Joseph et al. 2001]. `matrix` (M, M)
    is that of `agreement_matrix` by the same measure; a pair whose measure is not defined counts as unlike.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering  # these take long to import, see `ssim`
    from scipy.spatial.distance import squareform

    if len(matrix) < 3:
        return list(range(len(matrix)))
    distances = np.nan_to_num(np.abs(matrix - MEASURES[measure].same), nan=2.0)
    condensed = squareform(distances, checks=False)
    return [int(leaf) for leaf in leaves_list(optimal_leaf_ordering(linkage(condensed, "average"), condensed))]


def _same_shape(a: Values, b: Values) -> tuple[Values, Values]:
    if a.shape != b.shape or a.ndim != 2:
        raise ValueError(f"both maps must have the same shape (H, W), got {a.shape} and {b.shape}")
    return a, b
