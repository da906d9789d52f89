"""The likeliest classes as bars; what is explained has a colour and a word."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st
from torch import Tensor

from lrp import Backbone
from lrp.objectives import Objective

CHART = "top five bars"


def show_top_five(network: Backbone, probabilities: Tensor, objective: Objective) -> None:
    """Bars of the likeliest classes; a click on one explains it. `probabilities`: (K,)."""
    best = probabilities.topk(min(5, len(probabilities))).indices.tolist()
    labels = [network.categories[i] for i in best]
    shares = [float(probabilities[i]) for i in best]
    target, versus = (getattr(objective, name, None) for name in ("target", "versus"))
    colours = ["#b2182b" if i == target else "#2166ac" if i == versus else "#8a94a6" for i in best]
    marks = [" explained" if i == target else " compared" if i == versus else "" for i in best]
    texts = [f"{share:.1%}{mark}" for share, mark in zip(shares, marks, strict=True)]
    bars = go.Bar(
        x=shares, y=labels, orientation="h", marker_color=colours, textposition="outside", text=texts,
        hovertemplate="explain %{y}<extra></extra>", cliponaxis=False,
    )  # fmt: skip
    figure = go.Figure(bars)
    figure.update_layout(height=170, margin={"l": 4, "r": 100, "t": 4, "b": 4}, dragmode=False, bargap=0.25, hovermode="y")
    figure.update_xaxes(visible=False, range=[0, max(shares)], fixedrange=True)
    figure.update_yaxes(fixedrange=True, ticklabelstandoff=6, autorange="reversed")
    told = ", ".join(map(" ".join, zip(labels, texts, strict=True)))
    st.plotly_chart(
        figure, key=CHART, on_select=_take_bar, selection_mode="points", config={"displayModeBar": False, "displaylogo": False},
        alt=f"The likeliest classes: {told}. A click on a bar explains that class; so does the list of top five.",
    )  # fmt: skip


def _take_bar() -> None:
    selected: Any = st.session_state[CHART].selection
    if selected.points:
        st.session_state["class"] = selected.points[0]["y"]
