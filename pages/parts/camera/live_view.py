"""The camera's picture and its map in the browser, which sends one frame after the other and draws each answer."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from lrp import Backbone
from lrp.methods.method import Method
from pages.parts.camera.frames import ExplainedFrame, explain_frame, frame_side, parse_frame
from pages.parts.canvas import figure
from pages.parts.canvas.figure import Heatmap, pack_panels
from pages.parts.canvas.look import Look
from pages.parts.choose.picture_sources import decoded, from_bytes
from pages.parts.choose.pictures import own_album
from pages.parts.frame import packed
from pages.parts.frame.state import SessionValue, owner_of
from pages.parts.say import words
from pages.parts.work.memory import memory_warning

FOLDER = Path(__file__).parent / "live"
SCRIPTS = (figure.FOLDER / "payload.js", figure.FOLDER / "colours.js", FOLDER / "live.js")
LIVE: SessionValue[object] = owner_of("live camera")  # what the browser has just sent
FROZEN = SessionValue[bool]("frozen frame")  # whether the browser has just sent a frame that Compare is to show
FOREMOST = 3  # outputs that are named


@st.cache_resource
def _component() -> ComponentRenderer:
    script = "\n".join([packed.UNPACK, *(path.read_text() for path in SCRIPTS)])
    html, css = ((FOLDER / f"live.{kind}").read_text() for kind in ("html", "css"))
    return st.components.v2.component("live", html=html, css=css, js=script)


@st.fragment
def show_live(network: Backbone, method: Method, target: int | None, scale: str) -> None:
    """Draws the camera, and explains the frame that the browser has just sent, in a run of this part of the page alone.

    target: the output to explain, None for the foremost one of each frame. scale: the name of the colour scale.
    """
    if FROZEN.get():
        FROZEN.pop()
        st.switch_page("pages/compare.py")
    sent = LIVE.get()
    frame = parse_frame(sent.get("frame")) if isinstance(sent, Mapping) else None
    with memory_warning():
        explained = explain_frame(frame, network, method, target) if frame else None
        data = _message(network, method, explained, scale)
        _component()(data=data, key=LIVE.key, on_frame_change=lambda: None, on_frozen_change=take_frozen)


def _message(network: Backbone, method: Method, explained: ExplainedFrame | None, scale: str) -> bytes:
    """Packs an answer for the browser, or how large the frames are to be where none has come."""
    header: dict[str, object] = {"side": frame_side(network), "look": vars(Look(colours=scale))}
    if explained is None:
        return packed.pack_message({**header, "maps": ()}, {})
    kind, names = network.kind, network.categories
    header |= {
        "number": explained.number, "headline": words.headline_of(network, explained.predictions).replace("**", ""),
        "title": f"{method.label} for {names[explained.target]}",
        "foremost": [
            {"name": names[i], "text": kind.text(float(explained.predictions[i]), 1), "explained": i == explained.target}
            for i in kind.foremost(explained.predictions, FOREMOST)
        ],
    }  # fmt: skip
    return pack_panels(explained.seen, [Heatmap("live", str(method.label), explained.map)], header)


def take_frozen() -> None:
    """Takes the frozen frame into the album, from which Compare shows it."""
    sent = LIVE.get()
    frozen = sent.get("frozen") if isinstance(sent, Mapping) else None  # is there in this callback only
    album = own_album()
    album.defer(partial(album.take, lambda: from_bytes(decoded(frozen), "camera frame.jpg"), "camera frame"))
    FROZEN.set(True)
