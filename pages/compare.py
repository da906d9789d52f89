"""The main page: one picture, one class, LRP and Integrated Gradients side by side."""

from typing import Any

import streamlit as st
from torch import Tensor

from lrp import Backbone
from lrp.objectives import Objective
from pages.parts import compute, words
from pages.parts.controls import choose_panels
from pages.parts.downloads import Taken, offer, settings_of
from pages.parts.figure import Heatmap, draw, with_older
from pages.parts.look import current, drawn
from pages.parts.network import choose_class, choose_network
from pages.parts.objective import choose_objective
from pages.parts.pictures import Picture, choose_picture
from pages.parts.presets import show_presets
from pages.parts.region import fitted, in_words, show_region
from pages.parts.rule_table import show_rule_table
from pages.parts.skip import offer_skip
from pages.parts.style import tidy
from pages.parts.top_five import show_top_five
from pages.parts.viewport import is_narrow
from pages.parts.waiting import ask, on_its_way, show_waiting, why_absent


def comparison(picture: Picture, network: Backbone, logits: Tensor, objective: Objective, narrow: bool) -> None:
    """The maps and what is said of them. `logits`: (K,)."""
    look, box = current()
    lead = f"{words.sides(objective, network.categories, look.ends)} Each map asks in another way."
    st.markdown(lead)
    show_presets()
    methods = choose_panels(narrow, network)
    questions = [compute.Question(picture, network, objective, method) for method in methods.values()]
    results, waiting = ask(questions)
    maps = [
        Heatmap(key, question.method.label, None if result is None else result.map, why_absent(question, waiting))
        for key, question, result in zip(methods, questions, results, strict=True)
    ]
    seen = network.as_seen(network.preprocess(picture.image))
    headline = headline_of(network, logits)
    coming = [on_its_way(question, waiting) for question in questions]
    draw(seen, with_older(maps, coming, seen.size), headline.replace("**", ""), st.session_state["given"])
    show_waiting(waiting)

    asked = zip(methods, questions, results, strict=True)
    answers = {key: (question, result) for key, question, result in asked if result is not None}
    show_notes(picture, seen.size, questions, results, narrow)
    said = [lead]
    if (region := fitted(box, seen.size)) and answers:
        show_region(region, seen.size, list(answers.values()))
        said += in_words(region, seen.size, list(answers.values()))

    shown = zip(maps, drawn([panel.values for panel in maps], look), strict=True)
    with st.expander("These maps in words"):
        st.markdown("\n".join(f"- {words.summary(panel.title, found[0])}" for panel, found in shown if found))
    show_rules(network, list(methods.values()), narrow)
    st.markdown("#### Take it with you")
    offer(Taken(headline, seen, answers, look, settings_of(questions, logits, look), logits, said))
    st.caption(
        "The address of this page holds every setting; copy it to share the comparison. " + (
            "Your picture is not part of it: whoever opens the address is asked for the picture."
            if picture.mark
            else "An uploaded picture would not be part of it, a sample or a link is."
        )
    )


def headline_of(network: Backbone, logits: Tensor) -> str:
    """What the network sees and how sure it is."""
    probabilities = logits.softmax(0)
    best = int(probabilities.argmax())
    return words.headline(network.name, network.categories[best], float(probabilities[best]))


def show_notes(
    picture: Picture, size: tuple[int, int], questions: list[compute.Question], results: list[compute.Result | None],
    narrow: bool,
) -> None:
    """How far each map can be trusted, below it."""  # fmt: skip
    notes = [st.container() for _ in range(len(questions) + 1)] if narrow else st.columns(len(questions) + 1)
    with notes[0]:
        st.markdown(f"**What the network saw**  \n{words.crop(picture.image.size, size)}")
    for column, question, result in zip(notes[1:], questions, results, strict=True):
        if result is not None:
            with column:
                st.markdown(f"**{question.method.label}**  \n{words.trust(result, question.method, question.objective)}")
                st.caption(words.seconds(result.seconds))


def show_rules(network: Backbone, methods: list[Any], narrow: bool) -> None:
    """Which rule each layer gets, for the methods of the LRP family."""
    rules = [(method.label, method.rules(network.network)) for method in methods if method.family == "LRP"]
    if rules:
        with st.expander("Which rule where"):
            tabs = st.tabs([f"{i}. {label}" for i, (label, _) in enumerate(rules, start=1)])
            for tab, (_, found) in zip(tabs, rules, strict=True):
                show_rule_table(tab, found, narrow)


tidy()
window_is_narrow = is_narrow()
chosen_picture = choose_picture()
offer_skip("Skip to the heatmaps", ".panels[role=application]")
with st.sidebar:
    st.subheader("Network")
    chosen_network = choose_network(chosen_picture)
    its_logits = compute.logits(chosen_picture, chosen_network)
    chosen_class = choose_class(chosen_network, its_logits.softmax(0))
    question = choose_objective(chosen_network, chosen_class, its_logits.softmax(0))

left, right = st.columns([3, 2], vertical_alignment="center")
left.markdown(f"## {headline_of(chosen_network, its_logits)}")
with right:
    show_top_five(chosen_network, its_logits.softmax(0), question)
comparison(chosen_picture, chosen_network, its_logits, question, window_is_narrow)
