"""Looks up names with a time limit, many at once, and shares the look-ups fairly between visitors.

The system's resolver has no time limit of its own and cannot be stopped: a look-up of a name that nobody answers keeps its
thread for half a minute. So the threads are bounded, and nobody who names such hosts may hold all of them.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple, TypeVar

T = TypeVar("T")

SECONDS = 4.0  # for one look-up; a recursive name server that answers at all takes less
SLOTS = 128  # look-ups at a time
VISITOR_SLOTS = 2  # look-ups at a time of one visitor


class LookupTimeout(TimeoutError):
    """A name that was not looked up in time; `seconds` is the time that it had."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no look-up within {seconds:g} seconds")
        self.seconds = seconds


class Visitor(NamedTuple):
    """Who asks for a look-up: a visit, and the network address that it comes from; empty where unknown, and then not counted."""

    visit: str = ""
    address: str = ""


NOBODY = Visitor()


class LookupSlots:
    """The look-ups that may run at a time: `slots` in all, `per_visit` of one visit, and of one address no more than stay free.

    One address can so take half of the slots, a second one a quarter, and so on: the first look-up of a new address finds one.
    """

    def __init__(self, slots: int = SLOTS, per_visit: int = VISITOR_SLOTS) -> None:
        self._slots, self._per_visit = slots, per_visit
        self._running = 0
        self._by_visit: Counter[str] = Counter()
        self._by_address: Counter[str] = Counter()
        self._changed = threading.Condition()

    def take(self, visitor: Visitor, seconds: float) -> bool:
        """Waits for a slot, at most `seconds`; returns whether there is one now, which `give_back` must return."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._may_run(visitor), timeout=seconds):
                return False
            self._count(visitor, 1)
            return True

    def give_back(self, visitor: Visitor) -> None:
        """Returns a slot."""
        with self._changed:
            self._count(visitor, -1)
            self._changed.notify_all()

    def _may_run(self, visitor: Visitor) -> bool:
        free = self._slots - self._running
        of_visit = self._by_visit[visitor.visit] if visitor.visit else 0
        of_address = self._by_address[visitor.address] if visitor.address else 0
        return free > of_address and of_visit < self._per_visit

    def _count(self, visitor: Visitor, change: int) -> None:
        """Counts one look-up more or less; what is at 0 is forgotten."""
        self._running += change
        for counter, name in ((self._by_visit, visitor.visit), (self._by_address, visitor.address)):
            counter[name] += change
            if not counter[name]:
                del counter[name]


_slots = LookupSlots()


def with_time_limit(call: Callable[[], T], seconds: float, visitor: Visitor) -> T:
    """Returns what `call`, which looks a name up for the visitor, returns or raises; LookupTimeout after `seconds` or SECONDS.

    The wait for a slot is included. A call that is late goes on in its thread, and keeps its slot until it ends.
    """
    limit = min(seconds, SECONDS)
    end = time.monotonic() + limit
    if not _slots.take(visitor, limit):
        raise LookupTimeout(limit)
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)
        finally:
            _slots.give_back(visitor)

    try:
        threading.Thread(target=work, daemon=True).start()
    except RuntimeError:  # the system has no more threads
        _slots.give_back(visitor)
        raise LookupTimeout(limit) from None
    try:
        return future.result(timeout=max(0.0, end - time.monotonic()))
    except TimeoutError:
        raise LookupTimeout(limit) from None
