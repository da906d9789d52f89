"""How long a job of the queue takes until it has its result, the turns of others included."""

from collections.abc import Sequence

from pages.parts.work.job import Job
from pages.parts.work.turns import is_quick

SHARE_OF_QUICK = 0.75  # of the time that quick work gets while expensive work waits, about as PATIENCE and SLICE have it


def seconds_until_done(job: Job, others: Sequence[Job], ahead: Sequence[Job]) -> float:
    """Estimates the seconds until the job is done. others: all that run, pause or wait; ahead: those with their turn before it.

    Quick jobs end one after another. Expensive ones share the time with each other, and keep a part of it from quick ones. What
    nobody has asked for hardly counts.
    """
    own = job.seconds_left
    others = [other for other in others if other.background <= job.background]
    if is_quick(job):
        return own + sum(other.seconds_left for other in ahead if is_quick(other))
    equal = own + sum(min(other.seconds_left, own) for other in others if not is_quick(other))
    quick = sum(other.seconds_left for other in others if is_quick(other))
    return min(equal + quick, equal / (1 - SHARE_OF_QUICK))
