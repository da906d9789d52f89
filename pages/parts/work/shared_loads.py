"""Loads a network once for all visitors who ask for it at the same time; all of them see the same progress."""

import threading
from collections.abc import Callable, Hashable
from functools import partial

from lrp import Backbone
from lrp.progress import BytesProgress
from pages.parts.work.compute_threads import start_compute_threads

FIRST_BYTES = 1_000_000  # that are loaded before it matters whether anybody waits
POLL = 0.2  # seconds between two looks of a visitor at how far it is


class Abandoned(Exception):
    """Raised inside a download for which nobody waits any longer."""


class _Load:
    """One load in a thread of its own, for the visitor who asked first may leave before the others."""

    def __init__(self, load: Callable[[BytesProgress], Backbone], end: Callable[[], None]) -> None:
        self.done = self.total = 0
        self.waiting = 0  # visitors; counted by `SharedLoads`, which starts the load while it holds its lock
        self.over = threading.Event()
        self.found: Backbone | None = None
        self.error: BaseException | None = None
        self._load, self._end = load, end
        threading.Thread(target=self._run, name="load", daemon=True).start()

    def _run(self) -> None:
        try:
            start_compute_threads()
            self.found = self._load(self._note)
        except BaseException as error:
            self.error = error
        finally:
            self._end()
            self.over.set()

    def _note(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if not self.waiting and done > FIRST_BYTES:
            raise Abandoned


class SharedLoads:
    """The loads that run, by their keys."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[Hashable, _Load] = {}

    def get(
        self, key: Hashable, load: Callable[[BytesProgress], Backbone], progress: BytesProgress | None = None
    ) -> Backbone:
        """Returns what `load` returns, or raises what it raises; `load` is not called while another call for the key runs.

        progress: called in this thread with the bytes done and in all; raising from it ends the waiting, and the load too where
        nobody else waits.
        """
        while True:
            with self._lock:
                running = self._running.get(key)
                if running is None:
                    running = self._running[key] = _Load(load, partial(self._remove, key))
                running.waiting += 1
            try:
                while not running.over.wait(POLL):
                    if progress and running.total:
                        progress(running.done, running.total)
            finally:
                with self._lock:
                    running.waiting -= 1
            if not isinstance(running.error, Abandoned):  # else it was about to end when this visitor came
                break
        if running.found is None:
            raise running.error or RuntimeError("nothing was loaded")
        return running.found

    def _remove(self, key: Hashable) -> None:
        with self._lock:
            del self._running[key]
