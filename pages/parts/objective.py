"""What is explained: a class, or why that class rather than another; clicked on a chart of the top five, or named."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st
from torch import Tensor

from lrp import Backbone, Contrast

NOTHING_ELSE = "nothing else"
CHART = "top five bars"


def choose_versus(network: Backbone, target: int) -> int | None:
    """The class that the explained one is held against, None for none: "why this rather than that"."""
    chosen = st.selectbox(
        "Rather than", [NOTHING_ELSE, *network.categories], key="versus", bind="query-params",
        help="Why this class rather than that one: the map shares out the difference of their two logits.",
    )
    versus = None if chosen == NOTHING_ELSE else network.categories.index(chosen)
    return None if versus == target else versus


def objective(target: int, versus: int | None) -> int | Contrast:
    """What a method is asked to explain."""
    return target if versus is None else Contrast(target, versus)


def names(network: Backbone, target: int, versus: int | None) -> str:
    """The explained class in a sentence, with the one it is held against."""
    name = f"**{network.categories[target]}**"
    return name if versus is None else f"{name} rather than **{network.categories[versus]}**"


def show_top_five(network: Backbone, probabilities: Tensor, target: int, versus: int | None) -> None:
    """Bars of the likeliest classes; a click on one explains it. `probabilities`: (K,)."""
    best = probabilities.topk(min(5, len(probabilities))).indices.tolist()[::-1]
    labels = [network.categories[i] for i in best]
    shares = [float(probabilities[i]) for i in best]
    colours = ["#b2182b" if i == target else "#2166ac" if i == versus else "#8a94a6" for i in best]
    bars = go.Bar(
        x=shares, y=labels, orientation="h", marker_color=colours, textposition="outside",
        text=[f"{share:.1%}" for share in shares], hovertemplate="explain %{y}<extra></extra>", cliponaxis=False,
    )  # fmt: skip
    figure = go.Figure(bars)
    figure.update_layout(height=170, margin={"l": 4, "r": 44, "t": 4, "b": 4}, dragmode=False, bargap=0.25, hovermode="y")
    figure.update_xaxes(visible=False, range=[0, max(shares)], fixedrange=True)
    figure.update_yaxes(fixedrange=True, ticklabelstandoff=6)
    told = ", ".join(f"{label} {share:.0%}" for label, share in zip(labels[::-1], shares[::-1], strict=True))
    st.plotly_chart(
        figure, key=CHART, on_select=_take_bar, selection_mode="points", config={"displayModeBar": False, "displaylogo": False},
        alt=f"The likeliest classes: {told}. A click on a bar explains that class; so does the list of top five.",
    )  # fmt: skip


def _take_bar() -> None:
    selected: Any = st.session_state[CHART].selection
    if selected.points:
        st.session_state["class"] = selected.points[0]["y"]
