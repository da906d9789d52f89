"""A slider over maps that are all in the browser, so that dragging needs no server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.components.v2.types import ComponentRenderer

from lrp.attribution import Map
from lrp.display.colours import as_int8, colour_limit, colourise
from pages.parts.frame.packed import UNPACK, pack_message

FOLDER = Path(__file__).parent / "strip"
RAMP = np.linspace(-1, 1, 255, dtype=np.float32)[None]


@st.cache_resource
def _component() -> ComponentRenderer:
    html, css, script = ((FOLDER / f"strip.{kind}").read_text() for kind in ("html", "css", "js"))
    return st.components.v2.component("strip", html=html, css=css, js=UNPACK + script)


@dataclass(frozen=True)
class Strip:
    """What the slider shows; a step is one of the first `steps` maps, one more map stands beside them if there is one.

    name, symbol: of the setting that it moves. maps (H, W), titles and alts: of each map. sentences: for each step. at: the step
    shown first. mark: the step that is marked, if any. seen: the picture as the network saw it, seen_alt: in words. scale: the
    name of the colour scale.
    """

    name: str
    symbol: str
    seen: Image.Image
    seen_alt: str
    maps: Sequence[Map]
    titles: Sequence[str]
    alts: Sequence[str]
    sentences: Sequence[str]
    at: int
    mark: int | None
    label: str
    method: str
    scale: str


def show_strip(strip: Strip) -> int:
    """Draws the picture, the map of the chosen step and the one beside it; returns the step at which the slider rests."""
    result = _component()(data=_message(strip), key=f"strip of {strip.name}", on_index_change=lambda: None)
    index = result.get("index") if isinstance(result, Mapping) else None  # a browser may send anything
    return index if isinstance(index, int) and 0 <= index < len(strip.sentences) else strip.at


def _message(strip: Strip) -> bytes:
    """Packs the maps (maps, H, W) as int8 and the picture (H, W, 3).

    A map's strongest colour, 127, stands for the 99th percentile of its |values|; `colours` in the header are those of -127..127.
    """
    ramp = colourise(RAMP, 1.0, strip.scale).convert("RGBA")
    header = {
        "steps": len(strip.sentences), "at": strip.at, "mark": strip.mark, "label": strip.label, "method": strip.method,
        "name": strip.name, "symbol": strip.symbol,
        "titles": strip.titles, "alts": strip.alts, "sentences": strip.sentences, "seenAlt": strip.seen_alt,
        "width": strip.seen.width, "height": strip.seen.height, "colours": np.asarray(ramp)[0].tolist(),
    }  # fmt: skip
    numbers = np.stack([as_int8(values, colour_limit([values])) for values in strip.maps])
    return pack_message(header, {"maps": numbers, "picture": np.asarray(strip.seen.convert("RGB"))})
