"""Whether relevance lies where the object is: against a box, a mask, or the cell of a mosaic that shows the class."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lrp.attribution import Map
from lrp.heads import SOFTMAX

Mask = NDArray[np.bool_]


def box_mask(shape: tuple[int, int], left: int, top: int, right: int, bottom: int) -> Mask:
    """Returns a mask (H, W), True inside a box in pixels, `right` and `bottom` being the first outside, as Pillow counts.

    Raises ValueError for a box that holds no pixel of a map of `shape` (H, W) or reaches beyond it.
    """
    if not (0 <= left < right <= shape[1] and 0 <= top < bottom <= shape[0]):
        raise ValueError(f"a box must lie inside {shape[1]} x {shape[0]} pixels and hold one, got {(left, top, right, bottom)}")
    mask = np.zeros(shape, bool)
    mask[top:bottom, left:right] = True
    return mask


def pointing_game(values: Map, mask: Mask, tolerance: float = 0.0) -> bool:
    """Returns whether the most relevant pixel of a map (H, W) lies inside the mask, or at most `tolerance` pixels from it.

    Zhang et al. 2018 allow 15 pixels; Quantus allows none, which is the default. Of equal pixels one inside counts.
    """
    _check(values, mask)
    rows, columns = np.nonzero(values == values.max())
    inside = np.argwhere(mask)
    nearest = min(np.hypot(*(inside - corner).T).min() for corner in zip(rows, columns, strict=True))
    return bool(nearest <= tolerance)


def relevance_mass_accuracy(values: Map, mask: Mask) -> float:
    """Returns the share of the positive relevance of a map (H, W) inside the mask, 0 to 1; NaN if nothing is positive.

    [Arras, Osman, Samek 2022], on positive relevance, which makes it a share. Quantus' RelevanceMassAccuracy divides
    signed sums by default (abs=False), which leaves 0 to 1 and has no limit where a map sums to about 0.
    """
    _check(values, mask)
    positive = np.maximum(values, 0).astype(np.float64)
    total = positive.sum()
    return float(positive[mask].sum() / total) if total else float("nan")


def relevance_rank_accuracy(values: Map, mask: Mask) -> float:
    """Returns the share of the K most relevant pixels of a map (H, W) that lie inside the mask of K pixels, 0 to 1.

    [Arras, Osman, Samek 2022]. By chance it is the share of the picture that the mask covers.
    """
    _check(values, mask)
    best = np.argsort(-values.ravel(), kind="stable")[: int(mask.sum())]
    return float(mask.ravel()[best].mean())


def gini(values: Map) -> float:
    """Returns the Gini index of |R| of a map (H, W), 0 (all pixels alike) to nearly 1 (one pixel has all).

    G = sum_i (2 i - n - 1) |R|_(i) / (n sum |R|), i = 1..n in rising order  [Hurley, Rickard 2009; Chalasani et al. 2020]. It
    knows no object: a map can be focused in the wrong place. 0 for a map without relevance.
    """
    return focus(values)[0]


def entropy(values: Map) -> float:
    """Returns H = -sum p log2 p of p = |R| / sum |R| of a map (H, W), in bits; 0 for a map without relevance.

    Relevance that is spread evenly over 2^H pixels has this entropy.
    """
    # scipy.stats has this, but takes longer to import than a page may take to show its first map.
    sizes = np.abs(values).ravel().astype(np.float64)
    shares = sizes[sizes > 0] / sizes.sum() if sizes.any() else np.ones(1)
    return float(-(shares * np.log2(shares)).sum()) + 0.0  # not -0.0


def half_share(values: Map) -> float:
    """Returns the smallest share of the pixels of a map (H, W) that hold half of all |R|, 0 to 1; NaN without relevance."""
    return focus(values)[1]


def focus(values: Map) -> tuple[float, float]:
    """Returns `gini` and `half_share` of a map (H, W), for which it is sorted once."""
    summed = np.sort(np.abs(values).ravel())[::-1].cumsum(dtype=np.float64)
    return _gini(summed), _half_share(summed)


def _gini(summed: NDArray[np.float64]) -> float:
    """Returns the Gini index of |R|, from the sums of the n largest, n = 1 .. N, which add up to sum_i i |R|_(i)."""
    total, n = summed[-1], summed.size
    return float((2 * summed.sum() - (n + 1) * total) / (n * total)) if total else 0.0


def _half_share(summed: NDArray[np.float64]) -> float:
    """Returns the share of pixels that hold half of the relevance, from the sums of the n largest |R|, n = 1 .. N."""
    return float((np.searchsorted(summed, summed[-1] / 2) + 1) / summed.size) if summed[-1] else float("nan")


def mosaic(pictures: Tensor) -> Tensor:
    """Returns one picture (1, C, n H, n W) made of n * n pictures (n * n, C, H, W), row by row, each in its full size.

    Raises ValueError if their number is no square.
    """
    n = _side(len(pictures))
    return torch.cat([torch.cat(list(row), -1) for row in torch.split(pictures, n)], -2)[None]


def cell_mask(shape: tuple[int, int], n: int, cell: int) -> Mask:
    """Returns a mask (H, W), True inside one cell of a mosaic of n x n cells, counted row by row from 0."""
    height, width = shape[0] // n, shape[1] // n
    row, column = divmod(cell, n)
    return box_mask(shape, column * width, row * height, (column + 1) * width, (row + 1) * height)


def grid_pointing_game(values: Map, n: int, cell: int) -> float:
    """Returns the share of the positive relevance of a map (H, W) in the cell of the mosaic that shows the explained class.

    0 to 1, by chance 1 / n^2  [Böhle, Fritz, Schiele 2021]; NaN if nothing is positive. The network must take
    pictures of any size, and the classes of the cells must differ.
    """
    return relevance_mass_accuracy(values, cell_mask(values.shape, n, cell))


def choose_mosaics(logits: Tensor, labels: Tensor, n: int, count: int, seed: int = 0) -> Iterator[Sequence[int]]:
    """Draws `count` mosaics, each n * n indices of pictures of different classes, of which the network is sure.

    logits: (N, K), of a softmax, and labels: (N,) of all pictures. Sure are those classified rightly whose probability is not
    below the median of these in their class; Böhle et al. 2021 take the most confident ones. Raises ValueError for less than
    n * n such classes.
    """
    if logits.shape[1] == 1:
        raise ValueError(f"a mosaic of {n} x {n} needs a network of several classes, got one logit, which tells one class only")
    probability, guess = SOFTMAX.predictions(logits).max(1)
    sure: list[list[int]] = []
    for label in torch.unique(labels):
        right = torch.nonzero((labels == label) & (guess == label))[:, 0]
        if len(right):
            sure.append(right[probability[right] >= probability[right].median()].tolist())
    if len(sure) < n * n:
        raise ValueError(f"a mosaic of {n} x {n} needs as many classes that the network recognizes, got {len(sure)}")
    generator = np.random.default_rng(seed)
    for _ in range(count):
        yield [int(generator.choice(sure[k])) for k in generator.permutation(len(sure))[: n * n]]


def _side(count: int) -> int:
    """Returns the square root of the number of pictures. Raises ValueError unless it is whole."""
    n = math.isqrt(count)
    if n * n != count or not count:
        raise ValueError(f"a mosaic takes n * n pictures, got {count}")
    return n


def _check(values: Map, mask: Mask) -> None:
    if values.shape != mask.shape or mask.dtype != bool or not mask.any():
        raise ValueError(
            f"the mask must be boolean, of the map's shape {values.shape} and not empty, got {mask.dtype} {mask.shape} "
            f"with {int(mask.sum())} pixels"
        )
