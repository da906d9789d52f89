"""LRP at every epsilon: a slider over the maps of one forward pass, and where the map stops being Input x Gradient."""

import streamlit as st

import lrp
from lrp.display.colours import end_colours
from lrp.settings import value_in_words
from pages.parts.choose.controls import choose_method, choose_settings, setting_key
from pages.parts.choose.subject import choose_subject
from pages.parts.epsilon.strip import Strip, show_strip
from pages.parts.epsilon.sweep import EPSILON_AT, EPSILON_KEY, EPSILONS, Sweep, correlations_with, nearest_index, sweep_task
from pages.parts.epsilon.sweep_words import (
    epsilon_sentences,
    introduction,
    sweep_figure,
    sweep_figure_alt,
    turning_point_sentence,
)
from pages.parts.frame.charts import CONFIG
from pages.parts.frame.menu_keys import EPSILON_REFERENCE, EPSILON_SWEPT, FIRST
from pages.parts.frame.skip import show_skip_link
from pages.parts.frame.state import SessionValue
from pages.parts.say import map_words, words
from pages.parts.say.waiting import ask, show_waiting
from pages.parts.work.question import Question, Result

# The epsilon of the first map on the main page, which this page begins with.
FROM_COMPARISON = SessionValue[float](setting_key(FIRST, lrp.UniformEpsilon, "epsilon"))

subject = choose_subject()
show_skip_link("Skip to the heatmaps", ".strip input[type=range]")
picture, network, scale, objective = subject.picture, subject.network, subject.scale, subject.objective

st.markdown(subject.heading)
if objective.balanced:
    objective = subject.about_class_alone(
        "epsilon is followed from where the map is Input × Gradient, which a question about all classes at once never is"
    )
st.markdown(introduction(words.colour_meaning(objective, network.categories, end_colours(scale))))

left, right = st.columns(2, vertical_alignment="bottom")
with left, st.container(border=True):
    st.markdown("**LRP-ε, at every epsilon**")
    swept = lrp.UniformEpsilon(**choose_settings(lrp.UniformEpsilon, EPSILON_SWEPT, ["epsilon"]))
with right, st.container(border=True):
    chosen = choose_method("Map to compare with", EPSILON_REFERENCE, "epsilon-plus-flat", network=network)
    with st.popover("Settings", icon=":material/tune:", width="stretch"):
        st.caption(chosen.summary)
        reference = chosen(**choose_settings(chosen, EPSILON_REFERENCE))

questions = [Question(picture, network, objective, method) for method in (swept, reference)]
task = sweep_task(questions[0])
(sweep, other), waiting = ask([task, questions[1]])


@st.fragment
def show_sweep(sweep: Sweep, other: Result | None) -> None:
    """Draws the strip and its charts; a fragment, so that a moved slider reruns this alone."""
    at = EPSILON_AT.get()
    if at is None:
        linked, from_comparison = st.query_params.get(EPSILON_KEY, ""), FROM_COMPARISON.get()
        known = [value_in_words(epsilon) for epsilon in EPSILONS]
        at = known.index(linked) if linked in known else nearest_index(0.25 if from_comparison is None else from_comparison)
    seen, beside = network.as_seen(network.preprocess(picture.image)), [] if other is None else [other.map]
    maps, titles = [*sweep.maps, *beside], [*map(value_in_words, EPSILONS), *[reference.label for _ in beside]]
    with_other = correlations_with(sweep, other.map) if other else None
    at = show_strip(
        Strip(
            seen=seen,
            seen_alt=f"The picture of {picture.name} as the network saw it",
            maps=maps,
            titles=titles,
            alts=[map_words.map_summary(title, values) for title, values in zip(titles, maps, strict=True)],
            sentences=epsilon_sentences(sweep, with_other, reference.label, objective.unit),
            at=at,
            mark=sweep.mark,
            label=f"Epsilon{', in units of each layer’s signal' if swept.relative else ''}: drag, or press the arrow keys",
            method=swept.label,
            scale=scale,
        )
    )
    EPSILON_AT.set(at)
    st.query_params[EPSILON_KEY] = value_in_words(EPSILONS[at])
    st.markdown(turning_point_sentence(sweep))
    figure = sweep_figure(sweep, with_other, reference.label, at, subject.narrow)
    st.plotly_chart(figure, key="epsilon charts", config=CONFIG, alt=sweep_figure_alt(sweep, objective.unit))


if sweep:
    show_sweep(sweep, other)
show_waiting(waiting)
st.caption(
    "All these maps come from one forward pass and are on this page already: moving the slider computes nothing. Each map has "
    "its own colour scale, whose end is the 99th percentile of its strengths. The address of this page holds every setting "
    "made here."
)
