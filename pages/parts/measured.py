"""What is measured of maps, in the order in which it is ready soonest: what is quick, what chance gives, what takes long."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrp.metrics import Faithfulness, Perturbation, Sensitivity, faithfulness, random_curves, sensitivity
from lrp.metrics.report import N_SAMPLES, NOISE
from lrp.propagation import Progress
from pages.parts.compute import Question, Result, Task, known, trace
from pages.parts.waiting import Waiting, ask


@dataclass(frozen=True, eq=False)
class Chance:
    """What the network says while patches are taken in random orders: (n, S + 1)."""

    curves: NDArray[np.float64]


@dataclass
class Measured:
    """What is known so far, by the key of the question, and what is on its way."""

    maps: dict[Hashable, Result] = field(default_factory=dict)
    curves: dict[Hashable, Faithfulness] = field(default_factory=dict)
    stability: dict[Hashable, Sensitivity] = field(default_factory=dict)
    waiting: Waiting = field(default_factory=list)

    @property
    def pending(self) -> bool:
        return any(not job.done for _, job in self.waiting)


def measure(questions: Sequence[Question], target: int, perturbation: Perturbation, wanted: Collection[Hashable]) -> Measured:
    """The maps of the questions, which are about one picture and network, their curves, and how stable they are.

    The stability of a method that is not quick is measured if its key is in `wanted`. Nothing is asked before what comes first is
    done, so that quick methods have their curves while slow ones have not begun; what is known already is there at once.
    """
    measured, chance = Measured(), chance_task(questions[0], target, perturbation)
    kept = [chance.key, *(key for question in questions for key in _keys(question, perturbation))]

    def more(into: dict[Hashable, Any], tasks: dict[Hashable, Question | Task]) -> None:
        asked = {key: task for key, task in tasks.items() if not measured.pending or known(task)}
        found, waiting = ask(list(asked.values()), kept)
        into.update({key: result for key, result in zip(asked, found, strict=True) if result is not None})
        measured.waiting += waiting

    def answered(quick: bool) -> list[Question]:
        some = [question for question in questions if question.quick == quick]
        more(measured.maps, {question.key: question for question in some})
        return [question for question in some if question.key in measured.maps]

    def more_of(some: Sequence[Question]) -> None:
        if random:
            more(measured.curves, {
                question.key: curves_task(question, measured.maps[question.key], target, perturbation, random[chance.key])
                for question in some
            })  # fmt: skip
        stable = [question for question in some if question.quick or question.key in wanted]
        more(measured.stability, {question.key: stability_task(question, target) for question in stable})

    random: dict[Hashable, Chance] = {}
    quick = answered(True)
    more(random, {chance.key: chance})
    more_of(quick)
    more_of(answered(False))
    return measured


def chance_task(question: Question, target: int, perturbation: Perturbation) -> Task:
    """What the network says while patches are taken in random orders, whatever the method."""
    x, network = trace(question.picture, question.backbone).x, question.backbone

    def work(progress: Progress | None) -> Chance:
        return Chance(random_curves(network, x, target, perturbation, progress=progress))

    key = ("chance", question.picture.key, network.sha256, target, tuple(asdict(perturbation).items()))
    return Task(key, "Random orders, to compare with", question.shared, work)


def curves_task(question: Question, result: Result, target: int, perturbation: Perturbation, chance: Chance) -> Task:
    """The deletion and insertion curves of a map; the result is a Faithfulness."""
    x = trace(question.picture, question.backbone).x

    def work(progress: Progress | None) -> Faithfulness:
        maps = {"map": result.map}
        return faithfulness(question.backbone, x, target, maps, perturbation, progress=progress, random=chance.curves)["map"]

    return Task(_keys(question, perturbation)[1], f"Curves of {question.label}", question.shared, work)


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
