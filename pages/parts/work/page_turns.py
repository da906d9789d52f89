"""Turns of the pages themselves: how many are drawn, how many quick maps are made and how many pictures decoded at a time.

Each of these is done in the thread of its visitor, as many as there are visitors; a network address has fewer than all slots, so
that another one always finds one, and draws and computes one at a time while others are there.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pages.parts.work.fair_slots import FairSlots
from pages.parts.work.job import Visit
from pages.parts.work.visit import current_visit

DECODING_SECONDS = 30.0  # after which who waits for a slot to decode a picture is told to come again

PAGES = FairSlots(6, 3, beside=1)
QUICK = FairSlots(3, 2, beside=1)
DECODING = FairSlots(2, 1)
_drawn = threading.local()


@contextmanager
def page_turn() -> Iterator[None]:
    """Holds one of the slots in which pages are drawn."""
    visit = current_visit()
    with PAGES.slot(visit):
        _drawn.visit = visit
        try:
            yield
        finally:
            _drawn.visit = None


@contextmanager
def outside_turn() -> Iterator[None]:
    """Gives the page's slot back while the page waits for something that needs no processor time here, such as a download."""
    visit: Visit | None = getattr(_drawn, "visit", None)
    if visit is None:
        yield
        return
    _drawn.visit = None
    PAGES.release(visit)
    try:
        yield
    finally:
        PAGES.acquire(visit)
        _drawn.visit = visit


@contextmanager
def quick_slot() -> Iterator[None]:
    """Holds one of the slots for quick work, for the memory of several adds up."""
    with QUICK.slot(current_visit()):
        yield


@contextmanager
def decoding_turn() -> Iterator[None]:
    """Holds one of the slots in which pictures are decoded; raises TimeoutError after DECODING_SECONDS."""
    with outside_turn(), DECODING.slot(current_visit(), DECODING_SECONDS):
        yield
