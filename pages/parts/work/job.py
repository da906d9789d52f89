"""A job of the queue: its visitor, its price, its progress, its result."""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass

from lrp.progress import Progress

PRESENCE_INTERVAL = 0.5  # seconds between two checks that the visitor is still there
FIRST_ESTIMATE = 5.0  # seconds that a job is thought to take where nothing is known of it

log = logging.getLogger("pages")
_thread = threading.local()


class Cancelled(Exception):
    """Raised inside the work of a job that was cancelled."""


class TooLong(RuntimeError):
    """Raised inside work that has taken longer than this server computes for one question."""


@dataclass(frozen=True)
class Visit:
    """A visitor: a key, a function that tells whether the visitor is still connected, and the network address, "" if unknown."""

    key: Hashable
    is_present: Callable[[], bool]
    address: str = ""

    @property
    def origin(self) -> Hashable:
        """What turns and places are counted by: the address, or the visit itself where that is not known."""
        return self.address or self.key


def anonymous_visit() -> Visit:
    """Returns a new visit that never ends, for work outside of any page."""
    return Visit(object(), lambda: True)


def paused_seconds() -> float:
    """Returns how long work in this thread has waited for others' turns so far; what it measures must leave that out."""
    return getattr(_thread, "paused", 0.0)


class Job:
    """Work that waits, runs, pauses or is done; `share` is how much of it is done, 0 to 1.

    expected: seconds that it is thought to take. most: seconds after which it is ended. begun: the time.monotonic() of its first
    turn. spent: seconds of its turns that are over. turn: the time.monotonic() at which the present one began, or None.
    last_turn: the number of its last turn, or of its coming, by which the queue orders. thread: in which it runs. elsewhere:
    whether other machines do the work, for which it only waits here. background: whether nobody has asked for it.
    glance: the time.monotonic() at which the queue last looked whether its turn is over.
    """

    def __init__(
        self, work: Callable[[Progress], object] = lambda progress: None, visit: Visit | None = None,
        expected: float = FIRST_ESTIMATE, most: float = float("inf"), pause: Callable[["Job"], None] = lambda job: None,
        elsewhere: bool = False, background: bool = False,
    ) -> None:  # fmt: skip
        self.share, self.expected, self.most, self.elsewhere, self.background = 0.0, expected, most, elsewhere, background
        self.future: Future[object] = Future()
        self.visit = visit or anonymous_visit()
        self.begun: float | None = None
        self.turn: float | None = None
        self.spent = 0.0
        self.last_turn = 0
        self.thread = threading.current_thread()
        self._work: Callable[[Progress], object] | None = work
        self._pause = pause
        self._stop = threading.Event()
        self._presence_seen = self.glance = 0.0

    def cancel(self) -> None:
        """Stops the work at its next report of progress, or before it begins."""
        self._stop.set()
        if self.future.cancel():
            self._work = None

    @property
    def cancelled(self) -> bool:
        return self._stop.is_set()

    @property
    def done(self) -> bool:
        return self.future.done()

    @property
    def failed(self) -> bool:
        """Whether it ended without a result."""
        return self.done and (self.future.cancelled() or self.future.exception() is not None)

    @property
    def seconds(self) -> float:
        """How long it has run so far, pauses left out."""
        turn = self.turn
        return self.spent + (0.0 if turn is None else time.monotonic() - turn)

    @property
    def seconds_left(self) -> float:
        """Estimates how long it has to run yet: by the share that is done, or at first by what was expected."""
        if self.share > 0.1:
            return self.seconds * (1 - self.share) / self.share
        return max(self.expected - self.seconds, 0.0)

    def note_progress(self, share: float) -> None:
        """Records the share that is done, and pauses while others have their turn.

        Raises Cancelled if the job was cancelled or its visitor has left, TooLong if it has taken longer than `most`.
        """
        self.share = share
        self._check()
        start = time.monotonic()
        self._pause(self)
        _thread.paused = paused_seconds() + time.monotonic() - start
        self._check()

    def stop_if_left(self) -> None:
        """Cancels the job if its visitor has left."""
        if not self.done and not self.visit.is_present():
            self.cancel()

    def _check(self) -> None:
        now = time.monotonic()
        if now - self._presence_seen > PRESENCE_INTERVAL:
            self._presence_seen = now
            self.stop_if_left()
        if self._stop.is_set():
            raise Cancelled
        if self.seconds > self.most:
            raise TooLong(f"a question may take {self.most:.0f} seconds here, and this one took longer")

    def run(self) -> None:
        """Does the work, sets the future to its result or error, and drops the reference to the work."""
        work, self._work = self._work, None
        if work is None or not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(work(self.note_progress))
        except Cancelled:
            self.future.set_exception(CancelledError())
        except TooLong as error:
            self.future.set_exception(error)
        except BaseException as error:
            log.error("long work failed", exc_info=error)
            # Its frames hold what the work had computed until then, and the job is kept as long as its page.
            error.__context__ = error.__cause__ = None
            self.future.set_exception(error.with_traceback(None))
