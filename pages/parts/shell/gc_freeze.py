"""Excludes the objects that libraries make while they are loaded from garbage collection."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LARGE = 100  # modules

_frozen_modules = 0


@contextmanager
def frozen_imports() -> Iterator[None]:
    """Exclude the objects of what is imported inside from garbage collection, and of what was imported elsewhere since.

    Going through the libraries' half a million objects would stop all visitors' threads for a quarter of a second each time that
    garbage is collected. During the first import nothing is collected either: the objects would be gone through again and again
    while they become more. Objects made later are collected as before. Some methods and pages load libraries of their own; when
    a run of the page finds many more modules than were frozen, it freezes again.
    """
    global _frozen_modules
    first = not _frozen_modules
    if first:
        gc.disable()
    try:
        yield
    finally:
        gc.enable()
    if first or len(sys.modules) >= _frozen_modules + LARGE:
        if not first:
            gc.collect()  # or what past visits left would stay for ever; at the start there are none, and the first map waits
        _frozen_modules = len(sys.modules)
        gc.freeze()
