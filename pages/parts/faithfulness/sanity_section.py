"""The section of the page that redraws weights: the request, the results in sentences, and how the maps change."""

from collections.abc import Hashable, Sequence

import streamlit as st

from pages.parts.choose.subject import Subject
from pages.parts.faithfulness import closer_look_charts
from pages.parts.faithfulness.choices import SIMILARITY
from pages.parts.faithfulness.measurements import Measurements
from pages.parts.faithfulness.report_card import MapCard
from pages.parts.faithfulness.sanity import (
    SIMILARITIES,
    SanityResult,
    other_class_sentence,
    sanity_seconds,
    sanity_task,
    stages_sentence,
    thumbnail_row,
)
from pages.parts.frame.charts import CONFIG
from pages.parts.say.request import is_requested, offer_tests
from pages.parts.say.waiting import Waiting, ask, show_waiting
from pages.parts.work.question import Question

TEST = "sanity"
ABOUT = "The map is made again in copies of the network whose weights are drawn by chance, and for another class."


def sanity_keys(questions: Sequence[Question]) -> list[Hashable]:
    """Returns the keys of the work that this section asks for."""
    return [(TEST, question.key) for question in questions if is_requested(TEST, question)]


def show_sanity(cards: Sequence[MapCard], subject: Subject, measured: Measurements) -> Waiting:
    """Draws the section; returns the work that is under way."""
    st.markdown(
        "A map of what the network has **learned** must change when that is taken away. Here the weights are replaced by random "
        "ones, from the output down, part after part, in copies of the network (Adebayo et al. 2018). A map that stays as it "
        "was shows the edges of the picture, whoever looks at it."
    )
    asked = [(card.name, card.question, sanity_seconds(card.question, card.result)) for card in cards]
    offer_tests(TEST, "Redraw the weights for", asked, ABOUT)
    tasks = [sanity_task(card.question, card.result, subject.target) for card in cards if is_requested(TEST, card.question)]
    results, waiting = ask(tasks, measured.asked_keys)
    by_key = {task.key: result for task, result in zip(tasks, results, strict=True) if result is not None}
    found = [(i, card, by_key[key]) for i, card in enumerate(cards) if (key := (TEST, card.question.key)) in by_key]
    show_waiting(waiting, TEST)
    if found:
        _show_found(found, subject)
    return waiting


@st.fragment
def _show_found(found: Sequence[tuple[int, MapCard, SanityResult]], subject: Subject) -> None:
    measure = st.segmented_control(
        "How alike the maps are", list(SIMILARITIES), key=SIMILARITY.key, bind="query-params", default="ssim", required=True,
        format_func=lambda name: SIMILARITIES[name],
        help="Both are 1 for equal maps. A map that only turns its sign marks the same places, which the rank correlation of its "
        "absolute values sees.",
    ) or "ssim"  # fmt: skip  # a message may empty what no click can
    sentences = [stages_sentence(card.name, sanity, measure) for _, card, sanity in found]
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))
    alt = f"{SIMILARITIES[measure]} of each map with itself while weights are redrawn. " + " ".join(sentences).replace("**", "")
    lines = [(i, card.name, sanity) for i, card, sanity in found]
    st.plotly_chart(closer_look_charts.stages_figure(lines, measure, subject.narrow), key="stages chart", config=CONFIG, alt=alt)
    st.markdown("**The maps themselves**, from the left: of the trained network, then redrawn down to each part.")
    for _, card, sanity in found:
        names = ", ".join(stage.changed for stage in sanity.stages)
        alt = f"{card.name}, small: as it is, then with the weights redrawn down to {names}."
        st.image(thumbnail_row(card.result.map, sanity, subject.scale), f"{card.name}: trained, {names}", alt=alt)
    others = [(card.name, sanity.other) for _, card, sanity in found if sanity.other]
    if not others:
        return
    output = subject.network.kind.output
    st.markdown(
        f"**And the {output}?** A map that explains a {output} must change with it. Asked for another {output}, drawn by chance:"
    )
    categories = subject.network.categories
    sentences = [other_class_sentence(name, other, categories, subject.name) for name, other in others]
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))
    st.caption("In brackets: the rank correlation of |R| of the two maps; 1 is the same order of places.")
