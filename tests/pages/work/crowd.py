"""A crowd at one worker, without pages."""

import threading
from collections.abc import Callable
from typing import Any

from pages.parts.work.job import Job, Visit
from pages.parts.work.places import QueuePlaces
from pages.parts.work.worker import Worker
from tests.work_queue import SECONDS


class Crowd:
    """A worker that asks here who submits, and whether they are still there."""

    def __init__(self) -> None:
        self.name, self.gone = "", set[str]()
        self.worker = Worker(QueuePlaces(limit=8, each=4, address=4, reserved=0), who=lambda name=None: self._visit(self.name))
        self.done: list[str] = []
        self.addresses: dict[str, str] = {}  # of visitors, by name
        self.go = threading.Event()
        self.thread: threading.Thread | None = None  # in which the last held job runs

    def _visit(self, name: str) -> Visit:
        return Visit(name, lambda: name not in self.gone, self.addresses.get(name, ""))

    def submit(
        self, name: str, work: Callable[[Any], Any] | None = None, expected: float = 1.0, elsewhere: bool = False,
        background: bool = False,
    ) -> Job:
        self.name, work = name, work or (lambda progress: self.done.append(name))
        return self.worker.submit(work, expected, elsewhere=elsewhere, background=background)

    def hold(self, name: str, expected: float = 1.0) -> Job:
        """A job that runs until `go`, or until its visitor leaves."""
        begun = threading.Event()

        def work(progress: Callable[[float], None]) -> None:
            self.thread = threading.current_thread()
            begun.set()
            while not self.go.wait(0.01):
                progress(0.5)

        job = self.submit(name, work, expected)
        assert begun.wait(SECONDS)
        return job
