"""The strip: the maps of all epsilons in the browser at once, so that dragging needs no server."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.components.v2.types import ComponentRenderer

from lrp.attribution import Map
from lrp.display.colours import as_int8, colourise, limit_of
from pages.parts.frame.packed import UNPACK, pack

FOLDER = Path(__file__).parent / "strip"
RAMP = np.linspace(-1, 1, 255, dtype=np.float32)[None]


@st.cache_resource
def _component() -> ComponentRenderer:
    html, css, script = ((FOLDER / f"strip.{kind}").read_text() for kind in ("html", "css", "js"))
    return st.components.v2.component("strip", html=html, css=css, js=UNPACK + script)


def show(seen: Image.Image, maps: Sequence[Map], scale: str, header: dict[str, Any]) -> int:
    """Draws the picture, the map of the chosen step and, if there is one more map than steps, that one beside it.

    header: steps, how many maps can be chosen; at, the first one shown; mark, the step that is marked, or None; label, method;
    titles and told (the map in words), one for each map; said, a sentence for each step; seen, the picture in words.
    Returns the step at which the slider rests.
    """
    result = _component()(data=_message(seen, maps, scale, header), key="strip", on_index_change=lambda: None)
    return int(header["at"] if result.index is None else result.index)


def _message(seen: Image.Image, maps: Sequence[Map], scale: str, header: dict[str, Any]) -> bytes:
    """Packs the maps (steps or one more, H, W) as int8 and the picture (H, W, 3).

    A map's strongest colour, 127, stands for the 99th percentile of its |values|; `colours` in the header are those of -127..127.
    """
    colours = np.asarray(colourise(RAMP, 1.0, scale).convert("RGBA"))[0].tolist()
    numbers = np.stack([as_int8(values, limit_of([values])) for values in maps])
    head = {**header, "width": seen.width, "height": seen.height, "colours": colours}
    return pack(head, {"maps": numbers, "picture": np.asarray(seen.convert("RGB"))})
