"""The same picture, class and method at several depths, as one task whose results appear one by one."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import lrp
from lrp.attribution import Map, first_value, sum_channels
from lrp.heads import REGRESSION, SOFTMAX, Head
from lrp.methods import suits
from lrp.methods.method import Method
from lrp.progress import Progress, equal_parts, part_of
from lrp.settings import plain_settings
from lrp.walk.objectives import OBJECTIVES, Objective, make_objective
from pages.parts.frame.album import Picture
from pages.parts.work import forecast
from pages.parts.work.device import server_device
from pages.parts.work.job import paused_seconds
from pages.parts.work.question import Task, is_shared

PATIENCE = 3.0  # seconds that the page waits for quick methods before it shows a progress bar


@dataclass(frozen=True)
class DepthResult:
    """The answer of one depth. `map` (H, W), total and explained are in logits.

    sees, prediction: the likeliest class, or the explained value. target_prediction: of the explained output. head: its kind.
    """

    sees: str
    prediction: float
    target_prediction: float
    map: Map
    total: float
    explained: float
    n_steps: int | None
    seconds: float
    head: Head = SOFTMAX


@dataclass(frozen=True)
class DepthFailure:
    """A depth without a result. reason: one sentence for the page."""

    reason: str


DepthResults = dict[int, DepthResult | DepthFailure]  # by depth


@dataclass(frozen=True)
class Study:
    """One method's explanation of a class, given by name, in networks of several depths with the same kind of weights.

    objective: a name in `lrp.OBJECTIVES`. versus, place: the name of the other class, or the explained stage, for an objective
    that has one.
    """

    picture: Picture
    weights: str
    depths: tuple[int, ...]
    target: str
    method: Method
    objective: str = "logit"
    versus: str | None = None
    place: str | None = None

    @property
    def label(self) -> str:
        return f"{self.method.label} at {len(self.depths)} depths"

    @property
    def key(self) -> Hashable:
        """Plain scalars only."""
        asked, settings = (self.objective, self.target, self.versus, self.place), tuple(plain_settings(self.method).items())
        return ("depths", self.picture.key, self.weights, self.depths, asked, self.method.name, settings)

    def objective_in(self, backbone: lrp.Backbone) -> Objective:
        """Returns the objective with this network's class indices. Raises ValueError for a class or stage it does not have."""
        known = backbone.categories
        for name in filter(None, (self.target, self.versus)):
            if name not in known:
                raise ValueError(f"{backbone.name} does not know the class {name}.")
        if self.place and self.place not in backbone.stages:
            raise ValueError(f"{backbone.name} has no stage called {self.place}; choose another question.")
        versus = None if self.versus is None else known.index(self.versus)
        return make_objective(self.objective, {"target": known.index(self.target), "versus": versus, "place": self.place})

    def expected_seconds(self, results: DepthResults, size: int) -> float:
        """Returns a forecast for the depths without a result, in networks whose input is `size` pixels wide."""
        left = [depth for depth in self.depths if not isinstance(results.get(depth), DepthResult)]
        return sum(forecast.expected_seconds(("resnet", depth, self.weights), self.method, size) for depth in left)

    def task(self, results: DepthResults, size: int = 224) -> Task:
        """Returns a task that fills `results` depth by depth and skips the depths that have one; size: as `expected_seconds`."""
        work = partial(_explain_depths, self, results)
        patience, shared = PATIENCE if self.method.quick else 0.0, is_shared(self.picture, self.method)
        return Task(self.key, self.label, shared, work, patience, self.expected_seconds(results, size))


def _explain_depths(study: Study, results: DepthResults, progress: Progress | None) -> DepthResults:
    for depth, part in zip(study.depths, equal_parts(progress, len(study.depths)), strict=True):
        if not isinstance(results.get(depth), DepthResult):
            results[depth] = _explain_depth(study, depth, part)
    return results


def _explain_depth(study: Study, depth: int, progress: Progress | None) -> DepthResult | DepthFailure:
    """Explains one depth; its network is not kept, as the five together take a gigabyte."""
    if not suits(OBJECTIVES[study.objective], study.method):
        return DepthFailure("This question is defined for LRP only; choose an LRP method, or ask another one.")
    try:
        backbone = lrp.load_backbone(depth, study.weights, _of_bytes(part_of(progress, 0.0, 0.5)), device=server_device())
    except lrp.WeightsError as error:
        return DepthFailure(str(error))
    try:
        objective = study.objective_in(backbone)
    except ValueError as error:
        return DepthFailure(str(error))
    trace = lrp.trace(backbone.network, backbone.preprocess(study.picture.image))
    start = perf_counter() - paused_seconds()
    attribution = lrp.explain(backbone, trace, objective, study.method, progress)
    seconds = perf_counter() - paused_seconds() - start
    forecast.record_time(backbone, study.method, seconds)
    p = backbone.kind.predictions(trace.logits[0])
    target = backbone.categories.index(study.target)
    best = target if backbone.kind is REGRESSION else backbone.kind.best(p)
    return DepthResult(
        backbone.categories[best], float(p[best]), float(p[target]), sum_channels(attribution.relevance),
        float(attribution.total[0]), float(attribution.explained[0]), first_value(attribution.n_steps), seconds, backbone.kind,
    )  # fmt: skip


def _of_bytes(progress: Progress | None) -> Callable[[int, int], None] | None:
    """Returns a callback for a download, which counts bytes, that reports the share done."""
    return progress and (lambda done, total: progress(min(done / total, 1.0)))
