"""The flow of relevance in sentences and charts."""

from collections.abc import Sequence
from itertools import pairwise

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.parts.frame.charts import BLUE, GREEN, GREY, ORANGE, PURPLE, finish
from pages.parts.layers.flow import Flow, FlowRow
from pages.parts.say.map_words import AMBER
from pages.parts.say.map_words import GREEN as CLOSED

CLOSES = 1e-3  # the largest gap of a sum that closes


def balance_sentence(flow: Flow, scalar: str = "the logit") -> str:
    """Returns where the explained `scalar` went, as a sum, with a green mark if it closes."""
    mark = CLOSED if flow.rounding_error <= CLOSES else AMBER
    total = flow.pixels + flow.bias + flow.rest
    begun = scalar[:1].upper() + scalar[1:]
    return (
        f"{mark} {begun}, **{flow.explained:z.2f}**, is **{flow.pixels:z.2f}** that reached the pixels, plus "
        f"**{flow.bias:z.2f}** that the biases kept, plus **{flow.rest:z.2f}** that epsilon and its like absorbed: "
        f"{total:z.2f} together."
    )


def skip_sentence(flow: Flow) -> str:
    """Returns in how many blocks the skip connection carries more than the main branch."""
    pairs = [(row.main + (row.attention or 0), row.skip) for row in flow.rows if row.main is not None and row.skip is not None]
    if not pairs:
        return "This network has no residual connections."
    skipped = sum(abs(skip) > abs(main) for main, skip in pairs)
    return f"In **{skipped} of {len(pairs)}** residual blocks the skip connection carries more than the block's own layers."


def growth_sentence(flow: Flow) -> str:
    """Returns in which block of a transformer the strengths |R| grow most, and by how much in all; "" for other networks."""
    rows = [row for row in flow.rows if row.attention is not None and row.absolute]
    if len(rows) < 2:
        return ""
    factor, most = max((below.absolute / above.absolute, above.name) for above, below in pairwise(rows))
    whole = rows[-1].absolute / rows[0].absolute
    return (
        f"From the last block to the first the strengths |R| become **{whole:.2g} times** as large, at most {factor:.2g} times "
        f"in one block ({most}). Where they grow much, evidence for and against cancels, and the map is noisy."
    )


def without_place_sentence(flow: Flow, block: str, unit: str = "logits") -> str:
    """Returns how much at a block of a transformer lies at no place, with a space behind; "" where next to nothing does."""
    beside, row = flow.without_place(block), next(row for row in flow.rows if row.name == block)
    if abs(beside) <= CLOSES * row.absolute:
        return ""
    return f"Beside that, **{beside:z.2f}** {unit} lie with tokens that stand for no place, such as the class token. "


def flow_figure(rows: Sequence[FlowRow], chosen: str | None, unit: str = "logits") -> go.Figure:
    """Returns charts over the blocks, from the output down: what arrived, what stayed, and which branch it took.

    chosen: the block that is highlighted.
    """
    branches = any(row.main is not None for row in rows)
    attends = any(row.attention is not None for row in rows)
    beside = "Attention, MLP and skip connection" if attends else "Main branch and skip connection"
    titles = [f"What arrives, in {unit.removeprefix('of ')}", "What stays behind", beside]
    titles = titles[: 3 if branches else 2]
    figure = make_subplots(len(titles), 1, shared_xaxes=True, subplot_titles=titles, vertical_spacing=0.15)
    names = [row.name for row in rows]
    bars = [
        (1, "sum of the strengths |R|", [row.absolute for row in rows], GREY),
        (1, "sum R", [row.arrived for row in rows], BLUE),
        (2, "with biases", [row.bias for row in rows], ORANGE),
        (2, "with stabilizers", [row.rest for row in rows], PURPLE),
        *([(3, "attention", [row.attention for row in rows], ORANGE)] if attends else []),
        (3, "MLP" if attends else "main branch", [row.main for row in rows], GREEN),
        (3, "skip connection", [row.skip for row in rows], GREY),
    ]
    for place, name, values, colour in bars:
        if place <= len(titles):
            bar = go.Bar(
                x=names, y=values, name=name, marker_color=colour, hovertemplate="%{x}: %{y:.3g}<extra>%{fullData.name}</extra>",
                legend=f"legend{place if place > 1 else ''}", unselected={"marker": {"opacity": 1}},
            )  # fmt: skip
            figure.add_trace(bar, row=place, col=1)
    if chosen in names:
        figure.add_vrect(names.index(chosen) - 0.5, names.index(chosen) + 0.5, line_width=0, fillcolor=BLUE, opacity=0.12)
    figure.update_xaxes(
        fixedrange=True, type="category", categoryorder="array", categoryarray=names, tickvals=names, ticktext=_short(names)
    )
    figure.update_yaxes(fixedrange=True)
    tops = [axis.domain[1] for axis in figure.select_yaxes()]
    legends = {
        f"legend{i + 1 if i else ''}": {"orientation": "h", "x": 0, "xanchor": "left", "y": top, "yanchor": "bottom"}
        for i, top in enumerate(tops)
    }
    figure.update_annotations(x=0, xanchor="left", yshift=26)  # above the legend, beside which there is no room on a phone
    return finish(figure, 250 * len(titles), barmode="group", clickmode="event+select", **legends)


def _short(names: Sequence[str]) -> list[str]:
    """The names of blocks as there is room for them: their last parts, where these tell them apart and are words."""
    last = [name.rpartition(".")[2] for name in names]
    return last if len({*last}) == len(last) and not any(part.isdigit() for part in last) else list(names)


def flow_figure_alt(rows: Sequence[FlowRow], unit: str = "logits") -> str:
    """Returns the alternative text of the charts, with the value of every bar."""
    sentences = [
        f"{row.name}: {row.arrived:z.2f} arrives, strengths {row.absolute:.2f}, biases keep {row.bias:z.2f}, "
        f"stabilizers {row.rest:z.2f}"
        + (f", attention {row.attention:z.2f}" if row.attention is not None else "")
        + (f", main branch {row.main:z.2f}, skip connection {row.skip:z.2f}" if row.main is not None else "")
        for row in rows
    ]
    return f"Bar charts from the output to the pixels, in {unit.removeprefix('of ')}. " + "; ".join(sentences) + "."
