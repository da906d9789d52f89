"""The same picture, class and method at several depths: one piece of long work whose results are there as they come."""

from dataclasses import asdict, dataclass
from functools import partial
from time import perf_counter
from typing import Any

import lrp
from lrp.heatmap import Map, sum_channels
from lrp.probability import probabilities
from lrp.propagation import Progress
from pages.parts import forecast
from pages.parts.compute import Task
from pages.parts.pictures import Picture

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
    """What is asked: a class by its name, of networks of several depths with the same kind of weights."""

    picture: Picture
    weights: str
    depths: tuple[int, ...]
    target: str
    method: Any

    @property
    def label(self) -> str:
        return f"{self.method.label} at {len(self.depths)} depths"

    @property
    def key(self) -> tuple[Any, ...]:
        """Plain scalars only."""
        settings = tuple(asdict(self.method).items())
        return ("depths", self.picture.key, self.weights, self.depths, self.target, self.method.name, settings)

    def expected_seconds(self, answers: Answers, size: int) -> float:
        """About how long the depths that are still to be asked take, in networks that see `size` pixels a side."""
        left = [depth for depth in self.depths if not isinstance(answers.get(depth), Found)]
        return sum(forecast.expected_seconds(("resnet", depth, self.weights), self.method, size) for depth in left)

    def task(self, answers: Answers) -> Task:
        """The work, which puts each depth's result into `answers` as soon as it has it, and skips those that are there."""
        work = partial(_answer, self, answers)
        return Task(self.key, self.label, self.picture.shared, work, PATIENCE if self.method.quick else 0.0)


def _answer(study: Study, answers: Answers, progress: Progress | None) -> Answers:
    for done, depth in enumerate(study.depths):
        if not isinstance(answers.get(depth), Found):
            answers[depth] = _ask(study, depth, partial(_report, progress, done, len(study.depths)))
    return answers


def _report(progress: Progress | None, done: int, count: int, share: float) -> None:
    if progress:
        progress((done + share) / count)


def _ask(study: Study, depth: int, progress: Progress) -> Found | Missing:
    """One depth; its network is let go afterwards, for the five together take a gigabyte."""
    try:
        backbone = lrp.load_backbone(depth, study.weights, lambda done, total: progress(0.5 * min(done / total, 1.0)))
    except lrp.WeightsError as error:
        return Missing(str(error))
    if study.target not in backbone.categories:
        return Missing(f"ResNet-{depth} does not know the class {study.target}.")
    target = backbone.categories.index(study.target)
    kept = lrp.trace(backbone.network, backbone.preprocess(study.picture.image))
    start = perf_counter()
    found = lrp.explain(backbone, kept, target, study.method, progress)
    seconds = perf_counter() - start
    forecast.note(backbone, study.method, seconds)
    sure = probabilities(kept.logits[0])
    best = int(sure.argmax())
    return Found(
        backbone.categories[best], float(sure[best]), float(sure[target]), sum_channels(found.relevance),
        float(found.total[0]), float(found.explained[0]), found.n_steps, seconds, len(sure),
    )  # fmt: skip
