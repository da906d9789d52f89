"""What the pages that sweep a setting show below their heading: settings, the slider over all maps, and charts."""

from dataclasses import fields

import streamlit as st

import lrp
from lrp.display.colours import end_colours
from lrp.methods.method import Method
from lrp.settings import value_in_words
from lrp.walk.objectives import Objective
from pages.parts.choose.method_menus import choose_method
from pages.parts.choose.setting_controls import choose_setting, choose_settings, setting_key
from pages.parts.choose.subject import Subject
from pages.parts.frame.charts import CONFIG
from pages.parts.frame.skip import show_skip_link
from pages.parts.say import map_words, words
from pages.parts.say.waiting import ask, show_waiting
from pages.parts.sweep.strip import Strip, show_strip
from pages.parts.sweep.sweep import Sweep, correlations_with, nearest_index, sweep_task
from pages.parts.sweep.sweep_words import (
    introduction,
    sweep_figure,
    sweep_figure_alt,
    turning_point_sentence,
    value_sentences,
)
from pages.parts.sweep.swept import Swept
from pages.parts.work import compute
from pages.parts.work.question import Question, Result

IN_THE_OPEN = ("relative", "patch_gamma")  # settings of swept methods
RELATIVE = ", in units of each layer’s signal"


def show_page_of(
    swept: Swept, method: type[Method], subject: Subject, objective: Objective, first: float, reference: str, where: str = ""
) -> None:
    """Draws a page about one setting of a method.

    first: the value shown first where the link names none. reference: the method of the map beside, at first. where: what is
    said of where in the network the setting acts.
    """
    show_skip_link("Skip to the heatmaps", ".strip input[type=range]")
    picture, network = subject.picture, subject.network
    sides = words.colour_meaning(objective, network.categories, end_colours(subject.scale))
    lead, more = introduction(swept, sides)
    st.markdown(lead)
    maps = st.container()  # before the settings, or they would not be whole on the first screen
    left, right = st.columns(2, vertical_alignment="bottom")
    with left, st.container(border=True):
        st.markdown(f"**{method.label}, at every {swept.name}**")
        chosen = _choose_method_settings(swept, method)
    with right, st.container(border=True):
        other = choose_method("Map to compare with", swept.reference_key, reference, network=network)
        with st.popover("Settings", icon=":material/tune:", width="stretch"):
            st.caption(other.summary)
            beside = other(**choose_settings(other, swept.reference_key))
    question = Question(picture, network, objective, chosen)
    (sweep, compared), waiting = ask([sweep_task(question, swept), Question(picture, network, objective, beside)])
    with maps:
        if sweep:
            _show_sweep(sweep, compared, question, beside, subject, first)
        show_waiting(waiting)
    st.markdown(f"{more}{where}")
    here = "All these maps come from one forward pass and are on this page already: moving the slider computes nothing. "
    st.caption(
        f"{here if sweep else ''}Each map has its own colour scale, whose end is the 99th percentile of its "
        f"strengths. The address of this page holds every setting made here. Source: {swept.source}."
    )


def _choose_method_settings(swept: Swept, method: type[Method]) -> Method:
    """Draws the settings of the swept method but the swept one, those of IN_THE_OPEN before a menu of the others."""
    settings = {}
    for setting in fields(method):
        if setting.name in IN_THE_OPEN:
            settings[setting.name] = choose_setting(setting, setting_key(swept.settings_key, method, setting.name))
    with st.popover("Other settings", icon=":material/tune:", width="stretch"):
        return method(**settings, **choose_settings(method, swept.settings_key, [swept.name, *settings]))


@st.fragment
def _show_sweep(
    sweep: Sweep, compared: Result | None, question: Question, beside: Method, subject: Subject, first: float
) -> None:
    """Draws the strip and its charts; a fragment, so that a moved slider reruns this alone."""
    swept = sweep.swept
    network = subject.network
    unit = question.objective.unit
    method = question.method
    known, at = [value_in_words(value) for value in swept.values], swept.at.get()
    if at is None:
        linked = st.query_params.get(swept.name, "")
        at = known.index(linked) if linked in known else nearest_index(first, swept.values)
    others = [] if compared is None else [compared.map]
    maps, titles = [*sweep.maps, *others], [*known, *[beside.label for _ in others]]
    with_other = correlations_with(sweep, compared.map) if compared else None
    relative = isinstance(method, lrp.UniformEpsilon) and method.relative
    at = show_strip(
        Strip(
            name=swept.name,
            symbol=swept.symbol,
            seen=compute.seen(subject.picture, network),
            seen_alt=f"The picture of {subject.picture.name} as the network saw it",
            maps=maps,
            titles=titles,
            alts=[map_words.map_summary(title, values) for title, values in zip(titles, maps, strict=True)],
            sentences=value_sentences(sweep, with_other, beside.label, unit),
            at=at,
            mark=sweep.mark,
            label=f"{swept.name.capitalize()}{RELATIVE if relative else ''}: drag, or press the arrow keys",
            method=method.label,
            scale=subject.scale,
        )
    )
    swept.at.set(at)
    st.query_params[swept.name] = known[at]
    st.markdown(turning_point_sentence(sweep))
    figure = sweep_figure(sweep, with_other, beside.label, at, subject.narrow)
    st.plotly_chart(figure, key=f"{swept.name} charts", config=CONFIG, alt=sweep_figure_alt(sweep, unit))
