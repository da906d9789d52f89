"""Slots for work in the threads of pages: so many at a time, of each network address fewer, in turns."""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from pages.parts.work.job import Visit

MAX_REMEMBERED = 1000  # addresses and visits whose last turn is remembered
BESIDE_SECONDS = 30.0  # after it has had or asked for a slot for which an address counts as being there


class FairSlots:
    """At most `total` slots at a time, `each` of one network address; who had the last turn longest ago is next.

    beside: the slots of an address while others are there too, `each` where it is not given. Threads of Python take turns on one
    processor, and what one address does in several would slow down another's.
    """

    def __init__(self, total: int, each: int, beside: int | None = None) -> None:
        self.total, self.each, self.beside = total, each, beside or each
        self._changed = threading.Condition()
        self._active: Counter[Hashable] = Counter()
        self._waiting: list[Visit] = []
        self._last: OrderedDict[Hashable, int] = OrderedDict()
        self._seen: dict[Hashable, float] = {}  # when an address last asked for a slot or gave one back
        self._number = 0

    @contextmanager
    def slot(self, visit: Visit, seconds: float | None = None) -> Iterator[None]:
        """Holds a slot; raises TimeoutError if none is to be had within so many seconds."""
        self.acquire(visit, seconds)
        try:
            yield
        finally:
            self.release(visit)

    def acquire(self, visit: Visit, seconds: float | None = None) -> None:
        """Takes a slot, which `release` gives back; raises TimeoutError if none is to be had within so many seconds."""
        mine = Visit(visit.key, visit.is_present, visit.address)  # an object of its own, for a visit may wait more than once
        with self._changed:
            self._note_presence(visit.origin)
            self._waiting.append(mine)
            try:
                if not self._changed.wait_for(lambda: self._next() is mine, seconds):
                    raise TimeoutError
                self._active[visit.origin] += 1
                self._number += 1
                for who in (("origin", visit.origin), ("visit", visit.key)):
                    self._last[who] = self._number
                    self._last.move_to_end(who)
                while len(self._last) > MAX_REMEMBERED:
                    self._last.popitem(last=False)
            finally:
                self._waiting = [other for other in self._waiting if other is not mine]
                self._changed.notify_all()

    def release(self, visit: Visit) -> None:
        """Gives the visit's slot back."""
        with self._changed:
            self._active[visit.origin] -= 1
            if not self._active[visit.origin]:
                del self._active[visit.origin]
            self._note_presence(visit.origin)
            self._changed.notify_all()

    def _note_presence(self, origin: Hashable) -> None:
        now = time.monotonic()
        self._seen[origin] = now
        self._seen = {name: seen for name, seen in self._seen.items() if now - seen < BESIDE_SECONDS}

    def _most(self, origin: Hashable) -> int:
        """Returns how many slots the address may have now."""
        now = time.monotonic()
        others = any(name != origin and now - seen < BESIDE_SECONDS for name, seen in self._seen.items())
        return self.beside if others else self.each

    def _next(self) -> Visit | None:
        if self._active.total() >= self.total:
            return None
        free = [visit for visit in self._waiting if self._active[visit.origin] < self._most(visit.origin)]
        return min(free, key=self._rank, default=None)

    def _rank(self, visit: Visit) -> tuple[int, int, int]:
        origin = self._last.get(("origin", visit.origin), 0)
        own = self._last.get(("visit", visit.key), 0)
        return self._active[visit.origin], origin, own
