"""One LRP method at every value of a setting: the maps, all from one forward pass, and the numbers that describe them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

import lrp
from lrp.attribution import Map, sum_channels
from lrp.methods.method import Method
from lrp.metrics.agreement import pearson, spearman
from lrp.metrics.localisation import entropy
from lrp.progress import Progress
from pages.parts.sweep.swept import Swept
from pages.parts.work.question import Question, Task
from pages.parts.work.traces import LazyTrace, lazy_trace

STILL_THE_SAME = 0.9  # rank correlation
PATIENCE = 3.0  # seconds that the page waits before it shows a progress bar


@dataclass(frozen=True)
class Sweep:
    """The maps at all values of a setting with the numbers that describe each.

    A correlation is NaN where one of the two maps is the same everywhere.
    """

    swept: Swept
    maps: NDArray[np.float32]  # (len(swept.values), H, W), in logits
    spearman: list[float]  # with the map that they are compared with, such as Input x Gradient
    pearson: list[float]  # with the same
    totals: list[float]  # in logits
    entropies: list[float]  # in bits
    explained: float  # in logits

    @property
    def mark(self) -> int | None:
        """Index of the first value whose rank correlation with the start is below 0.9 or undefined; None without one."""
        return next((i for i, value in enumerate(self.spearman) if not value >= STILL_THE_SAME), None)


def sweep_task(question: Question, swept: Swept) -> Task:
    """Returns a task that computes the Sweep of the question's method; the method's own value of the setting is ignored."""
    passed = lazy_trace(question.picture, question.backbone)
    work = partial(_sweep, question, swept, passed)
    seconds = len(swept.values) * question.expected_seconds
    return Task(("sweep", swept.name, question.key), question.label, question.shared, work, PATIENCE, seconds)


def correlations_with(sweep: Sweep, other: Map) -> list[float]:
    """Returns Spearman's rank correlation of each map of the sweep with another map."""
    return [spearman(values, other) for values in sweep.maps]


def nearest_index(value: float, values: Sequence[float]) -> int:
    """Returns the index of the value nearest to this one on a log scale; values: ascending from 0."""
    if value <= 0:
        return 0
    return min(range(1, len(values)), key=lambda i: abs(np.log(values[i] / value)))


def _sweep(question: Question, swept: Swept, passed: LazyTrace, progress: Progress | None) -> Sweep:
    maps, totals = [], []
    with passed.use() as trace:
        start, _, explained = _map(question, trace, swept.start_method or _at(question.method, swept, 0.0))
        for done, value in enumerate(swept.values):
            values, total, _ = _map(question, trace, _at(question.method, swept, value))
            maps.append(values)
            totals.append(total)
            if progress:
                progress((done + 1) / len(swept.values))
    return Sweep(
        swept, np.stack(maps), [spearman(values, start) for values in maps], [pearson(values, start) for values in maps],
        totals, [entropy(values) for values in maps], explained,
    )  # fmt: skip


def _at(method: Method, swept: Swept, value: float) -> Method:
    """The method with another value of the setting."""
    return replace(method, **{swept.name: value})


def _map(question: Question, trace: lrp.Trace, method: Method) -> tuple[Map, float, float]:
    """Returns the map of one method, its sum, and the explained value."""
    attribution = lrp.explain(question.backbone, trace, question.objective, method)
    return sum_channels(attribution.relevance), float(attribution.total[0]), float(attribution.explained[0])

