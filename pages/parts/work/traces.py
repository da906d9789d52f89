"""Forward passes, kept for the visit that made them, and made again for work that comes to its turn later."""

import threading
import weakref
from dataclasses import dataclass
from typing import cast

from torch import Tensor

import lrp
from pages.parts.frame.album import Picture
from pages.parts.frame.state import LazySessionValue
from pages.parts.work.cache import Store
from pages.parts.work.memory import with_room

KEPT_TRACES = 2  # of a visit
TRACES = LazySessionValue("traces", lambda: Store(KEPT_TRACES))

# Quick work is done while the page waits, by as many visitors at once as this; the others' memory must not add up.
at_once = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Forward:
    """A forward pass that may be asked for later: as long as the visit keeps it, that one, else it is made again.

    Work that waits in the queue holds this, for 32 whole passes would be beyond what all that is kept may take.
    """

    network: lrp.Network
    x: Tensor
    kept: "weakref.ref[lrp.Trace]"

    def __call__(self) -> lrp.Trace:
        return self.kept() or lrp.trace(self.network, self.x)


def trace(picture: Picture, network: lrp.Backbone) -> lrp.Trace:
    """The kept forward pass, from which every LRP map of this picture is walked back; it belongs to the visit."""
    traces = TRACES.get()
    key = (picture.key, network.sha256)
    found = traces.get(key)
    # A network that had to make room for others comes back as another object, which does not know the old one's traces.
    if found is None or found.network is not network.network:
        with at_once:
            found = traces.put(key, with_room(lambda: lrp.trace(network.network, network.preprocess(picture.image))))
    return cast(lrp.Trace, found)


def forward(picture: Picture, network: lrp.Backbone) -> Forward:
    """The same for work that waits: it holds the prepared picture alone."""
    kept = trace(picture, network)
    return Forward(kept.network, kept.x, weakref.ref(kept))
