"""A report card for each method on one picture: how far its map can be trusted, in numbers and in words."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lrp.heatmap import Map, sum_channels
from lrp.methods import explain
from lrp.metrics.agreement import agreement_matrix
from lrp.metrics.faithfulness import Faithfulness, faithfulness
from lrp.metrics.localisation import gini, half_share
from lrp.metrics.perturbation import Perturbation
from lrp.metrics.sanity import Sensitivity, completeness_gap, sensitivity
from lrp.propagation import Progress, Trace, trace

CLOSE = 0.05  # a map whose sum is off by no more than this is said to add up

# What a card reports, with the question that it answers.
ASPECTS: dict[str, tuple[str, str]] = {
    "accuracy": ("Its sum", "Does the map add up to what it explains?"),
    "faithfulness": ("Faithfulness", "If what it marks is taken away, does the network lose the class sooner than by chance?"),
    "focus": ("Focus", "How small a part of the picture holds half of the relevance?"),
    "stability": ("Stability", "Does the map stay the same if the picture changes by less than one can see?"),
    "agreement": ("Agreement", "Do the other methods order the pixels alike?"),
    "seconds": ("Time", "How long did the map take?"),
}

NUMBERS = (
    "total", "explained", "gap", "deletion", "insertion", "gain", "random", "random_deviation", "drop", "increase", "gini",
    "half", "sensitivity", "largest_sensitivity", "agreement", "seconds",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class ReportCard:
    """The numbers of one method on one picture.

    method: its name; label: what people call it. total, explained: what the map sums to and should sum to, in logits; explained
    and gap, |total - explained| / |explained|, are None for a method that promises no sum. curves: see Faithfulness.
    gini, half: see localisation.py. sensitivity: to noise of the share `noise` of the pixels' range. agreement: the mean rank
    correlation with the other maps, NaN if there is none. seconds: for the map alone.
    """

    method: str
    label: str
    total: float
    explained: float | None
    gap: float | None
    curves: Faithfulness
    gini: float
    half: float
    sensitivity: Sensitivity
    noise: float
    agreement: float
    seconds: float

    @property
    def beats_chance(self) -> tuple[bool, bool]:
        """Whether deletion, and insertion, are better than random orders by more than two of their standard deviations."""
        areas = self.curves.random_areas
        margin = 2 * areas.std()
        return bool(self.curves.deletion_area < areas.mean() - margin), bool(
            self.curves.insertion_area > areas.mean() + margin
        )

    def numbers(self) -> dict[str, float]:
        """The card as a row of a table, by NUMBERS; NaN where a number does not exist."""
        curves, areas = self.curves, self.curves.random_areas
        explained, gap = (float("nan") if number is None else number for number in (self.explained, self.gap))
        return dict(zip(NUMBERS, (
            self.total, explained, gap, curves.deletion_area, curves.insertion_area, curves.gain, float(areas.mean()),
            float(areas.std()), curves.drop, float(curves.increase), self.gini, self.half, self.sensitivity.average,
            self.sensitivity.largest, self.agreement, self.seconds,
        ), strict=True))  # fmt: skip

    def words(self) -> dict[str, str]:
        """A sentence for each of ASPECTS, by its name."""
        return {
            "accuracy": self._accuracy(),
            "faithfulness": self._faithfulness(),
            "focus": f"Half of the relevance lies on {self.half:.0%} of the picture.",
            "stability": f"Noise of {self.noise:.0%}, which one hardly sees, changes the map by {self.sensitivity.average:.0%}.",
            "agreement": self._agreement(),
            "seconds": f"The map took {self.seconds:.2g} seconds.",
        }

    def _accuracy(self) -> str:
        if self.gap is None or self.explained is None:
            return "This method promises no sum: its map is read for places, not for amounts."
        sums = f"It adds up to {self.total:.2f} of {self.explained:.2f}"
        if self.gap <= CLOSE:
            return f"{sums}, as it should."
        return f"{sums}, off by {self.gap:.0%}: read the places, not the amounts."

    def _faithfulness(self) -> str:
        chance = self.curves.random_areas.mean()
        areas = f"{self.curves.deletion_area:.2f} taken and {self.curves.insertion_area:.2f} given back, {chance:.2f} by chance"
        how = {
            (True, True): "What it marks is what the network needs, and enough for it",
            (True, False): "The network needs what it marks, but that alone is not enough for it",
            (False, True): "What it marks is enough for the network, which does not depend on it",
            (False, False): "What it marks matters to the network no more than any other part",
        }
        return f"{how[self.beats_chance]} (area {areas})."

    def _agreement(self) -> str:
        if np.isnan(self.agreement):
            return "There is nothing to compare it with."
        return f"Its rank correlation with the other maps is {self.agreement:.2f} on average; 1 is the same order of pixels."


@dataclass(frozen=True, eq=False)
class Report:
    """Report cards of several methods on one picture, their maps (H, W) in logits, and the rank correlations (M, M) of these."""

    cards: tuple[ReportCard, ...]
    maps: tuple[Map, ...]
    agreement: NDArray[np.float64]


def report(
    network: Any, x: Tensor | Trace, target: int, methods: Sequence[Any], perturbation: Perturbation | None = None,
    random_orders: int = 10, noise: float = 0.02, n_samples: int = 4, progress: Progress | None = None,
) -> Report:
    """Returns a card for each method on one picture `x` (1, 3, H, W), or a Trace of it, and class `target`.

    network: a Backbone, or what `canonize` returned. perturbation, random_orders: see `faithfulness`. noise, n_samples: see
    `sensitivity`. progress: called with the share done, 0 to 1; raising from it stops the work. Raises ValueError for no method.
    """
    if not methods:
        raise ValueError("methods must hold at least one, got none")
    shares = _Shares(progress, len(methods))
    kept = x if isinstance(x, Trace) else trace(network, x)
    results, seconds = [], []
    for method in methods:
        start = time.perf_counter()
        results.append(explain(network, kept, target, method, shares.next(1)))
        seconds.append(time.perf_counter() - start)
    maps = [sum_channels(result.relevance) for result in results]
    numbered = {str(i): values for i, values in enumerate(maps)}
    curves = faithfulness(network, kept.x, target, numbered, perturbation, random_orders, shares.next(len(methods)))
    matrix = agreement_matrix(maps)
    cards = []
    for i, (method, result) in enumerate(zip(methods, results, strict=True)):
        gap = completeness_gap(result, method)
        name, label = (getattr(method, key, type(method).__name__) for key in ("name", "label"))
        others = np.delete(matrix[i], i)
        cards.append(ReportCard(
            name, label, float(result.total[0]), None if gap is None else float(result.explained[0]), gap, curves[str(i)],
            gini(maps[i]), half_share(maps[i]),
            sensitivity(network, kept.x, target, method, noise, n_samples, progress=shares.next(1)), noise,
            float(np.nanmean(others)) if np.isfinite(others).any() else float("nan"), seconds[i],
        ))  # fmt: skip
    return Report(tuple(cards), tuple(maps), matrix)


class _Shares:
    """Splits the share done of the whole among its parts: a map and its stability for each method, and all curves."""

    def __init__(self, progress: Progress | None, methods: int) -> None:
        self.progress, self.whole, self.before = progress, 3 * methods, 0

    def next(self, parts: int) -> Progress | None:
        begin, self.before = self.before, self.before + parts
        if self.progress is None:
            return None
        report = self.progress
        return lambda share: report((begin + share * parts) / self.whole)
