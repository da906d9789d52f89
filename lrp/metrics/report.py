"""A report card for each method on one picture: how far its map can be trusted, in numbers and in words."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lrp.attribution import Map, sum_channels
from lrp.methods import explain
from lrp.methods.method import Explainer
from lrp.metrics.agreement import agreement_matrix
from lrp.metrics.faithfulness import Faithfulness, faithfulness
from lrp.metrics.localisation import gini, half_share
from lrp.metrics.perturbation import Perturbation
from lrp.metrics.sanity import Sensitivity, completeness_gap, sensitivity
from lrp.metrics.sentences import (
    accuracy_in_words,
    agreement_in_words,
    beats_chance,
    faithfulness_in_words,
    focus_in_words,
    seconds_in_words,
    stability_in_words,
)
from lrp.network.forward_pass import Trace, trace
from lrp.network.network_of import AnyNetwork
from lrp.progress import Progress, equal_parts

NOISE, N_SAMPLES = 0.02, 4  # what stability is measured with

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
        return beats_chance(self.curves)

    def numbers(self) -> dict[str, float]:
        """Returns the card as a row of a table, by NUMBERS; NaN where a number does not exist."""
        curves, areas = self.curves, self.curves.random_areas
        explained, gap = (float("nan") if number is None else number for number in (self.explained, self.gap))
        return dict(zip(NUMBERS, (
            self.total, explained, gap, curves.deletion_area, curves.insertion_area, curves.gain, float(areas.mean()),
            float(areas.std()), curves.drop, float(curves.increase), self.gini, self.half, self.sensitivity.average,
            self.sensitivity.largest, self.agreement, self.seconds,
        ), strict=True))  # fmt: skip

    def words(self) -> dict[str, str]:
        """Returns a sentence for each of sentences.ASPECTS, by its name."""
        return {
            "accuracy": accuracy_in_words(self.total, self.explained, self.gap),
            "faithfulness": faithfulness_in_words(self.curves),
            "focus": focus_in_words(self.half),
            "stability": stability_in_words(self.sensitivity, self.noise),
            "agreement": agreement_in_words(self.agreement),
            "seconds": seconds_in_words(self.seconds),
        }


@dataclass(frozen=True, eq=False)
class Report:
    """Report cards of several methods on one picture, their maps (H, W) in logits, and the rank correlations (M, M) of these."""

    cards: tuple[ReportCard, ...]
    maps: tuple[Map, ...]
    agreement: NDArray[np.float64]


def report(
    network: AnyNetwork, x: Tensor | Trace, target: int, methods: Sequence[Explainer], perturbation: Perturbation | None = None,
    random_orders: int = 10, noise: float = NOISE, n_samples: int = N_SAMPLES, progress: Progress | None = None,
) -> Report:
    """Returns a card for each method on one picture `x` (1, 3, H, W), or a Trace of it, and class `target`.

    network: a Backbone, or what `canonize` returned. perturbation, random_orders: see `faithfulness`. noise, n_samples: see
    `sensitivity`. progress: called with the share done, 0 to 1; raising from it stops the work. Raises ValueError for no method.
    """
    if not methods:
        raise ValueError("methods must hold at least one, got none")
    explaining, perturbing, varying = equal_parts(progress, 3)
    per_method = equal_parts(varying, len(methods))
    forward = x if isinstance(x, Trace) else trace(network, x)
    results, seconds = [], []
    for method, part in zip(methods, equal_parts(explaining, len(methods)), strict=True):
        start = time.perf_counter()
        results.append(explain(network, forward, target, method, part))
        seconds.append(time.perf_counter() - start)
    maps = [sum_channels(result.relevance) for result in results]
    numbered = {str(i): values for i, values in enumerate(maps)}
    curves = faithfulness(network, forward.x, target, numbered, perturbation, random_orders, perturbing)
    matrix = agreement_matrix(maps)
    cards = []
    for i, (method, result) in enumerate(zip(methods, results, strict=True)):
        gap = completeness_gap(result, method)
        cards.append(ReportCard(
            method.name, method.label, float(result.total[0]), None if gap is None else float(result.explained[0]), gap,
            curves[str(i)], gini(maps[i]), half_share(maps[i]),
            sensitivity(network, forward.x, target, method, noise, n_samples, progress=per_method[i]), noise,
            mean_with_others(matrix, i), seconds[i],
        ))  # fmt: skip
    return Report(tuple(cards), tuple(maps), matrix)


def mean_with_others(matrix: NDArray[np.float64], i: int) -> float:
    """Returns the mean of row `i` of an `agreement_matrix` (M, M) without the diagonal; NaN where nothing is defined."""
    others = np.delete(matrix[i], i)
    return float(np.nanmean(others)) if np.isfinite(others).any() else float("nan")
