"""Running out of memory: retried after eviction, and put in a sentence on the page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

from lrp.network.out_of_memory import is_out_of_memory
from pages.parts.work.cache import TOTAL_BUDGET

T = TypeVar("T")


def retry_after_eviction(make: Callable[[], T]) -> T:
    """Returns `make()`; if memory runs out, evicts large cached values and tries once more."""
    try:
        return make()
    except (MemoryError, RuntimeError) as error:
        if not (is_out_of_memory(error) and TOTAL_BUDGET.evict_large()):
            raise
    return make()


@contextmanager
def memory_warning() -> Iterator[None]:
    """Shows a warning and a button to try again if the page within runs out of memory; other errors pass through."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
    else:
        return
    said = "The server has too little memory for this now; choose a smaller depth, or try again in a moment."
    st.warning(said, icon=":material/memory_alt:")
    st.button("Try again", icon=":material/refresh:", key="again memory")
