"""The confusion matrix as a chart whose cells can be chosen, in words, and as a menu."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from lrp.datasets.confusion import Confusion
from pages.parts.dataset.choices import CELL
from pages.parts.frame.charts import BLUE, finish
from pages.parts.frame.state import SessionValue

MOST = 24  # names that are drawn: those of most pictures
CHART = SessionValue[st.elements.plotly_chart.PlotlyState]("confusion chart")
ALL = "all pictures"
CALLED = " called "


def cell_name(label: str, prediction: str) -> str:
    """Returns what a cell is called in its menu and in the link, such as "tench called church"."""
    return f"{label}{CALLED}{prediction}"


def drawn_names(found: Confusion) -> list[str]:
    """Returns the names that the chart shows: at most MOST, those of most pictures, in alphabetical order."""
    sizes = found.counts.sum(0) + found.counts.sum(1)
    chosen = sorted(range(len(found.names)), key=lambda i: -sizes[i])[:MOST]
    return [found.names[i] for i in sorted(chosen)]


def confusion_figure(found: Confusion, narrow: bool = False) -> go.Figure:
    """Returns the counts as squares, labels down and predictions across; a darker square is a larger share of its label.

    narrow: for a narrow window, in which the squares of eleven names would lie over each other.
    """
    names = drawn_names(found)
    places = [found.names.index(name) for name in names]
    rows = [i for i in places if found.counts[i].any()]
    cells = [(i, j) for i in rows for j in places]
    counts = [int(found.counts[i, j]) for i, j in cells]
    shares = [found.counts[i, j] / max(1, found.counts[i].sum()) for i, j in cells]
    labels, predictions = ([found.names[cell[side]] for cell in cells] for side in (0, 1))
    size = max(10, min(30, (220 if narrow else 360) // len(names)))
    figure = go.Figure(go.Scatter(
        x=predictions, y=labels, mode="markers+text", customdata=counts, text=[str(count or "") for count in counts],
        textfont={"color": ["#fff" if share > 0.5 else "#8a8f98" for share in shares], "size": 11},
        marker={"symbol": "square", "size": size, "color": shares, "colorscale": [[0, "rgba(128,128,128,0.12)"], [1, BLUE]],
                "cmin": 0, "cmax": 1},
        hovertemplate="%{y} called %{x}: %{customdata}<extra></extra>",
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}, "textfont": {}},
    ))  # fmt: skip
    common = {"type": "category", "fixedrange": True, "showgrid": False, "automargin": True}
    figure.update_xaxes(title="the network says", categoryarray=names, tickangle=-45, **common)
    figure.update_yaxes(title="the folder says", categoryarray=[found.names[i] for i in rows[::-1]], **common)
    margin = {"l": 8, "r": 8, "t": 8, "b": 8}
    return finish(figure, max(240, 150 + (size + 4) * len(rows)), margin=margin, clickmode="event+select")


def confusion_alt(found: Confusion, wrong: Sequence[tuple[str, str, int]]) -> str:
    """Returns the chart in words: the share that is right, and the most frequent mistakes."""
    told = ", ".join(f"{count} times {label} called {prediction}" for label, prediction, count in wrong[:5])
    said = f" Most frequent: {told}." if told else ""
    return f"Confusion matrix of {int(found.counts.sum())} pictures: {found.accuracy:.0%} are called as their folder is.{said}"


def choose_cell(found: Confusion, wrong: Sequence[tuple[str, str, int]]) -> tuple[str, str] | None:
    """Draws the menu of cells that hold pictures, mistakes first; returns label and prediction, None for all pictures."""
    right = [(name, name, int(found.counts[i, i])) for i, name in enumerate(found.names) if found.counts[i, i]]
    cells = {cell_name(label, prediction): (label, prediction) for label, prediction, _ in (*wrong, *right)}
    if CELL.is_set and CELL.get() not in (ALL, *cells):
        CELL.pop()
    chosen = st.selectbox(
        "Cell", [ALL, *cells], key=CELL.key, bind="query-params", help="A press on a square of the matrix chooses it, too."
    )
    return cells.get(chosen)


def take_cell() -> None:
    """Chooses the cell that was pressed, if it holds pictures."""
    state = CHART.get()
    points = state.selection.points if state else []
    if points and points[0].get("customdata"):
        CELL.set(cell_name(str(points[0]["y"]), str(points[0]["x"])))
