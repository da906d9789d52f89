"""Explanations for the pages: computed once, cached within bounds, and those of own pictures for their visit alone."""

import math
import threading
import time
from collections.abc import Callable, Hashable
from concurrent import futures
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, cast

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

import lrp
from lrp.attribution import sum_channels
from lrp.methods import suits
from lrp.models.architectures import DEPTHS
from lrp.progress import Progress
from lrp.walk.objectives import Objective
from pages.parts.frame.album import Picture
from pages.parts.frame.state import LazySessionValue
from pages.parts.work import forecast, visit
from pages.parts.work.cache import Store
from pages.parts.work.job import Job
from pages.parts.work.memory import retry_after_eviction
from pages.parts.work.traces import LazyTrace, cached_trace, lazy_trace, quick_slots
from pages.parts.work.worker import Worker

KEPT_RESULTS = 32
KEPT_NETWORKS = 3  # of those that are not bundled

Work = Callable[[Progress | None], Any]

# Of one visit; the results of samples are everybody's.
LOGITS = LazySessionValue("logits", lambda: Store(KEPT_RESULTS))
RESULTS = LazySessionValue("results", lambda: Store(KEPT_RESULTS))
JOBS = LazySessionValue("jobs", lambda: Store(KEPT_RESULTS))

_one_loads = threading.Lock()


@dataclass(frozen=True)
class Question:
    """One explanation to compute: of a picture, by a network, for an objective, with a method and its settings."""

    picture: Picture
    backbone: lrp.Backbone
    objective: Objective
    method: Any

    @property
    def key(self) -> Hashable:
        """The cache key, of plain scalars only: hashes of arrays or objects could collide."""
        asked, settings = (tuple(asdict(part).items()) for part in (cast(Any, self.objective), self.method))
        return (self.picture.key, self.backbone.sha256, self.objective.name, asked, self.method.name, settings)

    @property
    def label(self) -> str:
        return str(self.method.label)

    @property
    def shared(self) -> bool:
        return self.picture.shared

    @property
    def quick(self) -> bool:
        return bool(self.method.quick)

    @property
    def expected_seconds(self) -> float:
        """Estimates the seconds of the computation itself, without the queue."""
        return forecast.expected_seconds(forecast.network_kind(self.backbone), self.method, self.backbone.size)

    def prepare(self) -> Work:
        """Returns the work that computes the Result; while it waits it holds the preprocessed picture, not the trace.

        Raises ValueError for a method that cannot explain the objective.
        """
        if not suits(self.objective, self.method):
            raise ValueError("this question is defined for LRP only; ask another one, or choose an LRP method for this map")
        passed = lazy_trace(self.picture, self.backbone)
        return lambda progress: _explain(self, passed, progress)


@dataclass(frozen=True)
class Task:
    """Other work than one map; a page waits up to `patience` seconds before it shows a progress bar."""

    key: Hashable
    label: str
    shared: bool
    work: Work
    patience: float = 0.0
    quick = False

    def prepare(self) -> Work:
        return self.work


@dataclass(frozen=True)
class Result:
    """A computed explanation; `relevance` (3, H, W) and `map` (H, W) in logits, `seconds` as measured."""

    map: NDArray[np.float32]
    relevance: NDArray[np.float32]
    total: float
    explained: float
    n_steps: int | None
    seconds: float

    @property
    def gap(self) -> float:
        """|total - explained| / |explained|; where nothing was to be explained, 0 if the total is 0, else infinite."""
        missing = abs(self.total - self.explained)
        return missing / abs(self.explained) if self.explained else math.inf if missing else 0.0


@st.cache_resource(show_spinner=False)
def worker() -> Worker:
    """Returns the queue of this server."""
    return Worker(who=visit.current_visit)


@st.cache_resource(show_spinner=False)
def _shared_results() -> Store:
    return Store(KEPT_RESULTS)


@st.cache_resource(show_spinner=False)
def _backbones(bundled: bool) -> Store:
    # A trace that a visit keeps holds its network: one that made room and is loaded again would be in memory once a visit. The
    # bundled ones are small enough to stay, all of them.
    return Store(len(DEPTHS) if bundled else KEPT_NETWORKS)


def backbone(
    architecture: str, depth: int, weights: str, progress: Callable[[int, int], None] | None = None
) -> lrp.Backbone:
    """Returns the network, loaded once for all visitors; raises WeightsError with a sentence for the page."""
    key = (architecture, depth, weights)
    bundled = weights == "demo"
    with _one_loads if bundled else nullcontext():
        load = partial(lrp.load_backbone, depth, weights, progress, architecture)
        return _backbones(bundled).get_or_make(key, lambda: retry_after_eviction(load))


def logits(picture: Picture, network: lrp.Backbone) -> torch.Tensor:
    """Returns the logits of the picture, (K,), cached apart from the trace, which may be too large to be kept."""
    key = (picture.key, network.sha256)
    return cast(torch.Tensor, LOGITS.get().get_or_make(key, lambda: cached_trace(picture, network).logits[0].clone()))


def answer(asked: Question | Task) -> Any | Job:
    """Returns the result of a quick method, or of what was computed before; else the job that computes it.

    Raises Busy, and ValueError for a method that cannot explain this in this network.
    """
    results = _results(asked)
    if found := results.get(asked.key):
        return found
    if asked.quick:
        work = asked.prepare()
        return results.put(asked.key, retry_after_eviction(lambda: work(None)))
    job = JOBS.get().get_or_make(asked.key, lambda: worker().submit(_with_room(asked.prepare())))
    if isinstance(asked, Task):
        futures.wait([job.future], asked.patience)
    if job.done and not job.failed:
        JOBS.get().drop(asked.key)  # or it would hold the result beyond its place in the store
        return results.put(asked.key, job.future.result())
    return job


def _with_room(work: Work) -> Work:
    return lambda progress: retry_after_eviction(lambda: work(progress))


def is_known(asked: Question | Task) -> bool:
    """Whether the result is cached."""
    return _results(asked).get(asked.key) is not None


def _results(asked: Question | Task) -> Store:
    return _shared_results() if asked.shared else RESULTS.get()


def forget_job(asked: Question | Task) -> None:
    """Drops the job of a question that was cancelled or failed, so that asking again starts a new one."""
    JOBS.get().drop(asked.key)


def cancel_all_but(wanted: list[Hashable]) -> None:
    """Cancels the visitor's jobs but those of the `wanted` keys."""
    for key in JOBS.get().keys() - set(wanted):
        JOBS.get().get(key).cancel()
        JOBS.get().drop(key)


def _explain(question: Question, passed: LazyTrace, progress: Progress | None = None) -> Result:
    # Others may have asked the same of a sample, and have had their turn meanwhile.
    shared = _shared_results() if question.picture.shared else Store(1)
    return cast(Result, shared.get_or_make(question.key, lambda: _explained(question, passed, progress)))


def _explained(question: Question, passed: LazyTrace, progress: Progress | None) -> Result:
    with nullcontext() if progress else quick_slots:
        kept = passed()
        start = time.perf_counter()
        found = lrp.explain(question.backbone, kept, question.objective, question.method, progress)
        seconds = time.perf_counter() - start
    forecast.record_time(question.backbone, question.method, seconds)
    return Result(
        sum_channels(found.relevance), found.relevance[0].numpy(), float(found.total[0]), float(found.explained[0]),
        found.n_steps, seconds,
    )  # fmt: skip
