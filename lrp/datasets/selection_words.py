"""What sets some pictures of a data set apart from the others, in words: the place, or the channels, that decide them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrp.datasets.clusters import pooled
from lrp.datasets.dataset import ChannelRows, Maps
from lrp.datasets.mean_map import normalised

PLACES = (
    "upper left corner", "upper edge", "upper right corner", "left edge", "centre", "right edge", "lower left corner",
    "lower edge", "lower right corner",
)  # fmt: skip
DECIDES = 0.5  # of the relevance that speaks for a class: a place with more decides
APART = 0.1  # of the relevance: by which a place must differ from that of other pictures to be named
CHANNELS = 3  # that a sentence names


@dataclass(frozen=True)
class ChannelShare:
    """A channel, counted from 0, and the mean share of relevance for the class that is its, in a selection and in the others."""

    channel: int
    share: float
    others: float


@dataclass(frozen=True)
class Place:
    """One of nine places of a picture, and the mean share of relevance for the class there, in a selection and in the others.

    others: None where there are no others.
    """

    name: str
    share: float
    others: float | None


def foremost_place(selected: Maps, others: Maps) -> Place:
    """Returns the place by which a selection of maps (N, h, w) differs most from the others (M, h, w), or that has most.

    Places are the thirds along each axis. Of each map only what speaks for the class counts, as shares of its sum. Raises
    ValueError for no selected map.
    """
    if not len(selected):
        raise ValueError("a selection needs at least one map, got none")
    own = _shares(selected)
    if not len(others):
        return Place(PLACES[int(own.argmax())], float(own.max()), None)
    rest = _shares(others)
    which = int((own - rest).argmax())
    return Place(PLACES[which], float(own[which]), float(rest[which]))


def selection_sentence(selected: Maps, others: Maps) -> str:
    """Returns one sentence on what decides a selection of maps of one class, beside the others of it."""
    place = foremost_place(selected, others)
    count = len(selected)
    total = len(selected) + len(others)
    share = f"{place.share:.0%} of the relevance for the class"
    if place.others is None:
        return f"All {total} pictures together: the {place.name} has most, {share}."
    against = f"in the others {place.others:.0%}"
    if place.share - place.others < APART:
        these = "this picture" if count == 1 else f"these {count} of {total} pictures"
        return f"No place sets {these} apart: the {place.name} differs most, with {share}, {against}."
    these, their = ("This picture is", "its") if count == 1 else (f"These {count} of {total} pictures are", "their")
    decided = "decided" if place.share >= DECIDES else "partly decided"
    return f"{these} {decided} by {their} {place.name}: {share} lies there, {against}."


def foremost_channels(selected: ChannelRows, others: ChannelRows, count: int = CHANNELS) -> list[ChannelShare]:
    """Returns the channels by which selected rows of relevance (N, K) differ most from the others (M, K), those first.

    Of each row only what speaks for the class counts, as shares of its sum. Raises ValueError where either has no row.
    """
    if not (len(selected) and len(others)):
        raise ValueError(f"channels are compared between rows of two groups, got {len(selected)} and {len(others)} rows")
    own, rest = (normalised(np.maximum(rows, 0)).mean(0) for rows in (selected, others))
    return [ChannelShare(int(i), float(own[i]), float(rest[i])) for i in np.argsort(rest - own, kind="stable")[:count]]


def channel_sentence(selected: ChannelRows, others: ChannelRows, layer: str) -> str:
    """Returns one sentence on the channels of a layer that set selected pictures apart from the others of their class."""
    found = foremost_channels(selected, others)
    *most, last = (str(each.channel) for each in found)
    names = f"{', '.join(most)} and {last}" if most else last
    own, rest = sum(each.share for each in found), sum(each.others for each in found)
    return (
        f"Of the channels of {layer}, {names} set them apart most: they have {own:.0%} of the relevance for the class, in the "
        f"others {rest:.0%}."
    )


def _shares(maps: Maps) -> Maps:
    """The mean share of the positive relevance in each of PLACES, (9,)."""
    thirds = pooled(np.maximum(maps, 0), 3).reshape(len(maps), -1)
    shares: Maps = normalised(thirds).mean(0)
    return shares
