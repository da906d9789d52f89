"""How many jobs the queue takes: of one visit, of one network address, and of all, with places reserved for newcomers."""

from collections.abc import Sequence
from dataclasses import dataclass

from pages.parts.work.job import Job
from pages.parts.work.turns import is_quick

MAX_JOBS = 96  # jobs that wait or run, of all visitors
MAX_JOBS_EACH = 12  # of one visit
MAX_JOBS_ADDRESS = 64  # of one network address, which a school may share
RESERVED_PLACES, FEW = 32, 3  # more places, for addresses that have fewer than a few jobs


MAX_PAUSED, MAX_PAUSED_EACH = 3, 1  # jobs that have begun and pause, of all and of an address: each keeps memory
MORE_PAUSED = 2  # beside these, of quick jobs, most of which end without a pause
MAX_PAUSED_NEW = 12  # of all, before even the first job of an address has to wait


class Busy(RuntimeError):
    """Raised by `submit` when the queue is full; its message is one sentence fit for the page."""


def may_begin(job: Job, paused: Sequence[Job]) -> bool:
    """Whether a job may begin beside those that have begun and pause; what nobody has asked for is in nobody's way."""
    paused = [other for other in paused if other.background <= job.background]
    own = sum(other.visit.origin == job.visit.origin for other in paused)
    more = MORE_PAUSED if is_quick(job) else 0
    if own == 0 and len(paused) < MAX_PAUSED_NEW:
        return True
    return own < MAX_PAUSED_EACH + more and len(paused) < MAX_PAUSED + more


@dataclass(frozen=True)
class QueuePlaces:
    """limit: jobs of all visitors; each: of a visit; address: of an address; reserved: more, for addresses with few jobs."""

    limit: int = MAX_JOBS
    each: int = MAX_JOBS_EACH
    address: int = MAX_JOBS_ADDRESS
    reserved: int = RESERVED_PLACES

    def check(self, job: Job, others: Sequence[Job]) -> None:
        """Raises Busy if there is no place for the job beside the others."""
        own = sum(other.visit.key == job.visit.key for other in others)
        if own >= self.each:
            raise Busy(f"{self.each} of your results are still being computed; wait for one of them, then try again.")
        near = sum(other.visit.origin == job.visit.origin for other in others)
        if near >= self.address:
            raise Busy(f"{near} results are being computed for your network address just now; try again in a minute.")
        if len(others) >= self.limit + (self.reserved if near < FEW else 0):
            people = len({other.visit.key for other in others})
            raise Busy(f"{people} people are waiting for a result just now; try again in a minute.")
