"""Forward passes, cached for the visit that made them, and recomputed for jobs that run after they were evicted."""

import weakref
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from torch import Tensor

import lrp
from pages.parts.frame.album import Picture
from pages.parts.frame.state import LazySessionValue
from pages.parts.work.cache import Store
from pages.parts.work.memory import retry_after_eviction
from pages.parts.work.network_key import network_key
from pages.parts.work.page_turns import quick_slot

MAX_TRACES = 2  # of a visit, or as many as a page compares networks
REUSE_BYTES = 150_000_000  # of each, for what another class needs again; 4 x 4 views of the bundled ResNet-18 take 105
TRACES = LazySessionValue("traces", lambda: Store(MAX_TRACES).of_visit())


@dataclass(frozen=True)
class LazyTrace:
    """The visit's cached trace, or another one where that was evicted.

    Waiting jobs hold this and not the trace: as many traces as the queue has places would exceed the memory budget.
    """

    network: lrp.Network
    x: Tensor
    cached: "weakref.ref[lrp.Trace]"
    key: Hashable
    store: Store

    @contextmanager
    def use(self) -> Iterator[lrp.Trace]:
        """Yields the trace, and then counts what explanations have left in it for the next one."""
        forward = self.cached()
        before = _reused(forward)
        try:
            yield forward or lrp.trace(self.network, self.x)
        finally:
            if _reused(forward) > before:
                self.store.count_again(self.key, forward)


def allow_traces(count: int) -> None:
    """Lets the visit keep the traces of so many networks, where that is more than usual."""
    TRACES.get().limit = max(MAX_TRACES, count)


def cached_trace(picture: Picture, network: lrp.Backbone) -> lrp.Trace:
    """Returns the visit's trace of this picture, computed where it is not cached."""
    traces, key = TRACES.get(), _key(picture, network)
    found = traces.get(key)
    # A network that had to make room for others comes back as another object, which does not know the old one's traces.
    if found is None or found.network is not network.network:
        with quick_slot():
            x = network.preprocess(picture.image)
            found = traces.put(key, retry_after_eviction(lambda: lrp.trace(network.network, x, REUSE_BYTES)))
    return cast(lrp.Trace, found)


def lazy_trace(picture: Picture, network: lrp.Backbone) -> LazyTrace:
    """Returns the same for a job that waits, holding only the preprocessed picture."""
    forward = cached_trace(picture, network)
    return LazyTrace(forward.network, forward.x, weakref.ref(forward), _key(picture, network), TRACES.get())


def _reused(forward: lrp.Trace | None) -> int:
    """Returns the bytes that explanations have left in a trace."""
    return forward.reuse.used if forward and forward.reuse else 0


def _key(picture: Picture, network: lrp.Backbone) -> Hashable:
    return picture.key, network_key(network)
