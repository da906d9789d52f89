"""The comparison as one Plotly figure: panels with linked zoom, one symmetric scale about zero, real values on hover."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from PIL import Image
from plotly.subplots import make_subplots

from lrp.heatmap import Map, stops
from pages.parts.look import Look
from pages.parts.pictures import png

CONFIG = {
    "displaylogo": False,
    "showTips": False,
    "displayNotifier": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    "toImageButtonOptions": {"scale": 3, "filename": "comparison"},
}


@dataclass(frozen=True)
class Heatmap:
    """A panel: a map whose strongest colour stands for `limit`; `values` None where there is none, and `absent` says why."""

    title: str
    values: Map | None
    limit: float
    unit: str = "logits"
    absent: str = "computing ..."


def draw(seen: Image.Image, maps: Sequence[Heatmap], look: Look, columns: int, side: int) -> go.Figure:
    """The picture the network saw, then each map, in rows of `columns` panels about `side` pixels high."""
    titles = ["What the network saw", *(heatmap.title for heatmap in maps)]
    rows = math.ceil(len(titles) / columns)
    figure = make_subplots(rows, columns, subplot_titles=titles, horizontal_spacing=0.02, vertical_spacing=0.16 / rows)
    source = "data:image/png;base64," + base64.b64encode(png(seen)).decode()
    figure.add_trace(go.Image(source=source, hoverinfo="skip"), 1, 1)
    grey = "data:image/png;base64," + base64.b64encode(png(seen.convert("L"))).decode()
    for i, heatmap in enumerate(maps, start=1):
        place = {"row": i // columns + 1, "col": i % columns + 1}
        if heatmap.values is None:
            _say(figure, heatmap.absent, i)
        else:
            _add_map(figure, heatmap, look, place)
            if look.photo:
                _put_below(figure, grey, seen.size, i)
    _link_axes(figure, seen.size)
    figure.update_layout(
        height=rows * (side + 40) + 20, margin={"l": 4, "r": 4, "t": 36, "b": 4}, dragmode="zoom", showlegend=False,
        plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    return figure


def scale_bar(heatmap: Heatmap, look: Look) -> str:
    """The colour scale of a map as HTML: what the strongest colours stand for, in the map's unit per pixel."""
    colours = ", ".join(f"rgb({r} {g} {b}) {at:.0%}" for at, (r, g, b, _) in stops(look.scale))
    end = f"{heatmap.limit:.2g}"
    ends = "".join(f"<span>{text}</span>" for text in (f"−{end}", "0", f"+{end} {heatmap.unit}"))
    return (
        f'<div role="img" aria-label="Colours from minus {end} to plus {end} {heatmap.unit} a pixel" style="font-size:0.8rem">'
        f'<div style="height:0.5rem;border-radius:0.25rem;background:linear-gradient(to right, {colours})"></div>'
        f'<div style="display:flex;justify-content:space-between">{ends}</div></div>'
    )


def _add_map(figure: go.Figure, heatmap: Heatmap, look: Look, place: dict[str, int]) -> None:
    values, limit = heatmap.values, heatmap.limit
    assert values is not None
    # Whole numbers of a power of ten travel in a quarter of the bytes of floats and still show the real value on hover.
    power = math.floor(math.log10(max(float(np.abs(values).max()), 1e-30) / 32767)) + 1
    whole = np.rint(values / 10.0**power).astype(np.int16)
    colours = [[at, f"rgba({r},{g},{b},{alpha:.3f})"] for at, (r, g, b, alpha) in stops(look.scale, look.photo)]
    figure.add_trace(
        go.Heatmap(
            z=whole, zmin=-limit / 10.0**power, zmax=limit / 10.0**power, colorscale=colours, showscale=False,
            hovertemplate=f"column %{{x}}, row %{{y}}<br>%{{z}}e{power} {heatmap.unit}<extra>{heatmap.title}</extra>",
        ),
        **place,
    )  # fmt: skip


def _put_below(figure: go.Figure, source: str, size: tuple[int, int], panel: int) -> None:
    x, y = f"x{panel + 1}", f"y{panel + 1}"
    figure.add_layout_image(
        source=source, xref=x, yref=y, x=-0.5, y=-0.5, sizex=size[0], sizey=size[1], sizing="stretch", layer="below"
    )


def _say(figure: go.Figure, text: str, panel: int) -> None:
    figure.add_annotation(
        text=text, xref=f"x{panel + 1} domain", yref=f"y{panel + 1} domain", x=0.5, y=0.5, showarrow=False
    )


def _link_axes(figure: go.Figure, size: tuple[int, int]) -> None:
    width, height = size
    hidden = {"showgrid": False, "zeroline": False, "showticklabels": False, "showspikes": False, "ticks": ""}
    figure.update_xaxes(matches="x", range=[-0.5, width - 0.5], constrain="domain", **hidden)
    figure.update_yaxes(matches="y", range=[height - 0.5, -0.5], scaleanchor="x", constrain="domain", **hidden)
