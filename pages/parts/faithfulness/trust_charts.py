"""The charts of the page about trust: small bars of every aspect, agreement of every pair, deletion and insertion."""

from collections.abc import Callable, Sequence
from itertools import combinations
from textwrap import wrap

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from lrp.metrics import MEASURES, Faithfulness, clustering_order
from pages.parts.faithfulness.report_card import MapCard
from pages.parts.frame.charts import BLUE, GREEN, GREY, ORANGE, PURPLE, finish
from pages.parts.say.number_words import correlation, number_text

COLOURS = (BLUE, ORANGE, GREEN, PURPLE)  # of the first to the fourth method
DASHES = ("solid", "dash", "dot", "dashdot")
GREY_AREA = "rgba(138, 143, 152, 0.3)"
LINE_OF_LABEL = 14  # characters
NONE = float("nan")

Matrix = NDArray[np.float64]

# Each aspect as one number, NaN if there is none: what stands above its bars, how far the axis reaches at least, the number.
BARS: dict[str, tuple[str, float, Callable[[MapCard], float]]] = {
    "accuracy": ("Sum off by (less is better)", 1, lambda card: NONE if card.gap is None else card.gap),
    "faithfulness": ("Gain over chance (more is better)", 0.5, lambda card: card.curves.gain if card.curves else NONE),
    "focus": ("Area that holds half (less is tighter)", 0.5, lambda card: card.result.half_share),
    "stability": ("Change under noise (less is better)", 1, lambda card: card.stability.average if card.stability else NONE),
    "agreement": ("Agreement with the others (at most 1)", 1, lambda card: card.agreement),
    "seconds": ("Seconds (less is quicker)", 0, lambda card: card.result.seconds),
}


