"""The same picture, class and method at several depths, as one task whose results appear one by one."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter

from torch import Tensor

import lrp
from lrp.attribution import Map, first_value, sum_channels
from lrp.heads import REGRESSION, SOFTMAX, Head
from lrp.methods import suits
from lrp.methods.method import Method
from lrp.methods.suitable import suits_network
from lrp.progress import Progress, bytes_progress, equal_parts, part_of
from lrp.settings import plain_settings
from lrp.walk.objectives import OBJECTIVES, Objective, make_objective
from pages.parts.choose.other_network import laid_over_view, objective_in
from pages.parts.frame.album import Picture
from pages.parts.work import forecast
from pages.parts.work.device import server_device
from pages.parts.work.job import paused_seconds
from pages.parts.work.network_key import is_private, network_key
from pages.parts.work.question import Task, is_shared

PATIENCE = 3.0  # seconds that the page waits for quick methods before it shows a progress bar


@dataclass(frozen=True)
class DepthResult:
    """The answer of one depth. `map` (H, W), total and explained are in logits.

    sees, prediction: the likeliest class, or the explained value. target_prediction: of the explained output. head: its kind.
    instead: what is explained in place of what was asked, as a sentence; "" where it is that.
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
    instead: str = ""


@dataclass(frozen=True)
class DepthFailure:
    """A depth without a result. reason: one sentence for the page."""

    reason: str


StudyPlace = int | str  # the depth of a ResNet, or the name of a network
DepthResults = dict[StudyPlace, DepthResult | DepthFailure]


def place_name(place: StudyPlace) -> str:
    """Returns the display name of a network of the study."""
    return f"ResNet-{place}" if isinstance(place, int) else place


@dataclass(frozen=True)
class Study:
    """One method's explanation of a class, given by name, in networks of several depths with the same kind of weights.

    objective: a name in `lrp.OBJECTIVES`. versus, place: the name of the other class, or the explained stage, for an objective
    that has one. networks: by their names, instead of depths: the first knows the class, and the maps of the others are laid
    over the picture that it saw.
    """

    picture: Picture
    weights: str
    depths: tuple[int, ...]
    target: str
    method: Method
    objective: str = "logit"
    versus: str | None = None
    place: str | None = None
    networks: Mapping[str, lrp.Backbone] = field(default_factory=dict)

    @property
    def places(self) -> tuple[StudyPlace, ...]:
        """The depths or the names of the networks."""
        return (*self.depths, *self.networks)

    @property
    def label(self) -> str:
        return f"{self.method.label} {f'in {len(self.networks)} networks' if self.networks else f'at {len(self.depths)} depths'}"

    @property
    def key(self) -> Hashable:
        """The cache key of the study, of plain scalars only."""
        asked = (self.objective, self.target, self.versus, self.place)
        settings = tuple(plain_settings(self.method).items())
        networks = tuple(network_key(network) for network in self.networks.values())
        return ("depths", self.picture.key, self.weights, self.depths, networks, asked, self.method.name, settings)

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
        """Returns a forecast for those without a result; at depths, in networks whose input is `size` pixels wide."""
        left = [place for place in self.places if not isinstance(results.get(place), DepthResult)]
        return sum(
            forecast.expected_in(self.networks[place], self.method) if isinstance(place, str)
            else forecast.expected_seconds(("resnet", place, self.weights), self.method, size)
            for place in left
        )  # fmt: skip

    def task(self, results: DepthResults, size: int = 224) -> Task:
        """Returns a task that fills `results` depth by depth and skips the depths that have one; size: as `expected_seconds`."""
        work = partial(_explain_depths, self, results)
        patience = PATIENCE if self.method.quick else 0.0
        shared = is_shared(self.picture, self.method)
        shared = shared and not any(is_private(network) for network in self.networks.values())
        return Task(self.key, self.label, shared, work, patience, self.expected_seconds(results, size))


def _explain_depths(study: Study, results: DepthResults, progress: Progress | None) -> DepthResults:
    for place, part in zip(study.places, equal_parts(progress, len(study.places)), strict=True):
        if not isinstance(results.get(place), DepthResult):
            results[place] = _explain_depth(study, place, part)
    return results


def _explain_depth(study: Study, place: StudyPlace, progress: Progress | None) -> DepthResult | DepthFailure:
    """Explains one network; that of a depth is not kept, as the five together take a gigabyte."""
    if not suits(OBJECTIVES[study.objective], study.method):
        return DepthFailure("This question is defined for LRP only; choose an LRP method, or ask another one.")
    try:
        backbone = _load(study, place, progress)
    except lrp.WeightsError as error:
        return DepthFailure(str(error))
    if not suits_network(type(study.method), backbone.network):
        return DepthFailure(f"{study.method.label} has no rule for a layer of this network.")
    trace = lrp.trace(backbone.network, backbone.preprocess(study.picture.image))
    try:
        objective, instead = _objective_in(study, backbone, trace.logits[0])
    except ValueError as error:
        return DepthFailure(str(error))
    start = perf_counter() - paused_seconds()
    attribution = lrp.explain(backbone, trace, objective, study.method, progress)
    seconds = perf_counter() - paused_seconds() - start
    forecast.record_time(backbone, study.method, seconds)
    p = backbone.kind.predictions(trace.logits[0])
    target = backbone.kind.best(p) if objective.target_index is None else objective.target_index
    best = target if backbone.kind is REGRESSION else backbone.kind.best(p)
    values = sum_channels(attribution.relevance)
    first = next(iter(study.networks.values()), backbone)
    return DepthResult(
        backbone.categories[best], float(p[best]), float(p[target]), laid_over_view(values, study.picture.size, backbone, first),
        float(attribution.total[0]), float(attribution.explained[0]), first_value(attribution.n_steps), seconds, backbone.kind,
        instead,
    )  # fmt: skip


def _load(study: Study, place: StudyPlace, progress: Progress | None) -> lrp.Backbone:
    """The network; at a depth, loaded for this. Raises WeightsError."""
    if isinstance(place, str):
        return study.networks[place]
    return lrp.load_backbone(place, study.weights, bytes_progress(part_of(progress, 0.0, 0.5)), device=server_device())


def _objective_in(study: Study, backbone: lrp.Backbone, logits: Tensor) -> tuple[Objective, str]:
    """The objective in this network, and what stands in it for what the network does not know. logits: (K,)."""
    if not study.networks:
        return study.objective_in(backbone), ""
    first = next(iter(study.networks.values()))
    asked = study.objective_in(first)
    return (asked, "") if backbone is first else objective_in(backbone, backbone.kind.predictions(logits), asked, first)
