"""The main page: one picture, one class, LRP and Integrated Gradients side by side."""

from typing import Any

import streamlit as st
from torch import Tensor

from lrp import Backbone
from lrp.composites import table
from pages.parts import compute, words
from pages.parts.controls import choose_panels
from pages.parts.downloads import offer, settings_of
from pages.parts.figure import Heatmap, draw
from pages.parts.look import current, drawn
from pages.parts.network import choose_class, choose_network
from pages.parts.pictures import Picture, choose_picture
from pages.parts.style import tidy
from pages.parts.viewport import is_narrow
from pages.parts.waiting import ask, show_waiting, why_absent


@st.fragment
def comparison(picture: Picture, network: Backbone, logits: Tensor, target: int, narrow: bool) -> None:
    """Everything but the sidebar: a method or a display control that moves runs this alone. `logits`: (K,)."""
    look, _ = current()
    probabilities = logits.softmax(0)
    best = int(probabilities.argmax())
    headline = words.headline(network.depth, network.categories[best], float(probabilities[best]))
    speaking, against = look.ends
    st.markdown(f"## {headline}")
    st.markdown(
        f"{speaking.capitalize()} pixels speak for **{network.categories[target]}**, {against} pixels against it. "
        "Each map asks in another way."
    )

    methods = choose_panels(narrow)
    questions = [compute.Question(picture, network, target, method) for method in methods.values()]
    results, waiting = ask(questions)
    seen = network.as_seen(network.preprocess(picture.image))
    maps = [
        Heatmap(key, question.method.label, None if result is None else result.map, why_absent(question, waiting))
        for key, question, result in zip(methods, questions, results, strict=True)
    ]
    draw(seen, maps, headline.replace("**", ""), st.session_state["given"])
    show_waiting(waiting)

    notes = [st.container() for _ in range(len(maps) + 1)] if narrow else st.columns(len(maps) + 1)
    with notes[0]:
        st.markdown(f"**What the network saw**  \n{words.crop(picture.image.size, seen.size)}")
    for column, question, result in zip(notes[1:], questions, results, strict=True):
        if result is not None:
            with column:
                st.markdown(f"**{question.method.label}**  \n{words.trust(result, question.method)}")
                st.caption(words.seconds(result.seconds))

    shown = zip(maps, drawn([panel.values for panel in maps], look), strict=True)
    with st.expander("These maps in words"):
        st.markdown("\n".join(f"- {words.summary(panel.title, found[0])}" for panel, found in shown if found))
    show_rules(network, list(methods.values()))

    answers = [(question, result) for question, result in zip(questions, results, strict=True) if result is not None]
    st.markdown("#### Take it with you")
    offer(headline, seen, answers, look, settings_of(questions, logits, look), logits)
    st.caption(
        "The address of this page holds every setting; copy it to share the comparison. "
        "An uploaded picture is not part of it, a sample or a link is."
    )


def show_rules(network: Backbone, methods: list[Any]) -> None:
    """Which rule each layer gets, for the methods of the LRP family."""
    rules = [(method.label, table(method.rules(network.network))) for method in methods if method.family == "LRP"]
    if rules:
        with st.expander("Which rule where"):
            tabs = st.tabs([f"{i}. {label}" for i, (label, _) in enumerate(rules, start=1)])
            for tab, (_, text) in zip(tabs, rules, strict=True):
                tab.code(text, language=None)


tidy()
window_is_narrow = is_narrow()
with st.sidebar:
    st.subheader("Picture")
    chosen_picture = choose_picture()
    st.subheader("Network")
    chosen_network = choose_network(chosen_picture)
    its_logits = compute.logits(chosen_picture, chosen_network)
    chosen_class = choose_class(chosen_network, its_logits.softmax(0))
comparison(chosen_picture, chosen_network, its_logits, chosen_class, window_is_narrow)
