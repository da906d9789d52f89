"""Running out of memory: retried after eviction, and put in a sentence on the page."""

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

from lrp.network.out_of_memory import is_out_of_memory
from pages.parts.frame.state import SessionValue
from pages.parts.work.allocator import give_back_freed_memory
from pages.parts.work.cache import TOTAL_BUDGET
from pages.parts.work.compute_threads import start_compute_threads

T = TypeVar("T")

log = logging.getLogger("pages")
DRAWN_AGAIN = SessionValue[bool]("drawn again for want of memory")


def retry_after_eviction(make: Callable[[], T]) -> T:
    """Returns `make()`; if memory runs out, evicts large cached values and tries once more."""

    def make_with_threads() -> T:
        start_compute_threads()
        return make()

    try:
        return make_with_threads()
    except (MemoryError, RuntimeError) as error:
        if not (is_out_of_memory(error) and _make_room()):
            raise
    return make_with_threads()


def _make_room() -> bool:
    """Evicts large cached values, and gives back what they and garbage took; returns whether any were kept."""
    evicted = TOTAL_BUDGET.evict_large()
    gc.collect()
    give_back_freed_memory()
    return evicted


@contextmanager
def memory_warning() -> Iterator[None]:
    """Draws the page within once more, with large cached values evicted, if it runs out of memory; then shows a warning instead.

    The warning has a button to try again. Other errors pass through.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        log.warning("a page ran out of memory", exc_info=error)
    else:
        DRAWN_AGAIN.pop()
        return
    if _make_room() and not DRAWN_AGAIN.get():
        DRAWN_AGAIN.set(True)
        st.rerun()
    said = "The server has too little memory for this now; choose a smaller depth, or try again in a moment."
    st.warning(said, icon=":material/memory_alt:")
    st.button("Try again", icon=":material/refresh:", key="again memory")
