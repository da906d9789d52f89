"""Whether relevance lies where the object is: in a box that the visitor draws, the region of the comparison."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from lrp.metrics import box_mask, pointing_game, relevance_mass_accuracy, relevance_rank_accuracy
from lrp.region import Region
from pages.parts.canvas.look import Box, Look, box_of
from pages.parts.canvas.state import REGION, CanvasState, region_before, write_region
from pages.parts.frame.state import SessionValue
from pages.parts.trust.trust import Card

BOX_CANVAS = CanvasState("box canvas", "box given")
HELP = "Where the box begins and ends, in pixels. The first number lies inside it, the second is the first one outside."
COLUMNS, ROWS = SessionValue[tuple[int, int]]("box columns"), SessionValue[tuple[int, int]]("box rows")
SLIDERS = ((COLUMNS, "Columns of the box"), (ROWS, "Rows of the box"))


@dataclass(frozen=True)
class Place:
    """How a map does against a box. hit: whether its strongest pixel lies inside; mass, rank: shares inside, 0 to 1."""

    name: str
    hit: bool
    mass: float
    rank: float


def current_box(colours: str) -> Box | None:
    """The box as the browser said last, or as the link or the comparison has it; `colours` is the scale to draw maps in."""
    start = BOX_CANVAS.start.get()
    if start is None or not BOX_CANVAS.said.is_set:
        _begin(region_before(), colours)
    else:
        if heard := BOX_CANVAS.heard("region"):
            REGION.set(box_of(heard.get("box")))
        if start.look.colours != colours:
            _begin(REGION.get(), colours)
    box = REGION.get()
    write_region(box)
    return box


def _begin(box: Box | None, colours: str) -> None:
    """Makes the browser begin anew with this box."""
    BOX_CANVAS.begin(Look(colours=colours), box, plain=True)
    REGION.set(box)


def choose_by_numbers(box: Box | None, size: tuple[int, int]) -> None:
    """The borders of the box as two sliders, for those who do not draw; the whole picture is no box. size: width, height."""
    ends = ((0, size[0]), (0, size[1])) if box is None else ((box[0], box[2]), (box[1], box[3]))
    for (slider, label), (low, high), side in zip(SLIDERS, ends, size, strict=True):
        slider.set((min(low, side), min(high, side)))
        st.slider(label, 0, side, key=slider.key, on_change=_take_numbers, args=(size,), help=HELP)


def _take_numbers(size: tuple[int, int]) -> None:
    columns, rows, start = COLUMNS.get(), ROWS.get(), BOX_CANVAS.start.get()
    if columns is None or rows is None or start is None:
        return
    (left, right), (top, bottom) = columns, rows
    whole = (left, top, right, bottom) == (0, 0, *size)
    _begin(None if whole else box_of((left, top, right, bottom)), start.look.colours)


def places(cards: Sequence[Card], region: Region) -> list[Place]:
    """What of each map lies in the region."""
    found = []
    for card in cards:
        values = card.result.map
        mask = box_mask(values.shape, region.left, region.top, region.right, region.bottom)
        mass, rank = relevance_mass_accuracy(values, mask), relevance_rank_accuracy(values, mask)
        found.append(Place(card.name, pointing_game(values, mask), mass, rank))
    return found


def told_of(place: Place, chance: float, name: str) -> str:
    """One map against the box, in words; name: the class."""
    hit = f"its strongest pixel {'lies in' if place.hit else 'misses'} the box"
    if not place.mass >= 0:
        return f"**{place.name}**: {hit}. Nothing in this map speaks for {name}."
    times = place.mass / chance
    how = "as chance would have it" if 0.8 <= times <= 1.25 else f"{times:.1f} times what chance gives"
    return (
        f"**{place.name}**: {hit}. Of what speaks for {name}, {place.mass:.0%} lies inside, {how}; of the pixels that "
        f"it puts first, as many as the box has, {place.rank:.0%} do."
    )
