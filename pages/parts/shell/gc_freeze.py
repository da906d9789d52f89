"""Keeps the garbage collector away from what is loaded at startup."""

import gc
from functools import cache


@cache
def freeze_startup_objects() -> None:
    """Exclude startup objects from garbage collection.

    Runs once in a process. Streamlit collects after every run of a page and once a second for each progress bar; going through
    the libraries' half a million objects would stop all other visitors' threads for a quarter of a second each time. Objects
    made later are collected as before.
    """
    gc.collect()
    gc.freeze()
