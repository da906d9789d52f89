"""Sends the maps of the comparison to the browser, which draws them on canvases and redraws without the server."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image
from streamlit.components.v2.types import ComponentRenderer

from lrp.attribution import Map
from lrp.display.colours import SCALES
from pages.parts.canvas.look import OVER_PHOTO
from pages.parts.canvas.state import COMPARISON, CanvasState
from pages.parts.frame import packed
from pages.parts.frame.state import LazySessionValue
from pages.parts.say.map_words import map_summary

FOLDER = Path(__file__).parent
SCRIPTS = ("payload", "colours", "paint", "panels", "zoom", "gestures", "controls", "cover", "outputs", "main")


@dataclass(frozen=True)
class Heatmap:
    """A panel with a map of relevance, (H, W); where `values` is None, `absent` says why.

    before: the title of an older map, whose values stand here until those of this one come.
    """

    key: str
    title: str
    values: Map | None
    absent: str = "computing ..."
    before: str = ""

    @cached_property
    def alt(self) -> str:
        """The map in words, for those who cannot see it."""
        return "" if self.values is None else map_summary(self.before or self.title, self.values)

    @cached_property
    def sent(self) -> tuple[NDArray[np.int16] | None, Mapping[str, object]]:
        """What the browser is sent: the values as `quantised`, None where there are none, and what is said of them."""
        told = {name: getattr(self, name) for name in ("key", "title", "alt", "absent", "before")} | {"step": 1.0}
        if self.values is None:
            return None, told
        numbers, told["step"] = quantised(self.values)
        return numbers, told | {"digest": digest(self.values)}

    def is_same(self, other: "Heatmap") -> bool:
        """Whether the other one shows the very same values in the same words."""
        return other.values is self.values and replace(other, values=None) == replace(self, values=None)


LAST_MAPS = LazySessionValue("last map of each panel", dict[str, Heatmap])  # the last map with values of each panel


@st.cache_resource
def _component() -> ComponentRenderer:
    script = "\n".join([packed.UNPACK, *((FOLDER / f"{name}.js").read_text() for name in SCRIPTS)])
    html, css = ((FOLDER / f"canvas.{kind}").read_text() for kind in ("html", "css"))
    return st.components.v2.component("canvas", html=html, css=css, js=script)


def with_older(maps: Sequence[Heatmap], coming: Sequence[bool], size: tuple[int, int]) -> list[Heatmap]:
    """Returns the maps, each that is still `coming` with the last values of its panel, if of the same size (width, height)."""
    last_maps = LAST_MAPS.get()
    shown = []
    for heatmap, comes in zip(maps, coming, strict=True):
        old = last_maps.get(heatmap.key)
        if old is not None and heatmap.is_same(old):
            heatmap = old  # of which is known already what to say and to send
        if heatmap.values is not None:
            last_maps[heatmap.key] = heatmap
        elif comes and old is not None and old.values is not None and old.values.shape == size[::-1]:
            heatmap = replace(heatmap, values=old.values, before=old.title)
        shown.append(heatmap)
    return shown


def draw_canvas(
    seen: Image.Image, maps: Sequence[Heatmap], alt: str, canvas: CanvasState = COMPARISON, unit: str = "logits",
    plain: bool = False,
) -> None:
    """Draws the picture the network saw and each map. canvas: where the look and the region are kept; its `start` is set.

    alt: the picture in words. unit: what the values are counted in, that of the objective. plain: without controls of the look.
    """  # fmt: skip
    start = canvas.start.get()
    header = {"alt": alt, "unit": unit, **(start.header() if start else {}), **({"plain": True} if plain else {})}
    _component()(
        data=pack_panels(seen, maps, header), key=canvas.key,
        on_look_change=lambda: None, on_region_change=lambda: None, on_cover_change=lambda: None,
    )  # fmt: skip


def pack_panels(seen: Image.Image, maps: Sequence[Heatmap], header: Mapping[str, object]) -> bytes:
    """Packs the picture (H, W, 3) as `picture`, and each map that is there (H, W) as int16 under its key.

    A map's values are those numbers times its `step`; half of the bytes of floats, and exact to 1/32767 of the largest. By its
    `digest` the curves of this very map are told from those of another one.
    """
    arrays, described = {}, []
    for heatmap in maps:
        numbers, told = heatmap.sent
        if numbers is not None:
            arrays[heatmap.key] = numbers
        described.append(told)
    arrays["picture"] = np.asarray(seen.convert("RGB"))
    head = {**header, "width": seen.width, "height": seen.height, "maps": described, "scales": SCALES, "over_photo": OVER_PHOTO}
    return packed.pack_message(head, arrays)


def quantised(values: Map) -> tuple[NDArray[np.int16], float]:
    """Returns a map as whole numbers of at most 32767, and what they are to be multiplied by."""
    step = max(float(np.abs(values).max()), 1e-30) / 32767
    return np.rint(values.astype(np.float64) / step).astype(np.int16), step


def digest(values: Map) -> int:
    """Returns a number by which this map (H, W) is told from others."""
    return zlib.crc32(np.ascontiguousarray(values).tobytes())
