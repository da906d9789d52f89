"""Sends what the network says of covered pictures to the canvas of the comparison, whose sliders then need no server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image
from streamlit.components.v2.types import ComponentRenderer

from lrp.attribution import Map
from pages.parts.canvas.figure import digest
from pages.parts.canvas.state import COMPARISON
from pages.parts.frame import packed

FIND_CANVAS = (Path(__file__).parent / "find_canvas.js").read_text()  # with which another script finds the canvas
SCALE = 10_000  # by which the numbers of a chart are multiplied, to be whole ones


@dataclass(frozen=True, eq=False)
class Way:
    """One order in which the squares of a picture are covered, or shown: the most relevant first. S: the steps.

    turns: (P,), the step at which each square is covered, or shown. predictions: (S + 1, O), of the named outputs. texts: of
    these, as they are written. chance: (S + 1,), the mean of random orders, of the followed output. spread: (S + 1,), one
    standard deviation to either side. sentences: (S + 1) of them, plain text. alt: the chart in words. area_spread: one standard
    deviation of the areas under the curves of random orders.
    """

    turns: NDArray[np.intp]
    predictions: NDArray[np.float64]
    texts: Sequence[Sequence[str]]
    chance: NDArray[np.float64]
    spread: NDArray[np.float64]
    sentences: Sequence[str]
    alt: str
    area_spread: float


@dataclass(frozen=True, eq=False)
class MapCurves:
    """What the network says while the squares of one map are covered, and while they are shown alone.

    key: of the panel. values: (H, W), the map. patch: the side of a square in pixels. names: of the outputs. marks: for each
    output "explained", "compared" or "". followed: the index of the output whose curve is drawn. replaced: what stands where
    squares are covered. range: the values at the bottom and at the top of the chart. longest: of a bar.
    """

    key: str
    values: Map
    patch: int
    names: Sequence[str]
    marks: Sequence[str]
    followed: int
    replaced: Image.Image
    range: tuple[float, float]
    longest: float
    deletion: Way
    insertion: Way


@st.cache_resource
def _component() -> ComponentRenderer:
    script = (Path(__file__).parent / "deliver.js").read_text()
    return st.components.v2.component("curves", js="\n".join([packed.UNPACK, FIND_CANVAS, script]))


def send_curves(maps: Sequence[MapCurves], absent: str, pending: bool) -> None:
    """Sends the curves. absent: why others are not there. pending: whether others will come."""
    header = {"canvas": COMPARISON.key, "absent": absent, "pending": pending}
    _component()(data=pack_curves(maps, header), key="live deletion", height=0)


def pack_curves(maps: Sequence[MapCurves], header: Mapping[str, object]) -> bytes:
    """Packs the curves: of each map its place in every order, the picture behind its squares, and shares of a chart's height."""
    arrays: dict[str, NDArray[np.integer]] = {}
    described = []
    pictures: dict[bytes, str] = {}
    for each in maps:
        picture = np.asarray(each.replaced.convert("RGB"))
        name = pictures.setdefault(picture.tobytes(), f"replaced {each.key}")
        arrays[name] = picture
        for kind, way in (("deletion", each.deletion), ("insertion", each.insertion)):
            arrays[f"{kind} {each.key}"] = _shares(way.predictions / each.longest)
            low, high = each.range
            bands = (way.predictions[:, each.followed], way.chance, way.chance - way.spread, way.chance + way.spread)
            arrays[f"{kind} chart {each.key}"] = _shares((np.stack(bands) - low) / (high - low or 1.0))
            arrays[f"{kind} turns {each.key}"] = way.turns.astype(np.int16)
        described.append({
            "key": each.key, "digest": digest(each.values), "patch": each.patch, "names": each.names, "marks": each.marks,
            "replaced": name, "width": each.replaced.width, "height": each.replaced.height,
            **{kind: {"texts": way.texts, "sentences": way.sentences, "alt": way.alt}
               for kind, way in (("deletion", each.deletion), ("insertion", each.insertion))},
        })  # fmt: skip
    return packed.pack_message({**header, "curves": described}, arrays)


def _shares(values: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.rint(np.clip(np.nan_to_num(values), -3, 3) * SCALE).astype(np.int16)
