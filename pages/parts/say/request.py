"""Tests that take long wait for a click: the button that says how long, and whether it was pressed."""

from collections.abc import Hashable, Sequence

import streamlit as st

from pages.parts.frame.state import LazySessionValue
from pages.parts.say import words
from pages.parts.work.compute import Question

WANTED = LazySessionValue("wanted", set[tuple[str, Hashable]])  # name of a test, key of the question


def wanted(test: str, question: Question) -> bool:
    """Whether the visitor has asked for this test of this map."""
    return (test, question.key) in WANTED.get()


def want(test: str, questions: Sequence[Question]) -> None:
    WANTED.get().update((test, question.key) for question in questions)


def offer(test: str, label: str, questions: Sequence[Question], seconds: float, about_it: str) -> None:
    """The button that asks for a test of these maps."""
    st.button(
        f"{label}: {words.about(seconds)}", key=f"{test} {label}", on_click=want, args=(test, questions),
        icon=":material/play_arrow:", help=f"{about_it} It runs in the background and can be cancelled.",
    )  # fmt: skip


def offer_each(test: str, label: str, asked: Sequence[tuple[str, Question, float]], about_it: str) -> None:
    """One button for all quick methods that were not asked yet, and one for each that takes long.

    asked: for each map its name, its question and the seconds that the test takes.
    """
    left = [each for each in asked if not wanted(test, each[1])]
    quick = [each for each in left if each[1].quick]
    with st.container(horizontal=True):
        if quick:
            names = quick[0][0] if len(quick) == 1 else f"{len(quick)} quick maps"  # all names would not fit on a phone
            questions, seconds = [question for _, question, _ in quick], sum(each[2] for each in quick)
            offer(test, f"{label} {names}", questions, seconds, about_it)
        for name, question, seconds in left:
            if not question.quick:
                offer(test, f"{label} {name}", [question], seconds, about_it)
