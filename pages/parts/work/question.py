"""What pages ask for: one explanation or other work, and the result of an explanation."""

import time
from collections.abc import Callable, Hashable
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

import lrp
from lrp.attribution import first_value, relative_gap, sum_channels
from lrp.methods import suits
from lrp.methods.method import Method
from lrp.metrics.localisation import half_share
from lrp.pictures.picture_set import PictureSet
from lrp.progress import Progress
from lrp.settings import plain_settings
from lrp.walk.objectives import Objective
from pages.parts.frame.album import Picture
from pages.parts.frame.network_names import network_label
from pages.parts.work import forecast
from pages.parts.work.cache import Store
from pages.parts.work.cluster import explain_on_cluster, sends_map
from pages.parts.work.job import FIRST_ESTIMATE, paused_seconds
from pages.parts.work.network_key import is_private, network_key
from pages.parts.work.page_turns import quick_slot
from pages.parts.work.traces import LazyTrace, lazy_trace

MAX_SHARED = 1000  # results of samples, which a crowd asks for again and again; the budget bounds their bytes
SOON = 1.0  # seconds
# The results of samples, which are everybody's; not in a cache of Streamlit's, which any visitor may ask to be cleared.
SHARED_RESULTS = Store(MAX_SHARED)

TaskWork = Callable[[Progress | None], object]


def is_shared(picture: Picture, method: Method) -> bool:
    """Whether an explanation is everybody's: not where a visitor's own pictures are explained, or compared with."""
    return picture.shared and not any(isinstance(value, PictureSet) for value in vars(method).values())


@dataclass(frozen=True)
class Question:
    """One explanation to compute: of a picture, by a network, for an objective, with a method and its settings.

    names_network: whether its label says which network is explained.
    """

    picture: Picture
    backbone: lrp.Backbone
    objective: Objective
    method: Method
    names_network: bool = False
    background = False

    @property
    def key(self) -> Hashable:
        """The cache key, of plain scalars only: hashes of arrays or objects could collide."""
        asked = tuple(asdict(cast(Any, self.objective)).items())
        settings = tuple(plain_settings(self.method).items())
        return (self.picture.key, network_key(self.backbone), self.objective.name, asked, self.method.name, settings)

    @property
    def label(self) -> str:
        label = str(self.method.label)
        return f"{label}, {network_label(self.backbone)}" if self.names_network else label

    @property
    def shared(self) -> bool:
        return is_shared(self.picture, self.method) and not is_private(self.backbone)

    @property
    def quick(self) -> bool:
        """Whether the page computes it at once: a mean of quick maps as well, where it is soon there."""
        averaged = self.method.shifts > 1
        return self.method.quick or (averaged and self.expected_seconds <= SOON)

    @property
    def expected_seconds(self) -> float:
        """Estimates the seconds of the computation itself, without the queue."""
        return forecast.expected_in(self.backbone, self.method)

    @property
    def elsewhere(self) -> bool:
        """Whether another machine computes it."""
        return not self.quick and sends_map(self.backbone, self.expected_seconds)

    def prepare(self) -> TaskWork:
        """Returns the work that computes the Result; while it waits it holds the preprocessed picture, not the trace.

        Raises ValueError for a method that cannot explain the objective.
        """
        if not suits(self.objective, self.method):
            raise ValueError("this question is defined for LRP only; ask another one, or choose an LRP method for this map")
        passed, elsewhere = lazy_trace(self.picture, self.backbone), self.elsewhere
        return lambda progress: _explain(self, passed, progress, elsewhere)


@dataclass(frozen=True)
class Task:
    """Other work than one map; a page waits up to `patience` seconds before it shows a progress bar.

    elsewhere: whether other machines do the work, for which it only waits here. background: whether nobody has asked for it.
    """

    key: Hashable
    label: str
    shared: bool
    work: TaskWork
    patience: float = 0.0
    expected_seconds: float = FIRST_ESTIMATE
    elsewhere: bool = False
    background: bool = False
    quick = False

    def prepare(self) -> TaskWork:
        return self.work


@dataclass(frozen=True)
class RefusedTask:
    """What a task gives whose work cannot be done. reason: a sentence of the engine."""

    reason: str


@dataclass(frozen=True)
class Result:
    """A computed explanation; `relevance` (3, H, W) and `map` (H, W) in logits, `seconds` as measured."""

    map: NDArray[np.float32]
    relevance: NDArray[np.float32]
    total: float
    explained: float
    n_steps: int | None
    seconds: float
    map_error: float | None = None

    @property
    def gap(self) -> float:
        """|total - explained| / |explained|; where nothing was to be explained, 0 if the total is 0, else infinite."""
        return relative_gap(self.total - self.explained, self.explained)

    @cached_property
    def half_share(self) -> float:
        """The smallest share of the pixels that hold half of the relevance, 0 to 1; see `lrp.metrics.half_share`."""
        return half_share(self.map)


def _explain(question: Question, passed: LazyTrace, progress: Progress | None, elsewhere: bool) -> Result:
    # Others may have asked the same of a sample, and have had their turn meanwhile.
    shared = SHARED_RESULTS if question.shared else Store(1)
    return cast(Result, shared.get_or_make(question.key, lambda: _explained(question, passed, progress, elsewhere)))


def _explained(question: Question, passed: LazyTrace, progress: Progress | None, elsewhere: bool) -> Result:
    if elsewhere and (sent := explain_on_cluster(question.backbone, passed.x, question.objective, question.method, progress)):
        return _result(sent.result, sent.seconds)
    with nullcontext() if progress else quick_slot(), passed.use() as forward:
        start = time.perf_counter() - paused_seconds()
        (explained,) = lrp.explain_batch(question.backbone, forward, question.objective, [question.method], progress).explanations
        seconds = time.perf_counter() - paused_seconds() - start
    forecast.record_time(question.backbone, question.method, seconds)
    return _result(explained.result, seconds)


def _result(found: lrp.Attribution, seconds: float) -> Result:
    return Result(
        sum_channels(found.relevance), found.relevance[0].cpu().numpy(), float(found.total[0]), float(found.explained[0]),
        first_value(found.n_steps), seconds, first_value(found.map_error),
    )  # fmt: skip
