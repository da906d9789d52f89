"""The likeliest classes as bars; what is explained has a colour and a word."""

from pathlib import Path
from typing import Any

import streamlit as st
from torch import Tensor

from lrp import Backbone
from lrp.objectives import Objective
from pages.parts import words

BARS = "top five bars"
FOLDER = Path(__file__).parent / "bars"


@st.cache_resource
def _component():  # type: ignore[no-untyped-def]
    # Buttons, and not a chart: the keyboard comes to them, and a chart's library keeps the browser for half a second.
    css, script = ((FOLDER / f"bars.{kind}").read_text() for kind in ("css", "js"))
    html = '<ol aria-label="The likeliest classes; press one to explain it"></ol>'
    return st.components.v2.component("bars", html=html, css=css, js=script)


def show_top_five(network: Backbone, probabilities: Tensor, objective: Objective) -> None:
    """Bars of the likeliest classes; a click on one explains it. `probabilities`: (K,)."""
    target, versus = (getattr(objective, name, None) for name in ("target", "versus"))
    classes = []
    for i in probabilities.topk(min(5, len(probabilities))).indices.tolist():
        mark, share = "explained" if i == target else "compared" if i == versus else "", float(probabilities[i])
        text = f"{words.sureness(share, len(probabilities), 1)} {mark}".strip()
        classes.append({"name": network.categories[i], "share": share, "text": text, "mark": mark})
    _component()(data={"classes": classes}, key=BARS, on_picked_change=_take_bar)


def _take_bar() -> None:
    picked: Any = st.session_state[BARS].get("picked")
    if picked:
        st.session_state["class"] = picked
