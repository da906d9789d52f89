"""Too little memory: how it is told from other failures, what makes room, and what the page says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st
import torch

from pages.parts.work.cache import EVERYTHING

T = TypeVar("T")


def out_of_memory(error: BaseException | None) -> bool:
    """Whether this is the sign of too little memory, for which torch's allocator and oneDNN have words of their own."""
    said = str(error)
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or "allocate memory" in said or said == "could not create a primitive"


def with_room(make: Callable[[], T]) -> T:
    """What `make` gives. If there is no memory for it, what is kept for later and is large is let go, and it is tried again."""
    try:
        return make()
    except (MemoryError, RuntimeError) as error:
        if not (out_of_memory(error) and EVERYTHING.make_room()):
            raise
    return make()


@contextmanager
def told_if_too_little() -> Iterator[None]:
    """A page within; what it has no memory for ends in one sentence and a way on. Other failures pass through."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
    else:
        return
    said = "The server has too little memory for this now; choose a smaller depth, or try again in a moment."
    st.warning(said, icon=":material/memory_alt:")
    st.button("Try again", icon=":material/refresh:", key="again memory")
