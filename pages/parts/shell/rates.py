"""How often one socket and one network address may ask for something."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

MAX_ADDRESSES = 10_000  # that are remembered


class Bucket:
    """Tells how long to wait so that no more than `rate` units a second are taken, after the first `burst` ones."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self._level, self._seen = burst, time.monotonic()

    def take(self, units: float) -> float:
        """Takes so many units; returns the seconds to wait first."""
        now = time.monotonic()
        self._level = min(self.burst, self._level + (now - self._seen) * self.rate) - units
        self._seen = now
        return max(0.0, -self._level / self.rate)

    def allows(self, units: float) -> bool:
        """Takes so many units if they are there now; returns whether they were."""
        if self.take(units) > 0:
            self._level += units
            return False
        return True


@dataclass
class Rates:
    """Of one socket or address: messages of any kind, runs of a page, and files that are made on a click."""

    messages: Bucket
    runs: Bucket
    files: Bucket

    def take(self, run: float = 0.0, file: float = 0.0) -> float:
        """Takes one message with so many runs and files; returns the seconds to wait first."""
        return max(self.messages.take(1.0), self.runs.take(run) if run else 0.0, self.files.take(file) if file else 0.0)


def socket_rates() -> Rates:
    """Returns what one open page needs and more: a slider, two timers a second, and a download now and then."""
    return Rates(Bucket(20, 100), Bucket(4, 40), Bucket(0.5, 6))


@dataclass
class AddressUse:
    """What one network address uses: its rates, its open sockets and how often it opens others.

    uploads, pasted: bytes of files and of large messages. parsing: seconds in which what its sockets send is taken apart.
    """

    rates: Rates = field(default_factory=lambda: Rates(Bucket(200, 1000), Bucket(20, 200), Bucket(4, 40)))
    uploads: Bucket = field(default_factory=lambda: Bucket(20_000_000, 60_000_000))
    pasted: Bucket = field(default_factory=lambda: Bucket(2_000_000, 30_000_000))
    opening: Bucket = field(default_factory=lambda: Bucket(2, 120))
    parsing: Bucket = field(default_factory=lambda: Bucket(0.05, 0.2))
    sockets: int = 0


class Addresses:
    """The use of each network address, of those seen last."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, AddressUse] = OrderedDict()

    def use(self, address: str) -> AddressUse:
        found = self._known.setdefault(address, AddressUse())
        self._known.move_to_end(address)
        while len(self._known) > MAX_ADDRESSES:
            self._known.popitem(last=False)
        return found
