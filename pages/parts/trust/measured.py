"""What is measured of maps, in the order in which it is ready soonest: what is quick, what chance gives, what takes long."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, cast

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lrp.metrics import Faithfulness, Perturbation, Sensitivity, faithfulness, random_curves, sensitivity
from lrp.metrics.report import N_SAMPLES, NOISE
from lrp.progress import Progress, part_of
from pages.parts.frame.state import LazySessionValue
from pages.parts.say.request import wanted
from pages.parts.say.waiting import Waiting, ask
from pages.parts.work.cache import Store
from pages.parts.work.compute import Question, Result, Task, known
from pages.parts.work.traces import trace

STABILITY = "stability"  # the name of what waits for a click where the method takes long
KEPT_CHANCES = 8
CHANCES = LazySessionValue("chances", lambda: Store(KEPT_CHANCES))  # of a visitor's own pictures
CHANCE_SHARE = 0.8  # of the time of a map's curves, if ten random orders come first


class Chance:
    """What the network says while patches are taken in random orders, whatever the method; measured by whoever asks first."""

    def __init__(self) -> None:
        self._curves: NDArray[np.float64] | None = None

    def curves(self, measure: Callable[[], NDArray[np.float64]]) -> NDArray[np.float64]:
        """(n, S + 1), by `measure` unless it was measured before."""
        if self._curves is None:
            self._curves = measure()
        return self._curves

    @property
    def known(self) -> bool:
        return self._curves is not None


@dataclass
class Measured:
    """What is known so far, by the key of the question, and what is on its way."""

    maps: dict[Hashable, Result] = field(default_factory=dict)
    curves: dict[Hashable, Faithfulness] = field(default_factory=dict)
    stability: dict[Hashable, Sensitivity] = field(default_factory=dict)
    waiting: Waiting = field(default_factory=list)
    kept: list[Hashable] = field(default_factory=list)  # the keys of all that the page asks for

    @property
    def pending(self) -> bool:
        return any(not job.done for _, job in self.waiting)


def measure(questions: Sequence[Question], target: int, perturbation: Perturbation, kept: Sequence[Hashable] = ()) -> Measured:
    """The maps of the questions, which are about one picture and network, their curves, and how stable they are.

    The stability of a method that is not quick is measured if it is wanted. Slow methods are not asked before all of the quick
    ones is done, so that these have their curves first; what is known already is there at once. kept: the keys of what else the
    page asks for, which goes on meanwhile.
    """
    measured = Measured(kept=[*kept, *(key for question in questions for key in _keys(question, perturbation))])

    def more(into: dict[Hashable, Any], tasks: Mapping[Hashable, Question | Task], ready: bool) -> None:
        tasks = {key: task for key, task in tasks.items() if ready or known(task)}
        found, waiting = ask(list(tasks.values()), measured.kept)
        into.update({key: result for key, result in zip(tasks, found, strict=True) if result is not None})
        measured.waiting += waiting

    for quick in (True, False):
        ready, some = not measured.pending, [question for question in questions if question.quick == quick]
        more(measured.maps, {question.key: question for question in some}, ready)
        some = [question for question in some if question.key in measured.maps]
        curves = {each.key: curves_task(each, measured.maps[each.key], target, perturbation) for each in some}
        more(measured.curves, curves, ready)
        stable = {each.key: stability_task(each, target) for each in some if quick or wanted(STABILITY, each)}
        more(measured.stability, stable, not measured.pending)
    return measured


def curves_task(question: Question, result: Result, target: int, perturbation: Perturbation) -> Task:
    """The deletion and insertion curves of a map, and of random orders unless these are known; the result is a Faithfulness."""
    x, network = trace(question.picture, question.backbone).x, question.backbone
    chance = _chance(question, target, perturbation)

    def work(progress: Progress | None) -> Faithfulness:
        first, then = part_of(progress, 0.0, CHANCE_SHARE), part_of(progress, 0.0 if chance.known else CHANCE_SHARE, 1.0)
        random = chance.curves(lambda: random_curves(network, x, target, perturbation, progress=first))
        return faithfulness(network, x, target, {"map": result.map}, perturbation, progress=then, random=random)["map"]

    return Task(_keys(question, perturbation)[1], f"Curves of {question.label}", question.shared, work)


def _chance(question: Question, target: int, perturbation: Perturbation) -> Chance:
    store = _shared_chances() if question.shared else CHANCES.get()
    key = (question.picture.key, question.backbone.sha256, target, tuple(asdict(perturbation).items()))
    return cast(Chance, store.make(key, Chance))


@st.cache_resource(show_spinner=False)
def _shared_chances() -> Store:
    return Store(KEPT_CHANCES)


def same_steps(question: Question, result: Result) -> Any:
    """The method with as many steps as its map took. In a network or a picture where hardly anything is to be explained, no
    number of steps would close the gap that it looks at, and doubling them to the limit would tell nothing new."""
    method = question.method
    return method if getattr(method, "tolerance", None) is None else replace(method, tolerance=None, n_steps=result.n_steps)


def stability_task(question: Question, target: int) -> Task:
    """How much a little noise changes the map; the result is a Sensitivity."""
    x = trace(question.picture, question.backbone).x
    work = partial(sensitivity, question.backbone, x, target, question.method, NOISE, N_SAMPLES, 0)
    return Task(("stability", question.key), f"Stability of {question.label}", question.shared, work)


def stability_seconds(result: Result) -> float:
    """About how long that takes, from how long the map took: it is made again, and once for each noisy picture."""
    return (N_SAMPLES + 1) * result.seconds


def _keys(question: Question, perturbation: Perturbation) -> tuple[Hashable, ...]:
    """Of the map, its curves and its stability; plain scalars only."""
    return question.key, ("curves", question.key, tuple(asdict(perturbation).items())), ("stability", question.key)
