"""Too little memory: how it is told from other failures, and what the page says."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
import torch


def out_of_memory(error: BaseException | None) -> bool:
    """Whether this is the sign of too little memory, for which torch's allocator and oneDNN have words of their own."""
    said = str(error)
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or "allocate memory" in said or said == "could not create a primitive"


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
