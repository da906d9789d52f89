"""Collects garbage beside the visitors' work, for a small share of the time."""

import gc
import time

SHARE = 0.05  # of the time at most: no other thread runs while garbage is collected


class Collector:
    """Collects all generations when it is called, unless it has just done so or little was made since.

    Streamlit would collect after every run of a page and of its parts. With twenty visitors that took a third of the time.
    """

    def __init__(self) -> None:
        self._rested = 0.0  # a time.monotonic(), from which it may collect again

    def collect(self) -> None:
        """Collects garbage if that is due."""
        _, young, old = gc.get_count()  # collections of younger generations since the last one of all
        start = time.monotonic()
        if start < self._rested or not young + old:
            return
        gc.collect()
        end = time.monotonic()
        self._rested = end + (end - start) * (1 / SHARE - 1)
