"""How far each map can be trusted: whether it adds up, whether the network needs what it marks, and how far methods agree."""

from collections import Counter
from dataclasses import fields

import streamlit as st

from lrp.metrics import ASPECTS, LOW_IS_NORMAL, MEASURES, Perturbation, agreement_matrix
from pages.parts.choose.method_menus import choose_panels, methods_drawer
from pages.parts.choose.panel_network import maps_of_other_networks
from pages.parts.choose.setting_controls import choose_setting
from pages.parts.choose.subject import choose_subject
from pages.parts.faithfulness.card_section import show_cards, show_curves
from pages.parts.faithfulness.choices import MEASURE
from pages.parts.faithfulness.measurements import measure_maps
from pages.parts.faithfulness.place_section import mosaic_keys, show_box, show_mosaic
from pages.parts.faithfulness.report_card import MapCard, report_cards
from pages.parts.faithfulness.sanity_section import sanity_keys, show_sanity
from pages.parts.faithfulness.trust_charts import agreement_figure, agreement_figure_alt, aspects_figure, aspects_figure_alt
from pages.parts.frame.charts import CONFIG
from pages.parts.frame.menu_keys import PANELS, PLACES
from pages.parts.say.waiting import redraw_when, show_waiting
from pages.parts.work.question import Question

ASKED_EACH_TIME = {
    "softmax": "how likely the class still is: its score, from 0 to 1.",
    "sigmoid": "how sure it still is of the label: its score, from 0 to 1.",
    "regression": "for the value: its score, 0 for the picture replaced as a whole and 1, or -1, for the whole picture.",
}
STAYS = {
    "softmax": "how sure the network stays of one class", "sigmoid": "how sure the network stays of one label",
    "regression": "how far the predicted value moves",
}  # fmt: skip
MEASURED_WITH = ("patch", "replacement", "steps")  # the settings of a Perturbation that people choose

subject = choose_subject()
network, target, narrow = subject.network, subject.target, subject.narrow

st.markdown("## How far can these maps be trusted?")
objective = subject.about_class_alone(
    f"what is measured here is {STAYS[network.head]} while parts of the picture are covered"
)
st.markdown(
    f"Several methods say where the evidence for **{subject.name}** lies, and no single number says which is right. The report "
    "card asks of each map whether it adds up, whether the network needs what it marks (**faithfulness**) and whether it stays "
    "the same when the picture hardly changes (**stability**). The closer looks below ask whether it shows what the network has "
    "**learned**, whether it lies in the right **place**, and whether other methods **agree**; low agreement is normal, but a "
    "map that is no more faithful than chance is not."
)


def choose_perturbation() -> Perturbation:
    """Draws the controls of the faithfulness measure; returns what they say."""
    described = {setting.name: setting for setting in fields(Perturbation)}
    with st.expander("How faithfulness is measured"):
        st.markdown(
            "The picture is covered square by square, those with the most relevance first, and the network is asked each time "
            f"{ASKED_EACH_TIME[network.head]} A score means nothing without the random orders beside it, and covered pictures "
            "are none that the network was trained on."
        )
        places = st.columns(len(MEASURED_WITH))
        chosen = {}
        for place, setting in zip(places, MEASURED_WITH, strict=True):
            with place:
                chosen[setting] = choose_setting(described[setting], f"t_{setting}")
    return Perturbation(**chosen)


def distinct_labels(labels: dict[str, str]) -> list[str]:
    """Returns the labels, given by the maps' keys; those that occur twice get their places."""
    counts, places = Counter(labels.values()), dict(zip(PANELS, PLACES, strict=True))
    return [f"{label} ({places[key].lower()})" if counts[label] > 1 else label for key, label in labels.items()]


@st.fragment
def show_agreement(cards: list[MapCard]) -> None:
    """Draws how alike every pair of maps is, by the measure of the menu."""
    if len(cards) < 2:
        st.markdown("There is nothing to compare yet.")
        return
    measure = st.selectbox(
        "Measure", list(MEASURES), key=MEASURE.key, bind="query-params", format_func=lambda key: MEASURES[key].label,
        help="\n".join(f"- **{each.label}**: {each.meaning}" for each in MEASURES.values()),
    )  # fmt: skip
    names = [card.name for card in cards]
    matrix = agreement_matrix([card.result.map for card in cards], measure)
    alt = agreement_figure_alt(names, matrix, measure)
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        st.plotly_chart(agreement_figure(names, matrix, measure), key="agreement chart", config=CONFIG, alt=alt)
    right.markdown(f"{MEASURES[measure].meaning}\n\n{alt}\n\n{LOW_IS_NORMAL}")


panels = {key: method for key, (method, _) in choose_panels(narrow, methods_drawer(), network).items()}
if others := maps_of_other_networks(PANELS, PLACES):
    st.caption(f"A network of its own has, on Compare, the {others}. Here every map is judged as one of {network.name}.")
perturbation = choose_perturbation()
asked = {key: Question(subject.picture, network, objective, method) for key, method in panels.items()}
by_key = {question.key: (panel, question) for panel, question in reversed(asked.items())}  # fewer, if two are the same
asked = dict(sorted(by_key.values(), key=lambda each: each[0]))
questions = list(asked.values())
names = distinct_labels({panel: question.label for panel, question in asked.items()})
progress = st.container()
other_work = [*sanity_keys(questions), *mosaic_keys(questions, subject)]
measured = measure_maps(questions, target, perturbation, other_work)
named = list(zip(names, questions, strict=True))
cards = report_cards(named, measured)
by_question = {card.question.key: card for card in cards}

st.markdown("#### A report card for each map")
show_cards(dict(zip(asked, named, strict=True)), by_question, subject.scale, narrow, measured.pending)
if cards:
    st.plotly_chart(aspects_figure(cards, narrow), key="aspects chart", config=CONFIG, alt=aspects_figure_alt(cards))
    with st.expander("What each line asks"):
        st.markdown("\n".join(f"- **{title}**: {asked}" for title, asked in ASPECTS.values()))

st.markdown("#### Four closer looks")
needed, learned, placed, agreed = st.tabs(["Is it needed?", "Was it learned?", "Is it in the right place?", "Do methods agree?"])
with needed:
    show_curves(cards, narrow, measured.pending)
with learned:
    waiting = [*measured.waiting, *show_sanity(cards, subject, measured)]
with placed:
    show_box(cards, subject)
    waiting += show_mosaic(cards, subject, measured)
with agreed:
    show_agreement(cards)
ended = [job.done for _, job in waiting]
# Something has been measured, even if the progress bar's own sign of it was lost.
redraw_when(lambda: [job.done for _, job in waiting] != ended, not all(ended))
with progress:
    show_waiting(measured.waiting)
st.caption("The address of this page holds every setting. Each map has its own colour scale.")
