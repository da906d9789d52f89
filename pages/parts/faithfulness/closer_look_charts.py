"""The charts of the tests on request: similarity while weights are redrawn, and shares inside a box or a cell."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.parts.faithfulness.sanity import ALIKE, SIMILARITIES, SanityResult, similarity_curve
from pages.parts.faithfulness.trust_charts import COLOURS, DASHES, legend_below
from pages.parts.frame.charts import GREY, finish

BY_CHANCE = {"color": GREY, "dash": "dash", "width": 2}
ROOM = 0.2  # a shorter bar has its number beside it

Bar = tuple[str, Sequence[float], Sequence[str]]  # a title, and for each map a value from 0 to 1 and what is written beside it


def stages_figure(found: Sequence[tuple[int, str, SanityResult]], measure: str, narrow: bool) -> go.Figure:
    """Returns how alike each map stays, stage after stage. found: each map's index among all, its name and its result."""
    figure = go.Figure()
    for place, name, sanity in found:
        labels, values = similarity_curve(sanity, measure)
        line = go.Scatter(
            x=labels, y=values, name=name, mode="lines+markers",
            line={"color": COLOURS[place], "width": 2.5, "dash": DASHES[place]},
            hovertemplate=f"redrawn down to %{{x}}: %{{y:.2f}}<extra>{name}</extra>",
        )  # fmt: skip
        figure.add_trace(line)
    figure.add_hline(y=ALIKE, line={"color": GREY, "dash": "dot", "width": 1})
    figure.update_xaxes(type="category", title="weights redrawn from the top down to", fixedrange=True)
    figure.update_yaxes(title=None if narrow else SIMILARITIES[measure], fixedrange=True, range=[_least(figure), 1.03])
    return finish(figure, 400, **legend_below(300, 60))


def _least(figure: go.Figure) -> float:
    values = [float(value) for line in figure.data for value in line.y if np.isfinite(value)]
    return min(0.0, *values, 0.0) - 0.03


def shares_figure(bars: Sequence[Bar], maps: Sequence[tuple[int, str]], chance: float, narrow: bool) -> go.Figure:
    """Returns a small bar chart for each of `bars`, a bar for each map, and a line at what chance gives.

    maps: for each map its index among all, which gives its colour, and its name.
    """
    rows, columns = (len(bars), 1) if narrow else (1, len(bars))
    height = 30 * len(maps) + 60
    figure = make_subplots(rows, columns, subplot_titles=[title for title, *_ in bars], vertical_spacing=0.3 / rows)
    for place, (_, values, texts) in enumerate(bars):
        at = {"row": place + 1, "col": 1} if narrow else {"row": 1, "col": place + 1}
        for i, ((own, name), value, text) in enumerate(zip(maps, values, texts, strict=True)):
            bar = go.Bar(
                x=[value], y=[i], orientation="h", name=name, legendgroup=name, marker_color=COLOURS[own], text=[text],
                showlegend=not place, hovertemplate=f"{text}<extra>{name}</extra>", textangle=0, cliponaxis=False,
                textposition="inside" if value > ROOM else "outside", insidetextanchor="start",
            )  # fmt: skip
            figure.add_trace(bar, **at)
        figure.add_vline(chance, line=BY_CHANCE, **at)
    figure.add_scatter(x=[None], y=[None], mode="lines", line=BY_CHANCE, name=f"chance: {chance:.0%}")
    figure.update_xaxes(fixedrange=True, showticklabels=False, showgrid=False, range=[0, 1])
    figure.update_yaxes(fixedrange=True, showticklabels=False, showgrid=False, zeroline=False, autorange="reversed")
    figure.update_annotations(font_size=13)
    return finish(figure, rows * height + 70, bargap=0.15, **legend_below(rows * height))