def aspects_figure(cards: Sequence[MapCard], narrow: bool) -> go.Figure:
    """Returns a small bar chart for each aspect, a bar for each map; an unknown number has no bar."""
    columns = 1 if narrow else 3
    rows = len(BARS) // columns
    titles = [title for title, *_ in BARS.values()]
    figure = make_subplots(rows, columns, subplot_titles=titles, vertical_spacing=0.3 / rows, horizontal_spacing=0.04)
    for place, (_, reach, value) in enumerate(BARS.values()):
        at = {"row": place // columns + 1, "col": place % columns + 1}
        values = [value(card) for card in cards]
        for i, (card, x) in enumerate(zip(cards, values, strict=True)):
            known = bool(np.isfinite(x))
            bar = go.Bar(
                x=[x if known else 0], y=[i], orientation="h", name=card.name, legendgroup=card.name, marker_color=COLOURS[i],
                showlegend=not place, text=[number_text(x) if known else "–"],
                hovertemplate="%{text}<extra>%{fullData.name}</extra>",
                textposition="auto" if known else "outside", textangle=0, cliponaxis=False,
            )  # fmt: skip
            figure.add_trace(bar, **at)
        figure.update_xaxes(range=_range(values, reach), **at)
    figure.update_xaxes(fixedrange=True, showticklabels=False, showgrid=False, zeroline=True)
    figure.update_yaxes(fixedrange=True, showticklabels=False, showgrid=False, zeroline=False, autorange="reversed")
    figure.update_annotations(font_size=13)
    height = 26 * len(cards) + 50
    return finish(figure, rows * height + 70, bargap=0.15, **legend_below(rows * height))


def _range(values: Sequence[float], reach: float) -> tuple[float, float]:
    """Returns a range that holds the values with room for a number beside a bar, and at least 0 to `reach`."""
    present = [value for value in values if np.isfinite(value)]
    least, most = min(0.0, *present, 0.0), max(reach, *present, 1e-3)
    room = 0.18 * (most - least)
    return least - room if least < 0 else 0.0, most + (room if most > reach else 0.0)


def aspects_figure_alt(cards: Sequence[MapCard]) -> str:
    """Returns the alternative text of the bars."""
    sentences = []
    for title, _, value in BARS.values():
        known = [f"{card.name} {number_text(value(card))}" for card in cards if np.isfinite(value(card))]
        sentences.append(f"{title}: {', '.join(known) or 'not measured yet'}.")
    return "Small bars of every aspect. " + " ".join(sentences)


def agreement_figure(names: Sequence[str], matrix: Matrix, measure: str) -> go.Figure:
    """Returns a measure of every pair of maps, similar maps next to each other, with the numbers written in."""
    order = clustering_order(matrix, measure)
    labels = ["<br>".join(wrap(names[i], LINE_OF_LABEL)) for i in order]
    far = MEASURES[measure].same == 0.0
    least = min(0.0, float(np.nanmin(matrix)))
    most = max(0.3, float(np.nanmax(matrix)))
    cells = go.Heatmap(
        z=matrix[np.ix_(order, order)], x=labels, y=labels, colorscale="Blues", reversescale=far, texttemplate="%{z:.2f}",
        showscale=False, hovertemplate="%{y} and %{x}: %{z:.2f}<extra></extra>", zmin=least, zmax=most,
    )  # fmt: skip
    figure = go.Figure(cells)
    figure.update_xaxes(type="category", fixedrange=True, constrain="domain", automargin=True, tickangle=0)
    figure.update_yaxes(
        type="category", fixedrange=True, constrain="domain", autorange="reversed", automargin=True, scaleanchor="x"
    )
    return finish(figure, 120 + 80 * len(names), margin={"l": 8, "r": 8, "t": 8, "b": 8})


def agreement_figure_alt(names: Sequence[str], matrix: Matrix, measure: str) -> str:
    """Returns the alternative text of the figure: the measure of every pair."""
    label = MEASURES[measure].label
    sentences = [f"{names[i]} and {names[j]} {correlation(matrix[i, j])}" for i, j in combinations(range(len(names)), 2)]
    return f"{label}: {'; '.join(sentences)}."


def curves_figure(cards: Sequence[MapCard], narrow: bool) -> go.Figure:
    """Returns deletion and insertion, a line for each map, and the random orders with one standard deviation either side."""
    measured = [(i, card.name, card.curves) for i, card in enumerate(cards) if card.curves]
    rows, columns = (2, 1) if narrow else (1, 2)
    titles = ["Deletion: the most relevant taken first", "Insertion: the most relevant given back first"]
    figure = make_subplots(rows, columns, subplot_titles=titles, horizontal_spacing=0.07, vertical_spacing=0.14)
    for place in range(2):
        at = {"row": place + 1 if narrow else 1, "col": 1 if narrow else place + 1}
        _add_chance(figure, measured[0][2], place, at)
        for i, name, found in measured:
            areas = f"{name}: {found.deletion_area:.2f} deletion, {found.insertion_area:.2f} insertion"
            line = go.Scatter(
                x=found.shares, y=found.insertion if place else found.deletion, name=areas, legendgroup=name,
                showlegend=not place, line={"color": COLOURS[i], "width": 2.5, "dash": DASHES[i]},
                hovertemplate=f"%{{x:.0%}} {'given back' if place else 'taken'}: %{{y:.2f}}<extra>{name}</extra>",
            )  # fmt: skip
            figure.add_trace(line, **at)
    figure.update_xaxes(fixedrange=True, tickformat=".0%", range=[0, 1])
    figure.update_yaxes(fixedrange=True, rangemode="tozero")
    for place, title in enumerate(("share of the picture taken", "share of the picture given back")):
        figure.update_xaxes(title=title, row=place + 1 if narrow else 1, col=1 if narrow else place + 1)
    return finish(figure, rows * 330 + 110, **legend_below(rows * 330, 60))


def _add_chance(figure: go.Figure, found: Faithfulness, place: int, at: dict[str, int]) -> None:
    random = found.random[:, ::-1] if place else found.random
    mean, spread = random.mean(0), random.std(0)
    areas = found.random_areas
    name = f"random orders: {areas.mean():.2f} ± {areas.std():.2f}"
    band = go.Scatter(
        x=np.concatenate([found.shares, found.shares[::-1]]), y=np.concatenate([mean + spread, (mean - spread)[::-1]]),
        fill="toself", fillcolor=GREY_AREA, line={"width": 0}, mode="lines", hoverinfo="skip", showlegend=False,
        legendgroup="random", name="spread of random orders",
    )  # fmt: skip
    line = go.Scatter(
        x=found.shares, y=mean, name=name, legendgroup="random", showlegend=not place, line={"color": GREY, "width": 1.5},
        hovertemplate="%{x:.0%}: %{y:.2f}<extra>random orders</extra>",
    )  # fmt: skip
    figure.add_trace(band, **at)
    figure.add_trace(line, **at)


def legend_below(height: int, away: int = 10) -> dict[str, dict[str, object]]:
    """Returns the layout of a legend `away` pixels below plots of that height in pixels."""
    legend = {"orientation": "h", "yanchor": "top", "y": -away / height, "x": 0, "traceorder": "normal"}
    return {"legend": legend, "margin": {"l": 8, "r": 24, "t": 32, "b": 8}}
