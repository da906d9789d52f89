"""Results as Plotly figures; plotly is imported when one is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lrp.attribution import Attribution
from lrp.display.colours import colour_stops
from lrp.display.export import three_digits
from lrp.notebook.html import SEEN
from lrp.notebook.shown_map import ShownMap, compared_maps, first_maps

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from lrp.notebook.compare import MapComparison

WIDTH, HEIGHT = 300, 390  # pixels of a panel
BAR, SHARE = -0.04, 0.8  # where a colour bar begins below its panel, in heights of the panels, and its share of the width


def attribution_figure(result: Attribution) -> go.Figure:
    """Returns the figure of a result, its first pictures and maps. Raises ValueError for inputs that are no pictures."""
    shown = first_maps(result)
    if not shown:
        raise ValueError(f"relevance must be of pictures, of shape (N, C, H, W), got {tuple(result.relevance.shape)}")
    return maps_figure(shown)


def comparison_figure(comparison: MapComparison) -> go.Figure:
    """Returns the figure of a comparison: the picture, and a map of each method."""
    first, *others = compared_maps(comparison)
    return maps_figure([first, *(replace(each, seen=None) for each in others)])


def maps_figure(shown: Sequence[ShownMap]) -> go.Figure:
    """Returns the pictures that are known and the maps, side by side; the real values show where one points.

    Raises ModuleNotFoundError with a remedy where plotly is not installed.
    """
    try:
        from plotly.graph_objects import Heatmap, Image
        from plotly.subplots import make_subplots
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("a figure needs plotly, which is not installed; pip install plotly", name=error.name) from None
    panels = [panel for each in shown for panel in ([(SEEN, each, True)] if each.seen else []) + [(each.title, each, False)]]
    figure = make_subplots(1, len(panels), subplot_titles=[title for title, *_ in panels], horizontal_spacing=0.02)
    for column, (title, each, is_picture) in enumerate(panels, start=1):
        if is_picture:
            figure.add_trace(Image(z=np.asarray(each.seen), name=title, hoverinfo="skip"), 1, column)
        else:
            left, right = figure.get_subplot(1, column).xaxis.domain
            figure.add_trace(Heatmap(name=title, **_map(each), colorbar=_bar(each, left, right)), 1, column)
        axis = {"visible": False, "row": 1, "col": column}
        figure.update_xaxes(constrain="domain", **axis)
        figure.update_yaxes(autorange="reversed", scaleanchor=figure.get_subplot(1, column).yaxis.anchor, **axis)
    return figure.update_layout(width=WIDTH * len(panels), height=HEIGHT, margin={"l": 8, "r": 8, "t": 40, "b": 70})


def _map(shown: ShownMap) -> dict[str, object]:
    """The values and the colours of a map."""
    limit, unit = shown.legend.limit, shown.legend.unit
    colours = [(at, f"rgb({red},{green},{blue})") for at, (red, green, blue, _) in colour_stops(shown.legend.scale)]
    hover = f"%{{z:.3g}} {unit}<br>column %{{x}}, row %{{y}}<extra></extra>"
    return {"z": shown.values, "zmin": -limit, "zmax": limit, "colorscale": colours, "hovertemplate": hover}


def _bar(shown: ShownMap, left: float, right: float) -> dict[str, object]:
    """The colour bar below a panel, with what the map sums to."""
    limit, unit = shown.legend.limit, shown.legend.unit
    total = three_digits(float(shown.values.sum(dtype=float)))
    labels = [label.removesuffix(f" {unit}") for label in shown.legend.tick_labels]  # or those of neighbours would meet
    return {
        "orientation": "h", "x": (left + right) / 2, "len": SHARE * (right - left), "y": BAR, "yanchor": "top", "thickness": 10,
        "tickvals": [-limit, 0, limit], "ticktext": labels,
        "title": {"text": f"{unit}; sums to {total}", "side": "bottom"},
    }  # fmt: skip
