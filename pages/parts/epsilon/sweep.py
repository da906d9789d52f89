"""One LRP method at every epsilon: the maps, all from one forward pass, and the numbers that describe them."""

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
from pages.parts.frame.state import SessionValue
from pages.parts.work.question import Question, Task
from pages.parts.work.traces import LazyTrace, lazy_trace

EPSILONS = (
    0.0, *(float(f"1e{power}") for power in range(-9, -3)),
    *(float(f"{digit}e{power}") for power in range(-3, 1) for digit in (1, 2.5, 5)), 10.0,
)  # fmt: skip
EPSILON_KEY = "epsilon"  # the name of that epsilon in the link
EPSILON_AT = SessionValue[int]("epsilon at")  # where the slider rests: the place in EPSILONS
STILL_THE_SAME = 0.9  # rank correlation
PATIENCE = 3.0  # seconds that the page waits before it shows a progress bar


@dataclass(frozen=True)
class Sweep:
    """The maps of all EPSILONS with the numbers that describe each.

    A correlation is NaN where one of the two maps is the same everywhere.
    """

    maps: NDArray[np.float32]  # (len(EPSILONS), H, W), in logits
    spearman: list[float]  # with Input x Gradient
    pearson: list[float]  # with Input x Gradient
    totals: list[float]  # in logits
    entropies: list[float]  # in bits
    explained: float  # in logits

    @property
    def mark(self) -> int | None:
        """Index of the first epsilon whose rank correlation with Input x Gradient is below 0.9 or undefined; None without one."""
        return next((i for i, value in enumerate(self.spearman) if not value >= STILL_THE_SAME), None)


def sweep_task(question: Question) -> Task:
    """Returns a task that computes the Sweep of the question's method over EPSILONS; the method's own epsilon is ignored."""
    passed = lazy_trace(question.picture, question.backbone)
    return Task(("sweep", question.key), question.label, question.shared, partial(_sweep, question, passed), PATIENCE)


def correlations_with(sweep: Sweep, other: Map) -> list[float]:
    """Returns Spearman's rank correlation of each map of the sweep with another map."""
    return [spearman(values, other) for values in sweep.maps]


def nearest_index(epsilon: float) -> int:
    """Returns the index in EPSILONS of the value nearest to this one on a log scale."""
    if epsilon <= 0:
        return 0
    return min(range(1, len(EPSILONS)), key=lambda i: abs(np.log(EPSILONS[i] / epsilon)))


def _sweep(question: Question, passed: LazyTrace, progress: Progress | None) -> Sweep:
    maps, totals = [], []
    with passed.use() as trace:
        reference, _, explained = _map(question, trace, lrp.InputXGradient())
        for done, epsilon in enumerate(EPSILONS):
            values, total, _ = _map(question, trace, replace(question.method, epsilon=epsilon))
            maps.append(values)
            totals.append(total)
            if progress:
                progress((done + 1) / len(EPSILONS))
    return Sweep(
        np.stack(maps), [spearman(values, reference) for values in maps], [pearson(values, reference) for values in maps],
        totals, [entropy(values) for values in maps], explained,
    )  # fmt: skip


def _map(question: Question, trace: lrp.Trace, method: Method) -> tuple[Map, float, float]:
    """Returns the map of one method, its sum, and the explained value."""
    attribution = lrp.explain(question.backbone, trace, question.objective, method)
    return sum_channels(attribution.relevance), float(attribution.total[0]), float(attribution.explained[0])

