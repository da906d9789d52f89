"""Explanations for the pages: every result computed once, kept within bounds, and never shown to the wrong visitor."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import asdict, dataclass
from typing import Any, cast

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

import lrp
from lrp.heatmap import sum_channels
from lrp.propagation import Progress
from pages.parts.pictures import Picture
from pages.parts.worker import Job, Worker

KEPT_RESULTS, KEPT_TRACES = 32, 2


@dataclass(frozen=True)
class Question:
    """What is asked of a method: a picture, a network, a class (or an objective) and the method with its settings."""

    picture: Picture
    backbone: lrp.Backbone
    target: Any
    method: Any

    @property
    def key(self) -> Hashable:
        """Plain scalars only, so that no two questions are ever taken for the same."""
        settings = tuple(asdict(self.method).items())
        return (self.picture.key, self.backbone.sha256, str(self.target), self.method.name, settings)


@dataclass(frozen=True)
class Result:
    """An answer as the page shows it; `relevance` (3, H, W) and `map` (H, W) in logits, `seconds` as measured."""

    map: NDArray[np.float32]
    relevance: NDArray[np.float32]
    total: float
    explained: float
    n_steps: int | None
    seconds: float

    @property
    def gap(self) -> float:
        """|total - explained| / |explained|; 0 where nothing was to be explained and nothing was, else infinite there."""
        missing = abs(self.total - self.explained)
        return missing / abs(self.explained) if self.explained else math.inf if missing else 0.0


class Store:
    """The last few things made, by key; the oldest leaves first."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        return self._kept.get(key)

    def put(self, key: Hashable, value: Any) -> Any:
        self._kept[key] = value
        self._kept.move_to_end(key)
        while len(self._kept) > self.limit:
            self._kept.popitem(last=False)
        return value

    def keys(self) -> set[Hashable]:
        return set(self._kept)

    def drop(self, key: Hashable) -> None:
        self._kept.pop(key, None)

    def make(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What is kept under the key, made now if nothing is."""
        found = self.get(key)
        return self.put(key, make()) if found is None else found


@st.cache_resource(show_spinner=False)
def worker() -> Worker:
    """The one queue of this server for long work."""
    return Worker()


@st.cache_resource(show_spinner=False)
def _shared_results() -> Store:
    return Store(KEPT_RESULTS)


@st.cache_resource(show_spinner=False)
def _backbones() -> Store:
    return Store(3)


def backbone(depth: int, weights: str, progress: Callable[[int, int], None] | None = None) -> lrp.Backbone:
    """The network of that depth, loaded once for all visitors. Raises WeightsError with a sentence for the page."""
    return _backbones().make((depth, weights), lambda: lrp.load_backbone(depth, weights, progress))


def logits(picture: Picture, network: lrp.Backbone) -> torch.Tensor:
    """(K,), what the network says of the picture."""
    return trace(picture, network).logits[0]


def trace(picture: Picture, network: lrp.Backbone) -> lrp.Trace:
    """The kept forward pass, from which every LRP map of this picture is walked back; it belongs to the visit."""
    traces: Store = st.session_state.setdefault("traces", Store(KEPT_TRACES))
    key = (picture.key, network.sha256)
    found = traces.get(key)
    # A network that had to make room for others comes back as another object, which does not know the old one's traces.
    if found is None or found.network is not network.network:
        found = traces.put(key, lrp.trace(network.network, network.preprocess(picture.image)))
    return cast(lrp.Trace, found)


def out_of_memory(error: BaseException | None) -> bool:
    """Whether this is the sign of too little memory, which torch's CPU allocator gives as a RuntimeError of its own words."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in str(error)


def answer(question: Question) -> Result | Job:
    """The result: at once by quick methods and for what was asked before, else the job that is working on it. Raises Busy."""
    results: Store = _shared_results() if question.picture.shared else st.session_state.setdefault("results", Store(KEPT_RESULTS))
    if found := results.get(question.key):
        return found
    kept = trace(question.picture, question.backbone)
    if question.method.quick:
        return results.put(question.key, _explain(question, kept))
    job = _jobs().make(question.key, lambda: worker().submit(lambda progress: _explain(question, kept, progress)))
    if job.done and not job.failed:
        return results.put(question.key, job.future.result())
    return job


def _jobs() -> Store:
    return st.session_state.setdefault("jobs", Store(KEPT_RESULTS))


def forget(question: Question) -> None:
    """Drops the job of a question that was cancelled or has failed, so that asking again starts anew."""
    _jobs().drop(question.key)


def cancel_all_but(wanted: list[Hashable]) -> None:
    """Ends the visitor's jobs whose result is no longer on the page."""
    for key in _jobs().keys() - set(wanted):
        _jobs().get(key).cancel()
        _jobs().drop(key)


def _explain(question: Question, kept: lrp.Trace, progress: Progress | None = None) -> Result:
    start = time.perf_counter()
    found = lrp.explain(question.backbone, kept, question.target, question.method, progress)
    seconds = time.perf_counter() - start
    return Result(
        sum_channels(found.relevance), found.relevance[0].numpy(), float(found.total[0]), float(found.explained[0]),
        found.n_steps, seconds,
    )  # fmt: skip
