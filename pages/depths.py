"""The same picture, class and settings at every depth: the predictions, two maps of each, and how far the maps agree."""

from collections.abc import Hashable

import streamlit as st

from lrp import Backbone
from lrp.methods.integrated_gradients import Lines
from lrp.methods.method import Method
from lrp.models.architectures import DEPTHS
from lrp.models.imagenet import downloaded_depths, imagenet_size
from lrp.models.loading import bundled_depths
from pages.parts.choose.method_menus import choose_method
from pages.parts.choose.setting_controls import choose_settings
from pages.parts.choose.subject import choose_subject
from pages.parts.depths.other_network import choose_other, has_depths, introduce
from pages.parts.depths.study import DepthResults, Study, StudyPlace
from pages.parts.depths.study_words import (
    correlations_figure,
    correlations_sentence,
    predictions_sentence,
    rank_correlations,
    results_table,
    shared_training_note,
    successes,
)
from pages.parts.depths.tile import show_depth
from pages.parts.frame.charts import CONFIG
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.maps import enlarge
from pages.parts.frame.menu_keys import DEPTHS_FIRST, DEPTHS_SECOND
from pages.parts.frame.state import LazySessionValue, SessionValue
from pages.parts.say import number_words
from pages.parts.say.start_button import start_button
from pages.parts.say.waiting import ask, redraw_when, show_waiting
from pages.parts.work import compute
from pages.parts.work.cache import Store

MENUS = {DEPTHS_FIRST: ("First method", "epsilon-plus-flat"), DEPTHS_SECOND: ("Second method", "integrated-gradients")}
WIDE_TILE = 320  # pixels
TILE, NARROW_TILE = 158, 136  # pixels; the picture and five depths make a row, two of the narrow ones one in a window of 320

STUDIES = LazySessionValue("studies", lambda: Store(8))  # the results so far, by the key of the study
STARTED = LazySessionValue("started", set[Hashable])  # the keys of the studies that were asked for
ALL_DEPTHS = SessionValue[bool]("all depths")  # whether to download those that are not on this machine

subject = choose_subject()
picture = subject.picture
network = subject.network
target = subject.name
scale = subject.scale
objective = subject.objective

by_depth = has_depths(network)
introduce(subject, by_depth)


def study_of(method: Method) -> Study:
    """Returns the study of the chosen question by this method."""
    versus = objective.versus_index
    other = None if versus is None else network.categories[versus]
    return Study(picture, network.weights, depths, target, method, objective.name, other, objective.place, networks)


def choose_depths() -> tuple[int, ...]:
    """Returns the depths that are on this machine, and draws a button for those that must be downloaded first."""
    if network.weights != "imagenet":
        return bundled_depths()
    here = downloaded_depths()
    absent = [depth for depth in DEPTHS if depth not in here]
    if not absent or ALL_DEPTHS.get():
        return DEPTHS
    size = sum(map(imagenet_size, absent)) / 1e6
    label = f"Load ResNet-{', '.join(map(str, absent))} too ({size:.0f} MB)"
    st.button(label, key="load depths", on_click=ALL_DEPTHS.set, args=(True,), icon=":material/download:")
    return here


def results_of(study: Study) -> DepthResults:
    """Returns the results so far; they come in while the work goes on."""
    results: DepthResults = STUDIES.get().get_or_make(study.key, dict)
    return results


def offer_to_start(study: Study, known: DepthResults) -> None:
    """Draws the button that starts a slow method, with a forecast of how long it takes."""
    forecast = f": {number_words.about_seconds(study.expected_seconds(known, network.size))}"
    refines = isinstance(study.method, Lines) and study.method.tolerance is not None
    forecast += ", longer if its gap stays open" if refines else ""
    start_button(
        f"Compute {study.label}{forecast}", f"start {study.method.name}", lambda: STARTED.get().add(study.key),
        "It runs in the background, can be cancelled, and shows each depth as soon as it is ready. It may take longer if more "
        "steps are needed.",
    )  # fmt: skip


depths, networks = (choose_depths(), dict[str, Backbone]()) if by_depth else ((), choose_other(subject))
places: tuple[StudyPlace, ...] = (*depths, *networks)
what = "depth" if by_depth else "network"
methods = []
for column, (key, (label, default)) in zip(st.columns(2), MENUS.items(), strict=True):
    with column:
        chosen = choose_method(label, key, default, network=None if by_depth else network)
        with st.popover(f"Settings, {label.lower()}", icon=":material/tune:", width="stretch"):
            st.caption(chosen.summary)
            methods.append(chosen(**choose_settings(chosen, key)))
by_key = {study.key: study for study in map(study_of, methods)}
studies = list(by_key.values())  # one, if both methods are the same
results = [results_of(study) for study in studies]
running = [study.method.quick or study.key in STARTED.get() for study in studies]
asked = [(study, known) for study, known, runs in zip(studies, results, running, strict=True) if runs]
finished, waiting = ask([study.task(known, network.size) for study, known in asked])
for (_, known), complete in zip(asked, finished, strict=True):
    known.update(complete or {})
for study, known, runs in zip(studies, results, running, strict=True):
    if not runs and len(successes(known)) < len(places):
        offer_to_start(study, known)
drawn = [len(known) for known in results]


st.markdown(predictions_sentence(successes(results[0]) or successes(results[-1])))
with st.container(horizontal=True, gap="small"):
    with st.container(width=NARROW_TILE if subject.narrow else TILE):
        seen = compute.seen(picture, network)
        st.markdown(f"**What they saw**  \n{name_as_markdown(picture.name)}")
        st.image(enlarge(seen), width="stretch", alt=f"The picture of {picture.name} as the networks saw it.")
    for depth in places:
        with st.container(width=NARROW_TILE if subject.narrow else TILE if by_depth else WIDE_TILE):
            at_depth = [(study.method, known.get(depth)) for study, known in zip(studies, results, strict=True)]
            show_depth(depth, at_depth, picture.name, scale)
redraw_when(lambda: [len(known) for known in results] != drawn, bool(waiting))  # another depth is ready
show_waiting(waiting)

st.markdown(f"#### How far the {what}s agree")
labelled = [(study.method.label, known) for study, known in zip(studies, results, strict=True)]
matrices = [(label, *rank_correlations(known)) for label, known in labelled if successes(known)]
sentences = [correlations_sentence(*each, what) for each in matrices]
st.markdown("\n".join(f"- {sentence}" for sentence in sentences))
if matrices:
    alt = f"Rank correlation of the maps of every pair of {what}s. " + " ".join(sentences)
    chart = correlations_figure(matrices, subject.narrow, "ResNet-" if by_depth else "", what)
    st.plotly_chart(chart, key="depths chart", config=CONFIG, alt=alt)
    if by_depth and network.weights == "demo":
        st.caption(shared_training_note(depths))
    st.dataframe(results_table(labelled, target), hide_index=True)
st.caption("The address of this page holds every setting made here. Each map has its own colour scale.")
