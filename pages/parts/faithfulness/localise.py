"""Whether relevance lies where the object is: in a box that the visitor draws, the region of the comparison."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from lrp.metrics import box_mask, pointing_game, relevance_mass_accuracy, relevance_rank_accuracy
from lrp.region import Region
from pages.parts.canvas.look import Box, Look, box_of
from pages.parts.canvas.state import REGION, CanvasState, region_before, write_region
from pages.parts.faithfulness.report_card import MapCard
from pages.parts.frame.state import SessionValue

BOX_CANVAS = CanvasState("box canvas", "box given")
HELP = "Where the box begins and ends, in pixels. The first number lies inside it, the second is the first one outside."
COLUMNS = SessionValue[tuple[int, int]]("box columns")
ROWS = SessionValue[tuple[int, int]]("box rows")
SLIDERS = ((COLUMNS, "Columns of the box"), (ROWS, "Rows of the box"))


@dataclass(frozen=True)
class BoxScore:
    """How much of one map lies in a box."""

    name: str
    hit: bool  # whether the strongest pixel lies inside
    mass: float  # the share of the positive relevance inside, 0 to 1
    rank: float  # of as many strongest pixels as the box has, the share inside, 0 to 1


def current_box(colours: str) -> Box | None:
    """Returns the box: what the browser said last, else that of the comparison or the link. colours: the scale of the maps."""
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


def draw_box_sliders(box: Box | None, size: tuple[int, int]) -> None:
    """Draws the borders of the box as two sliders; the whole picture (width, height) stands for no box."""
    ends = ((0, size[0]), (0, size[1])) if box is None else ((box[0], box[2]), (box[1], box[3]))
    for (slider, label), (low, high), side in zip(SLIDERS, ends, size, strict=True):
        slider.set((min(low, side), min(high, side)))
        st.slider(label, 0, side, key=slider.key, on_change=_take_numbers, args=(size,), help=HELP)


def _take_numbers(size: tuple[int, int]) -> None:
    columns = COLUMNS.get()
    rows = ROWS.get()
    start = BOX_CANVAS.start.get()
    if columns is None or rows is None or start is None:
        return
    (left, right), (top, bottom) = columns, rows
    whole = (left, top, right, bottom) == (0, 0, *size)
    _begin(None if whole else box_of((left, top, right, bottom)), start.look.colours)


def box_scores(cards: Sequence[MapCard], region: Region) -> list[BoxScore]:
    """Returns how much of each map lies in the region."""
    scores = []
    for card in cards:
        values = card.result.map
        mask = box_mask(values.shape, region.left, region.top, region.right, region.bottom)
        mass = relevance_mass_accuracy(values, mask)
        rank = relevance_rank_accuracy(values, mask)
        scores.append(BoxScore(card.name, pointing_game(values, mask), mass, rank))
    return scores


def box_sentence(score: BoxScore, chance: float, name: str) -> str:
    """Returns how much of one map lies in the box. chance: the share that the box covers. name: of the class."""
    hit = f"its strongest pixel {'lies in' if score.hit else 'misses'} the box"
    if not score.mass >= 0:
        return f"**{score.name}**: {hit}. Nothing in this map speaks for {name}."
    times = score.mass / chance
    how = "as chance would have it" if 0.8 <= times <= 1.25 else f"{times:.1f} times what chance gives"
    return (
        f"**{score.name}**: {hit}. Of what speaks for {name}, {score.mass:.0%} lies inside, {how}; of the pixels that "
        f"it puts first, as many as the box has, {score.rank:.0%} do."
    )
