"""How many bytes of visitors' own pictures this server keeps, counted by network address for as long as they are kept."""

import threading
import weakref
from collections import Counter
from collections.abc import Hashable

from lrp import InputError
from pages.parts.work.visit import current_visit

BROUGHT_BYTES = 500_000_000  # of all visitors together
ADDRESS_BYTES = 250_000_000  # of one network address, which a school may share


class ByteLimit:
    """At most `most` bytes, `each` of one network address."""

    def __init__(self, most: int, each: int) -> None:
        self.most, self.each = most, each
        self._lock = threading.RLock()  # an object may be let go in the middle of `count`
        self._held: Counter[Hashable] = Counter()

    @property
    def used(self) -> int:
        with self._lock:
            return self._held.total()

    def count(self, owner: object, size: int) -> None:
        """Counts so many bytes for the present visitor until nobody holds `owner`; raises InputError where they are too many."""
        origin = current_visit().origin
        with self._lock:
            if self._held[origin] + size > self.each:
                raise InputError(
                    f"Pictures from your network address take {self.each / 1e6:.0f} MB here already, and more are not kept; "
                    "remove some, or try again in a minute."
                )
            if self._held.total() + size > self.most:
                raise InputError(
                    f"The pictures of all visitors take {self.most / 1e6:.0f} MB already, and more are not kept; try again in a "
                    "minute."
                )
            self._held[origin] += size
        weakref.finalize(owner, self._let_go, origin, size)

    def _let_go(self, origin: Hashable, size: int) -> None:
        with self._lock:
            self._held[origin] -= size
            if not self._held[origin]:
                del self._held[origin]


BROUGHT = ByteLimit(BROUGHT_BYTES, ADDRESS_BYTES)
