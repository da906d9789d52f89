"""Explanations for the pages: computed once, cached within bounds, and those of own pictures for their visit alone."""

from collections.abc import Hashable
from concurrent import futures
from functools import partial
from pathlib import Path
from typing import cast

import torch
from PIL import Image

import lrp
from lrp.models.architectures import DEPTHS
from lrp.models.network_folder import stamp
from lrp.progress import BytesProgress
from pages.parts.frame.album import Picture
from pages.parts.frame.state import LazySessionValue
from pages.parts.work import price, visit
from pages.parts.work.cache import Store
from pages.parts.work.device import server_device
from pages.parts.work.job import Job
from pages.parts.work.memory import retry_after_eviction
from pages.parts.work.network_key import is_private, network_key
from pages.parts.work.page_turns import outside_turn, quick_slot
from pages.parts.work.question import MAX_SHARED, SHARED_RESULTS, Question, Task, TaskWork
from pages.parts.work.shared_loads import SharedLoads
from pages.parts.work.traces import cached_trace
from pages.parts.work.worker import Worker

MAX_NETWORKS = 5  # of those that are not bundled: a page may compare its own and those of four maps
MAX_RESULTS = 64  # of a visit: maps, and what belongs to them

# Of one visit: logits and what networks see, results, and jobs; what is known of samples is everybody's.
LOGITS = LazySessionValue("logits", lambda: Store(MAX_RESULTS).of_visit())
RESULTS = LazySessionValue("results", lambda: Store(MAX_RESULTS).of_visit())
JOBS = LazySessionValue("jobs", lambda: Store(MAX_RESULTS).of_visit())
_SHARED_LOGITS = Store(MAX_SHARED)

# Of the server, once. Not in a cache of Streamlit's: any visitor may ask for that to be cleared.
_WORKER = Worker(who=visit.current_visit)
# A trace that a visit keeps holds its network: one that made room and is loaded again would be in memory once a visit. The
# bundled ones are small enough to stay, all of them.
_BUNDLED, _DOWNLOADED = Store(len(DEPTHS)), Store(MAX_NETWORKS)
_LOADS = SharedLoads()


def worker() -> Worker:
    """Returns the queue of this server."""
    return _WORKER


def forget_shared() -> None:
    """Drops the networks and results that this server keeps for everybody."""
    for store in (_BUNDLED, _DOWNLOADED, SHARED_RESULTS, _SHARED_LOGITS):
        store.clear()


def backbone(
    architecture: str, depth: int, weights: str, progress: BytesProgress | None = None
) -> lrp.Backbone:
    """Returns the network, loaded once for all visitors; raises WeightsError with a sentence for the page."""
    key = (architecture, depth, weights)
    store = _BUNDLED if weights == "demo" else _DOWNLOADED
    if found := store.get(key):
        return cast(lrp.Backbone, found)

    def load(note: BytesProgress) -> lrp.Backbone:
        return store.put(key, retry_after_eviction(
            lambda: lrp.load_backbone(depth, weights, note, architecture, server_device())
        ))  # fmt: skip

    with outside_turn():
        return _LOADS.get(key, load, progress)


def folder_network(path: Path) -> lrp.Backbone:
    """Returns the network in a file or folder of the operator's, loaded once for all; raises WeightsError and ValueError."""
    load, key = partial(lrp.load_network, path, device=server_device()), stamp(path)
    return cast(lrp.Backbone, _DOWNLOADED.get_or_make(key, lambda: retry_after_eviction(load)))


def logits(picture: Picture, network: lrp.Backbone) -> torch.Tensor:
    """Returns the logits of the picture, (K,), cached apart from the trace, which may be too large to be kept."""

    def run() -> torch.Tensor:
        return cached_trace(picture, network).logits[0].to("cpu", copy=True)

    return cast(torch.Tensor, _store_of(picture, network).get_or_make((picture.key, network_key(network)), run))


def logits_alone(picture: Picture, network: lrp.Backbone) -> torch.Tensor:
    """Returns the logits of the picture, (K,), of a network that the page explains nothing of: no trace is kept."""

    def run() -> torch.Tensor:
        with quick_slot():
            return network.network(network.preprocess(picture.image))[0].cpu()

    key = (picture.key, network_key(network))
    return cast(torch.Tensor, _store_of(picture, network).get_or_make(key, lambda: retry_after_eviction(run)))


def _store_of(picture: Picture, network: lrp.Backbone) -> Store:
    """Returns where logits and what the network sees are kept: the visitor's own store for an own picture or network."""
    return _SHARED_LOGITS if picture.shared and not is_private(network) else LOGITS.get()


def seen(picture: Picture, network: lrp.Backbone) -> Image.Image:
    """Returns what the network sees of the picture, (H, W) in RGB."""

    def make() -> Image.Image:
        return network.as_seen(network.preprocess(picture.image))

    return cast(Image.Image, _store_of(picture, network).get_or_make(("seen", picture.key, network_key(network)), make))


def answer(asked: Question | Task) -> object:
    """Returns the result of a quick method, or of what was computed before; else the job that computes it.

    Raises Busy, and ValueError for a method that cannot explain this in this network, or for a price above the server's limit.
    """
    results = _results(asked)
    if found := results.get(asked.key):
        return found
    if asked.quick:
        work = asked.prepare()
        return results.put(asked.key, retry_after_eviction(lambda: work(None)))
    job = JOBS.get().get_or_make(asked.key, lambda: _submit(asked))
    if isinstance(asked, Task):
        with outside_turn():
            futures.wait([job.future], asked.patience)
    if job.done and not job.failed:
        JOBS.get().drop(asked.key)  # or it would hold the result beyond its place in the store
        return results.put(asked.key, job.future.result())
    return job


def _submit(asked: Question | Task) -> Job:
    price.check(asked.expected_seconds)
    most = price.most_seconds() * price.TOLERANCE
    return worker().submit(_retrying(asked.prepare()), asked.expected_seconds, most, asked.elsewhere, asked.background)


def _retrying(work: TaskWork) -> TaskWork:
    return lambda progress: retry_after_eviction(lambda: work(progress))


def is_known(asked: Question | Task) -> bool:
    """Whether the result is cached."""
    return _results(asked).get(asked.key) is not None


def _results(asked: Question | Task) -> Store:
    return SHARED_RESULTS if asked.shared else RESULTS.get()


def forget_job(asked: Question | Task) -> None:
    """Drops the job of a question that was cancelled or failed, so that asking again starts a new one."""
    JOBS.get().drop(asked.key)


def forget_result(asked: Question | Task) -> None:
    """Drops the result, so that asking again does the work again."""
    _results(asked).drop(asked.key)


def cancel_all_but(wanted: list[Hashable]) -> None:
    """Cancels the visitor's jobs but those of the `wanted` keys."""
    for key in JOBS.get().keys() - set(wanted):
        JOBS.get().get(key).cancel()
        JOBS.get().drop(key)
