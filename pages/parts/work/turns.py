"""Who has the next turn: addresses take turns, and among an address its visitors, whatever each of them asks for."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence

from pages.parts.work.job import Job

QUICK_SECONDS = 1.0  # what has not taken longer, nor is expected to take much longer, goes before everything else
DOUBT = 8.0  # times that a forecast may be too high: on a busy machine everything seems expensive
SLICE = 2.0  # seconds of a turn of expensive work, while other expensive work waits
ASKED_TURNS = 4  # turns of expensive work that somebody has asked for until other work has one, while both wait
PATIENCE = 4.0  # seconds that quick work may go first until expensive work has a turn beside it
MAX_REMEMBERED = 1000  # addresses and visits whose last turn is remembered


def is_quick(job: Job) -> bool:
    """Whether a job ends soon, by what it has taken and is expected to take; what nobody has asked for has time."""
    return not job.background and max(job.seconds, job.expected / DOUBT) <= QUICK_SECONDS


class Turns:
    """Remembers who has had a turn when, and orders jobs by it; not safe for threads by itself.

    Turns are numbered. Who comes gets the present number, and so stands behind all who wait already: a stream of new visitors
    starves nobody. owed: whether expensive work has waited so long for quick work that it is to have a turn.
    """

    def __init__(self) -> None:
        self._last: OrderedDict[Hashable, int] = OrderedDict()  # the last turn of each address and each visit
        self._number = 0
        self._quick_seconds = 0.0
        self._asked_turns = 0

    @property
    def owed(self) -> bool:
        return self._quick_seconds > PATIENCE

    def preferred(self, jobs: Sequence[Job]) -> list[Job]:
        """Returns those of the expensive jobs that the next turn is for: those that were asked for, four times out of five."""
        background = self._asked_turns >= ASKED_TURNS
        return [job for job in jobs if job.background == background] or list(jobs)

    def enter(self, job: Job) -> None:
        """Gives a job its place, behind all that wait already where its visitor is new."""
        self._number += 1
        job.last_turn = self._number
        for who in _names(job):
            self._last.setdefault(who, self._number)
        while len(self._last) > MAX_REMEMBERED:
            self._last.popitem(last=False)

    def order(self, jobs: Sequence[Job]) -> list[Job]:
        """Returns the jobs in the order in which they would have their turns if each ended with its first."""
        last, ordered, number = dict(self._last), list[Job](), self._number
        origins: dict[Hashable, dict[Hashable, list[Job]]] = {}
        for job in sorted(jobs, key=lambda job: job.last_turn, reverse=True):
            origin, visit = _names(job)
            origins.setdefault(origin, {}).setdefault(visit, []).append(job)
        while origins:
            origin = min(origins, key=lambda name: last.get(name, 0))
            visits = origins[origin]
            visit = min(visits, key=lambda name: last.get(name, 0))
            ordered.append(visits[visit].pop())
            number += 1
            last[origin] = last[visit] = number
            if not visits[visit]:
                del visits[visit]
            if not visits:
                del origins[origin]
        return ordered

    def note(self, job: Job, seconds: float, others_wait: bool) -> None:
        """Records that the job has had a turn of so many seconds. others_wait: whether expensive work was waiting meanwhile."""
        self._number += 1
        job.last_turn = self._number
        for name in _names(job):
            self._last[name] = self._number
            self._last.move_to_end(name)
        if not is_quick(job):
            self._asked_turns = 0 if job.background else self._asked_turns + 1
        self._quick_seconds = self._quick_seconds + seconds if is_quick(job) and others_wait else 0.0


def _names(job: Job) -> tuple[Hashable, Hashable]:
    return ("origin", job.visit.origin), ("visit", job.visit.key)
