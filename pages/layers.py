"""Relevance on its way through the network: what arrives at each block, what stays there, and where it lies."""

from dataclasses import asdict

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.elements.plotly_chart import PlotlyState

from lrp.display.colours import colour_limit, colourise, end_colours
from lrp.display.html_parts import legend
from lrp.methods.composites import reached_rules
from lrp.methods.method import uses_rules
from pages.parts.choose.method_menus import choose_method
from pages.parts.choose.setting_controls import choose_settings
from pages.parts.choose.subject import choose_subject
from pages.parts.frame.charts import CONFIG
from pages.parts.frame.fold import opened_fold
from pages.parts.frame.maps import draw, enlarge
from pages.parts.frame.menu_keys import LAYERS_METHOD
from pages.parts.frame.rule_table import show_rule_table
from pages.parts.frame.state import LazySessionValue, SessionValue
from pages.parts.layers.choices import BARS, BLOCK
from pages.parts.layers.flow import Flow, by_stage, flow_task
from pages.parts.layers.flow_words import (
    balance_sentence,
    flow_figure,
    flow_figure_alt,
    growth_sentence,
    skip_sentence,
    without_place_sentence,
)
from pages.parts.say import map_words, words
from pages.parts.say.waiting import ask, show_waiting
from pages.parts.work import compute
from pages.parts.work.question import Question

CHART = SessionValue[PlotlyState]("layers chart")
WITH_MAPS = LazySessionValue("blocks with maps", list[str])  # the blocks that can be shown

subject = choose_subject()
picture = subject.picture
network = subject.network
scale = subject.scale
objective = subject.objective
name, unit, top = subject.asked, objective.unit, objective.place or "the top of the network"
# A question that weighs the class against all others alike begins with as much against it as for it.
scalar = "the relevance that the walk begins with, as much for as against" if objective.balanced else objective.scalar
st.markdown(subject.heading)
st.markdown(
    f"The number behind **{name}** is shared out from {top} to the pixels. **Each layer hands on what it "
    "receives, and some keep a part of it**: biases, which speak for a class whatever the picture shows, and stabilizers, which "
    "damp weak evidence. This page is the account: what arrived where, what stayed, and that nothing is lost without a trace. If "
    "most of it stays on the way, read the heatmap for its places, not for its amounts."
)
left, right = st.columns(2, vertical_alignment="bottom")
with left:
    chosen = choose_method("Method", LAYERS_METHOD, "epsilon-plus-flat", with_rules=True, network=network)
with right, st.popover("Settings", icon=":material/tune:", width="stretch"):
    st.caption(chosen.summary)
    settings = choose_settings(chosen, LAYERS_METHOD)
method = chosen(**settings)
(flow,), waiting = ask([flow_task(Question(picture, network, objective, method))])


def take_block() -> None:
    """Chooses the block whose bar was clicked."""
    chosen = CHART.get()
    points = chosen.selection.points if chosen else []
    if points and points[0]["x"] in WITH_MAPS.get():
        BLOCK.set(points[0]["x"])


def show_map(flow: Flow, block: str) -> None:
    """Draws the relevance at the output of a block beside the picture, and over it."""
    values = flow.with_maps[block]
    seen = compute.seen(picture, network)
    limit = colour_limit([values])
    over = np.asarray(Image.fromarray(values).resize(seen.size, Image.Resampling.NEAREST))
    rows, columns = values.shape
    pictures = (
        ("What the network saw", enlarge(seen), f"The picture of {picture.name} as the network saw it."),
        (f"{block}, {columns} × {rows}", draw(values, scale, limit), map_words.map_summary(f"Relevance at {block}", values)),
        ("The same, over the picture", enlarge(colourise(over, limit, scale, seen, 0.6)), f"The map of {block}, over it."),
    )
    for column, (title, image, alt) in zip(st.columns(3), pictures, strict=True):
        column.markdown(f"**{title}**")
        column.image(image, width="stretch", alt=alt, output_format="PNG")  # a JPEG would blur the places
    st.html(legend(limit, scale, f"{unit} a place"))
    st.markdown(
        f"{map_words.map_summary(f'At {block}', values)} {without_place_sentence(flow, block, unit)}"
        f"{words.colour_meaning(objective, network.categories, end_colours(scale), 'places')} "
        "Higher blocks of a convolutional network have coarser places, and each stands for a thing rather than for an edge."
    )


if flow:
    st.markdown(f"{balance_sentence(flow, scalar)}  \n{skip_sentence(flow)}  \n{growth_sentence(flow)}".rstrip())
    maps = list(flow.with_maps)
    WITH_MAPS.set(maps)
    if BLOCK.get() not in maps:
        BLOCK.pop()
    block = st.selectbox(
        "Block", maps, maps.index(flow.first_sight), key=BLOCK.key, bind="query-params",
        help="Which block's map to show; a click on a bar below does the same. The first is nearest to the output.",
    )  # fmt: skip
    show_map(flow, block)
    stages, rows = by_stage(flow.rows, network.stages), flow.rows
    if len(stages) < len(rows):
        by = st.segmented_control(
            "Bars", ["blocks", "stages"], default="blocks", key=BARS.key, bind="query-params", required=True,
            format_func=str.capitalize, help="A stage is a row of blocks that see the picture at the same size.",
        )  # fmt: skip
        rows = stages if by == "stages" else rows
    st.plotly_chart(
        flow_figure(rows, block, unit), key=CHART.key, config=CONFIG, alt=flow_figure_alt(rows, unit), on_select=take_block,
        selection_mode="points",
    )  # fmt: skip
    st.caption("From the output, left, to the pixels, right. Click a bar to see where in the picture that relevance lies.")
    if fold := opened_fold("The account as a table", "account"):
        hidden = {"places", *["attention"] * all(row.attention is None for row in rows)}
        fold.dataframe([{key: value for key, value in asdict(row).items() if key not in hidden} for row in rows], hide_index=True)
show_waiting(waiting)
assert uses_rules(method)  # the menu offers no others
rules = reached_rules(method.rules(network.network, objective), network.network, objective)
if rules_fold := opened_fold("Which rule where", "rules"):
    show_rule_table(rules_fold, network.network, rules, subject.narrow)
st.caption("The address of this page holds every setting made here.")
