"""The same picture, class and method at several depths: one piece of long work whose results are there as they come."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from time import perf_counter
from typing import Any

import lrp
from lrp.attribution import Map, sum_channels
from lrp.methods import suits
from lrp.probability import probabilities
from lrp.progress import Progress, equal_parts, part_of
from lrp.walk.objectives import OBJECTIVES, Objective, make_objective
from pages.parts.frame.album import Picture
from pages.parts.work import forecast
from pages.parts.work.compute import Task

PATIENCE = 3.0  # seconds that the page waits for quick methods before it shows a progress bar


@dataclass(frozen=True)
class Found:
    """What one depth says: the class it sees and how sure it is, how sure of the explained one, and the map in logits.

    classes: how many it knows.
    """

    sees: str
    probability: float
    of_target: float
    map: Map
    total: float
    explained: float
    n_steps: int | None
    seconds: float
    classes: int = 2


@dataclass(frozen=True)
class Missing:
    """Why a depth has no result, in one sentence."""

    why: str


Answers = dict[int, Found | Missing]  # by depth


@dataclass(frozen=True)
class Study:
    """What is asked: a class by its name, of networks of several depths with the same kind of weights.

    objective: the name of what is asked about it in `lrp.OBJECTIVES`; versus, place: the other class by its name, or the stage
    that is explained, where the objective has one.
    """

    picture: Picture
    weights: str
    depths: tuple[int, ...]
    target: str
    method: Any
    objective: str = "logit"
    versus: str | None = None
    place: str | None = None

    @property
    def label(self) -> str:
        return f"{self.method.label} at {len(self.depths)} depths"

    @property
    def key(self) -> tuple[Any, ...]:
        """Plain scalars only."""
        asked, settings = (self.objective, self.target, self.versus, self.place), tuple(asdict(self.method).items())
        return ("depths", self.picture.key, self.weights, self.depths, asked, self.method.name, settings)

    def objective_in(self, backbone: lrp.Backbone) -> Objective:
        """The objective with the classes as this network counts them. Raises ValueError for what it does not know."""
        known = backbone.categories
        for name in filter(None, (self.target, self.versus)):
            if name not in known:
                raise ValueError(f"{backbone.name} does not know the class {name}.")
        if self.place and self.place not in backbone.stages:
            raise ValueError(f"{backbone.name} has no stage called {self.place}; choose another question.")
        versus = None if self.versus is None else known.index(self.versus)
        return make_objective(self.objective, {"target": known.index(self.target), "versus": versus, "place": self.place})

    def expected_seconds(self, answers: Answers, size: int) -> float:
        """About how long the depths that are still to be asked take, in networks that see `size` pixels a side."""
        left = [depth for depth in self.depths if not isinstance(answers.get(depth), Found)]
        return sum(forecast.expected_seconds(("resnet", depth, self.weights), self.method, size) for depth in left)

    def task(self, answers: Answers) -> Task:
        """The work, which puts each depth's result into `answers` as soon as it has it, and skips those that are there."""
        work = partial(_answer, self, answers)
        return Task(self.key, self.label, self.picture.shared, work, PATIENCE if self.method.quick else 0.0)


def _answer(study: Study, answers: Answers, progress: Progress | None) -> Answers:
    for depth, part in zip(study.depths, equal_parts(progress, len(study.depths)), strict=True):
        if not isinstance(answers.get(depth), Found):
            answers[depth] = _ask(study, depth, part)
    return answers


def _of_bytes(progress: Progress | None) -> Callable[[int, int], None] | None:
    """Returns a callback for a download, which counts bytes, that reports the share done."""
    return progress and (lambda done, total: progress(min(done / total, 1.0)))


def _ask(study: Study, depth: int, progress: Progress | None) -> Found | Missing:
    """One depth; its network is let go afterwards, for the five together take a gigabyte."""
    if not suits(OBJECTIVES[study.objective], study.method):
        return Missing("This question is defined for LRP only; choose an LRP method, or ask another one.")
    try:
        backbone = lrp.load_backbone(depth, study.weights, _of_bytes(part_of(progress, 0.0, 0.5)))
    except lrp.WeightsError as error:
        return Missing(str(error))
    try:
        objective = study.objective_in(backbone)
    except ValueError as error:
        return Missing(str(error))
    target = backbone.categories.index(study.target)
    kept = lrp.trace(backbone.network, backbone.preprocess(study.picture.image))
    start = perf_counter()
    found = lrp.explain(backbone, kept, objective, study.method, progress)
    seconds = perf_counter() - start
    forecast.note(backbone, study.method, seconds)
    sure = probabilities(kept.logits[0])
    best = int(sure.argmax())
    return Found(
        backbone.categories[best], float(sure[best]), float(sure[target]), sum_channels(found.relevance),
        float(found.total[0]), float(found.explained[0]), found.n_steps, seconds, len(sure),
    )  # fmt: skip
