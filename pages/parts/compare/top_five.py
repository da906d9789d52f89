"""The headline and, beside it, bars of the likeliest classes, of which the explained one is marked."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from lrp import Backbone
from lrp.display.colours import end_shades
from lrp.heads import REGRESSION, SIGMOID
from lrp.walk.objectives import Objective
from pages.parts.canvas.state import current_look
from pages.parts.choose.class_choice import CLASS
from pages.parts.frame.album import Picture
from pages.parts.frame.state import SessionValue, owner_of

BARS = "top five bars"
FOLDER = Path(__file__).parent / "bars"


@dataclass(frozen=True, eq=False)
class TopFive:
    """What the bars show. predictions: (K,), probabilities, scores or values."""

    picture: Picture
    network: Backbone
    predictions: Tensor
    objective: Objective

    @property
    def key(self) -> str:
        """The component's key, different for every picture and network."""
        return f"{BARS} {hashlib.sha256(repr((self.picture.key, self.network.sha256)).encode()).hexdigest()[:16]}"


@st.cache_resource
def _component() -> ComponentRenderer:
    # Buttons, and not a chart: the keyboard comes to them, and a chart's library keeps the browser for half a second.
    css, script = ((FOLDER / f"bars.{kind}").read_text() for kind in ("css", "js"))
    return st.components.v2.component("bars", html='<div class="bars"><ol></ol></div>', css=css, js=script)


def show_headline_and_bars(left: DeltaGenerator, headline: str, right: DeltaGenerator, bars: TopFive) -> None:
    """Draws the headline and the bars, which their script shows only while this headline stands beside them.

    A click of the visitor may end the run between the two calls, and the server may send their messages in either order, so
    that the order of the calls alone cannot keep the two together.
    """
    left.container(key="headline").markdown(headline)
    with right:
        draw_bars(bars, headline)


def draw_bars(bars: TopFive, headline: str) -> None:
    """Draws a button with a bar for each of the likeliest classes or first values; a click explains it."""
    target, versus = bars.objective.target_index, bars.objective.versus_index
    kind, names, predictions = bars.network.kind, bars.network.categories, bars.predictions
    foremost = kind.foremost(predictions)
    classes = []
    longest = 1.0 if kind is SIGMOID else float(predictions[foremost].abs().max()) or 1.0
    for i in foremost:
        mark = "explained" if i == target else "compared" if i == versus else ""
        prediction = float(predictions[i])
        text = f"{kind.text(prediction, 1)} {mark}".strip()
        classes.append({"name": names[i], "share": abs(prediction), "text": text, "mark": mark})
    what = "The predicted values" if kind is REGRESSION else f"The likeliest {'labels' if kind is SIGMOID else 'classes'}"
    label = f"{what} of {bars.picture.name} for {bars.network.name}; press one to explain it"
    shades = end_shades(current_look()[0].colours)
    # Tuples, for a list Streamlit would import pandas.
    data = {"classes": tuple(classes), "longest": longest, "label": label, "headline": headline, "shades": shades}
    _component()(data=data, key=bars.key, on_picked_change=partial(_take_bar, bars.key, names))


def _take_bar(key: str, names: Sequence[str]) -> None:
    """Explains the class whose bar was pressed. names: of all classes; a browser may send anything."""
    bars: SessionValue[object] = owner_of(key)
    sent = bars.get()
    picked = sent.get("picked") if isinstance(sent, Mapping) else None
    if isinstance(picked, str) and picked in names:
        CLASS.set(picked)
