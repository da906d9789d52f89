"""How a search for settings goes on: which pictures are held out, and how many candidates see how many pictures.

Successive halving [Jamieson, Talwalkar 2016]: all candidates see a few pictures, the better half of them
twice as many, and so on, until the last few have seen all. Bad candidates cost little, and close ones are told apart well.
"""

import math
from dataclasses import dataclass

import numpy as np

from lrp.methods.method import Method
from lrp.metrics.search_space import with_shifts

MIN_SEARCH, MIN_HELD_OUT = 4, 6  # pictures
MIN_PICTURES = MIN_SEARCH + MIN_HELD_OUT
FINALISTS = 2  # candidates that are tried with shifted views too, which cost most


@dataclass(frozen=True)
class Round:
    """How many of the best candidates have seen how many pictures at its end."""

    candidates: int
    pictures: int


@dataclass(frozen=True)
class HeldOutSplit:
    """Indices of the pictures that candidates are chosen by, and of those that are held out for the last comparison."""

    search: tuple[int, ...]
    held_out: tuple[int, ...]


def split_pictures(count: int, share: float = 0.5, seed: int = 0) -> HeldOutSplit:
    """Returns a seeded shuffle of `count` pictures, of which the share is held out, but at least MIN_HELD_OUT.

    It depends on nothing in the pictures. Raises ValueError for a share outside of 0.1 to 0.9, and for less than
    MIN_PICTURES pictures.
    """
    if not 0.1 <= share <= 0.9:
        raise ValueError(f"the share of held-out pictures must be between 0.1 and 0.9, got {share:g}")
    if count < MIN_PICTURES:
        parts = f"{MIN_SEARCH} to search with and {MIN_HELD_OUT} held out"
        raise ValueError(f"a search needs at least {MIN_PICTURES} pictures, {parts}, got {count}")
    order = [int(i) for i in np.random.default_rng(seed).permutation(count)]
    held_out = min(max(round(share * count), MIN_HELD_OUT), count - MIN_SEARCH)
    return HeldOutSplit(tuple(order[held_out:]), tuple(order[:held_out]))


def draw_pictures(count: int, most: int, seed: int = 0) -> list[int]:
    """Returns the indices of at most `most` of `count` pictures, drawn at random, in rising order."""
    return sorted(int(i) for i in np.random.default_rng(seed).permutation(count)[:most])


def halving_rounds(candidates: int, pictures: int) -> tuple[Round, ...]:
    """Returns the rounds: half as many candidates and twice as many pictures each time; the last one has all pictures.

    The first has at least MIN_SEARCH pictures, or all if there are fewer, so with few pictures there is one round.
    """
    count = 1 + min(
        math.floor(math.log2(max(pictures / MIN_SEARCH, 1))), math.floor(math.log2(max(candidates / FINALISTS, 1)))
    )  # fmt: skip
    return tuple(
        Round(max(math.ceil(candidates / 2**i), min(FINALISTS, candidates)), math.ceil(pictures / 2 ** (count - 1 - i)))
        for i in range(count)
    )


@dataclass(frozen=True)
class PlannedScores:
    """A method that scores one picture, and how often; for the cost of a search."""

    method: Method
    times: int


def planned_work(candidates: int, shifts: tuple[int, ...], method: Method, split: HeldOutSplit) -> list[PlannedScores]:
    """Returns what a search computes, `method` standing for every candidate."""
    seen, work = 0, []
    for each in halving_rounds(candidates, len(split.search)):
        work.append(PlannedScores(method, each.candidates * (each.pictures - seen)))
        seen = each.pictures
    finalists = min(FINALISTS, candidates) * len(split.search)
    shifted = [PlannedScores(with_shifts(method, count), finalists) for count in shifts if count > 1]
    largest, held_out = with_shifts(method, max(shifts)), len(split.held_out)
    return [*work, *shifted, PlannedScores(largest, 2 * held_out), PlannedScores(method, held_out)]
