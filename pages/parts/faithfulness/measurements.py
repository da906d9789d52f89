"""Maps, their deletion and insertion curves and their stability, quick methods first."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from lrp.methods.integrated_gradients import Lines
from lrp.methods.method import Method
from lrp.metrics import Faithfulness, Perturbation, Sensitivity, faithfulness, random_curves, sensitivity
from lrp.metrics.report import N_SAMPLES, NOISE
from lrp.progress import Progress, part_of
from pages.parts.frame.state import LazySessionValue
from pages.parts.say.request import is_requested
from pages.parts.say.waiting import Waiting, ask
from pages.parts.work.cache import Store
from pages.parts.work.compute import is_known
from pages.parts.work.network_key import network_key
from pages.parts.work.question import Question, Result, Task
from pages.parts.work.traces import cached_trace

T = TypeVar("T")

STABILITY = "stability"  # the name of the test that waits for a click where the method is slow
MAX_RANDOM_CURVES = 8
SHARED_RANDOM_CURVES = Store(MAX_RANDOM_CURVES)  # of samples
RANDOM_CURVES = LazySessionValue("random curves", lambda: Store(MAX_RANDOM_CURVES))  # of a visitor's own pictures
RANDOM_SHARE = 0.8  # of the time of a map's curves, where the ten random orders are measured too


class RandomCurves:
    """Deletion curves of random orders, which are the same for every method and measured by the first that asks."""

    def __init__(self) -> None:
        self._curves: NDArray[np.float64] | None = None

    def curves(self, measure: Callable[[], NDArray[np.float64]]) -> NDArray[np.float64]:
        """Returns the curves (n, S + 1), by `measure` unless they are known."""
        if self._curves is None:
            self._curves = measure()
        return self._curves

    @property
    def known(self) -> bool:
        return self._curves is not None


@dataclass
class Measurements:
    """The results so far, by the key of the question, and the work that is under way."""

    maps: dict[Hashable, Result] = field(default_factory=dict)
    curves: dict[Hashable, Faithfulness] = field(default_factory=dict)
    stability: dict[Hashable, Sensitivity] = field(default_factory=dict)
    waiting: Waiting = field(default_factory=list)
    asked_keys: list[Hashable] = field(default_factory=list)  # the keys of all that the page asks for

    @property
    def pending(self) -> bool:
        return any(not job.done for _, job in self.waiting)


def measure_maps(
    questions: Sequence[Question], target: int, perturbation: Perturbation, other_work: Sequence[Hashable] = ()
) -> Measurements:
    """Returns the maps of the questions, which are about one picture and network, their curves and their stability.

    The stability of a slow method is measured only on request. Slow methods wait until the quick ones are done, so that these
    have their curves first. other_work: the keys of what else the page asks for, which goes on meanwhile.
    """
    measured = Measurements(asked_keys=[*other_work, *(key for question in questions for key in _keys(question, perturbation))])

    def more(into: dict[Hashable, T], tasks: Mapping[Hashable, Question | Task], ready: bool) -> None:
        tasks = {key: task for key, task in tasks.items() if ready or is_known(task)}
        found, waiting = ask(list(tasks.values()), measured.asked_keys)
        into.update({key: result for key, result in zip(tasks, found, strict=True) if result is not None})
        measured.waiting += waiting

    for quick in (True, False):
        ready = not measured.pending
        some = [question for question in questions if question.quick == quick]
        more(measured.maps, {question.key: question for question in some}, ready)
        some = [question for question in some if question.key in measured.maps]
        curves = {each.key: curves_task(each, measured.maps[each.key], target, perturbation) for each in some}
        more(measured.curves, curves, ready)
        stable = {each.key: stability_task(each, target) for each in some if quick or is_requested(STABILITY, each)}
        more(measured.stability, stable, not measured.pending)
    return measured


def curves_task(question: Question, result: Result, target: int, perturbation: Perturbation) -> Task:
    """Returns a task that measures the deletion and insertion curves of a map; it gives a Faithfulness."""
    x, network = cached_trace(question.picture, question.backbone).x, question.backbone
    known_curves = _random_curves(question, target, perturbation)

    def work(progress: Progress | None) -> Faithfulness:
        first = part_of(progress, 0.0, RANDOM_SHARE)
        then = part_of(progress, 0.0 if known_curves.known else RANDOM_SHARE, 1.0)
        random = known_curves.curves(lambda: random_curves(network, x, target, perturbation, progress=first))
        return faithfulness(network, x, target, {"map": result.map}, perturbation, progress=then, random=random)["map"]

    return Task(_keys(question, perturbation)[1], f"Curves of {question.label}", question.shared, work)


def _random_curves(question: Question, target: int, perturbation: Perturbation) -> RandomCurves:
    store = SHARED_RANDOM_CURVES if question.shared else RANDOM_CURVES.get()
    key = (question.picture.key, network_key(question.backbone), target, tuple(asdict(perturbation).items()))
    return cast(RandomCurves, store.get_or_make(key, RandomCurves))


def same_steps(question: Question, result: Result) -> Method:
    """Returns the method with the number of steps that its map took.

    Where hardly anything is to be explained, no number of steps closes the gap, and taking more of them would only take time.
    """
    method = question.method
    if isinstance(method, Lines) and method.tolerance is not None and result.n_steps is not None:
        return method.with_steps(result.n_steps)
    return method


def stability_task(question: Question, target: int) -> Task:
    """Returns a task that measures how much a little noise changes the map; it gives a Sensitivity."""
    x = cached_trace(question.picture, question.backbone).x
    work = partial(sensitivity, question.backbone, x, target, question.method, NOISE, N_SAMPLES, 0)
    return Task(("stability", question.key), f"Stability of {question.label}", question.shared, work)


def stability_seconds(result: Result) -> float:
    """Returns a forecast of that task: the map is made again, and once for each noisy picture."""
    return (N_SAMPLES + 1) * result.seconds


def _keys(question: Question, perturbation: Perturbation) -> tuple[Hashable, ...]:
    """Returns the keys of the map, its curves and its stability; plain scalars only."""
    return question.key, ("curves", question.key, tuple(asdict(perturbation).items())), ("stability", question.key)
