"""The headline and, beside it, the likeliest classes as bars; what is explained has a colour and a word."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from lrp import Backbone
from lrp.walk.objectives import Objective
from pages.parts.choose.network import CLASS
from pages.parts.frame.album import Picture
from pages.parts.frame.state import SessionValue
from pages.parts.say import words

BARS = "top five bars"
FOLDER = Path(__file__).parent / "bars"


@dataclass(frozen=True, eq=False)
class Shown:
    """What the bars are about. `probabilities`: (K,)."""

    picture: Picture
    network: Backbone
    probabilities: Tensor
    objective: Objective

    @property
    def key(self) -> str:
        """Another one for every other picture and network."""
        return f"{BARS} {hashlib.sha256(repr((self.picture.key, self.network.sha256)).encode()).hexdigest()[:16]}"


@st.cache_resource
def _component() -> ComponentRenderer:
    # Buttons, and not a chart: the keyboard comes to them, and a chart's library keeps the browser for half a second.
    css, script = ((FOLDER / f"bars.{kind}").read_text() for kind in ("css", "js"))
    return st.components.v2.component("bars", html='<div class="bars"><ol></ol></div>', css=css, js=script)


def show_together(left: DeltaGenerator, headline: str, right: DeltaGenerator, shown: Shown) -> None:
    """Writes the headline and draws the bars, which are seen only while this headline stands beside them.

    A run is cut short at any call if the visitor does something, and of two messages for one place the server sends the later
    one in the place of the earlier, so no order of these calls could promise that.
    """
    left.container(key="headline").markdown(headline)
    with right:
        _draw(shown, headline)


def _draw(shown: Shown, headline: str) -> None:
    target, versus = (getattr(shown.objective, name, None) for name in ("target", "versus"))
    names, probabilities, classes = shown.network.categories, shown.probabilities, []
    for i in probabilities.topk(min(5, len(probabilities))).indices.tolist():
        mark, share = "explained" if i == target else "compared" if i == versus else "", float(probabilities[i])
        text = f"{words.probability_text(share, len(probabilities), 1)} {mark}".strip()
        classes.append({"name": names[i], "share": share, "text": text, "mark": mark})
    label = f"The likeliest classes of {shown.picture.name} for {shown.network.name}; press one to explain it"
    data = {"classes": classes, "label": label, "headline": headline}
    _component()(data=data, key=shown.key, on_picked_change=partial(_take_bar, shown.key))


def _take_bar(key: str) -> None:
    if picked := (SessionValue[Mapping[str, str]](key).get() or {}).get("picked"):
        CLASS.set(picked)
