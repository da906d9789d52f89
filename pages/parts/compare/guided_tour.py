"""Four steps that show a newcomer what the page is about, on the visitor's own picture; each has an address."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from pages.parts.canvas.curves import FIND_CANVAS, MapCurves
from pages.parts.canvas.look import Look
from pages.parts.canvas.state import COMPARISON, LOOK, PASSING
from pages.parts.compare.live_deletion import Explained
from pages.parts.compare.tour_words import TourStep, tour_steps
from pages.parts.frame.address import write_parameter
from pages.parts.frame.state import SessionValue

FOLDER = Path(__file__).parent / "tour"
STEP_KEY, STEPS = "step", 4  # the name in the link; how many steps there are
SAID = SessionValue[Mapping[str, object]]("tour")  # what the browser says
BEGUN = SessionValue["Begun"]("tour begun")


@dataclass(frozen=True)
class Begun:
    """The step of the tour that the server has set, 0 for none. stamp: a new one makes the browser take it."""

    step: int
    stamp: int


@st.cache_resource
def _component() -> ComponentRenderer:
    html, css, script = ((FOLDER / f"tour.{kind}").read_text() for kind in ("html", "css", "js"))
    return st.components.v2.component("tour", html=html, css=css, js=f"{FIND_CANVAS}\n{script}")


def offer_tour() -> None:
    """Draws the button that begins the tour, while it is not on."""
    if not _current()[1]:
        st.button(
            "Show me", key="show me", icon=":material/play_circle:", on_click=_begin,
            help="Four steps with this picture: what the network says, where the evidence lies, a test of it, and what to trust.",
        )  # fmt: skip


def show_tour(headline: str, explained: Explained, curves: Sequence[MapCurves], pending: bool) -> None:
    """Draws the card with the step, which the browser shows and moves; writes the step to the address.

    headline: what the network says, as Markdown. curves: of the maps that can be covered. pending: whether others will come.
    """
    begun, step = _current()
    write_parameter(STEP_KEY, str(step) if step else None)
    steps = tour_steps(headline, explained, curves, pending, (LOOK.get() or Look()).ends)
    assert len(steps) == STEPS
    start = COMPARISON.start.get()
    data = {
        "step": begun.step, "stamp": begun.stamp, "canvas": COMPARISON.key, "steps": tuple(map(_told, steps)),
        "look": json.dumps(asdict(start.look) if start else {}),  # as text: for a mapping Streamlit would import pandas
        "lookStamp": 0 if start is None else start.stamp,
    }  # fmt: skip
    _component()(data=data, key=SAID.key, on_told_change=lambda: None, height=0)


def _told(step: TourStep) -> Mapping[str, object]:
    return {
        "title": step.title, "text": step.text, "moved": step.moved, "target": step.target, "look": step.look,
        "cover": step.cover,
    }  # fmt: skip


def shown_step() -> int | None:
    """Returns the step on show, 0 for none; None on a page without the tour."""
    return _current()[1] if BEGUN.is_set else None


def _current() -> tuple[Begun, int]:
    begun, said = BEGUN.get(), SAID.get()
    if begun is None:
        linked = st.query_params.get(STEP_KEY, "")
        begun = Begun(int(linked) if linked in {str(step) for step in range(1, STEPS + 1)} else 0, 1)
        BEGUN.set(begun)
    heard = said.get("told") if isinstance(said, Mapping) else None  # a browser may send anything
    if isinstance(heard, Mapping) and heard.get("stamp") == begun.stamp:
        step = heard.get("step")
        if isinstance(step, int) and 0 <= step <= STEPS:
            # What the browser said is gone once the visitor has been on another page.
            begun = Begun(int(step), begun.stamp)
            BEGUN.set(begun)
    PASSING.set(begun.step > 0)
    return begun, begun.step


def end_tour() -> None:
    """Ends the tour, which has no place where one comparison is presented; the browser puts the canvas back as it was."""
    begun, step = _current()
    if step:
        BEGUN.set(Begun(0, begun.stamp + 1))
        PASSING.set(False)


def _begin() -> None:
    before = BEGUN.get()
    BEGUN.set(Begun(1, 1 + (before.stamp if before else 0)))
