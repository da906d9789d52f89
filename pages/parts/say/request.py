"""Buttons that request long tests; each says how long its test takes, and the visit keeps which were pressed."""

from collections.abc import Hashable, Sequence

import streamlit as st

from pages.parts.frame.state import LazySessionValue
from pages.parts.say.number_words import about_seconds
from pages.parts.say.start_button import start_button
from pages.parts.work.question import Question

REQUESTED = LazySessionValue("requested tests", set[tuple[str, Hashable]])  # name of a test, key of the question


def is_requested(test: str, question: Question) -> bool:
    """Whether the visitor has pressed the button of this test for this map."""
    return (test, question.key) in REQUESTED.get()


def request_test(test: str, questions: Sequence[Question]) -> None:
    """Records that the visitor has asked for this test of these maps."""
    REQUESTED.get().update((test, question.key) for question in questions)


def offer_test(test: str, label: str, questions: Sequence[Question], seconds: float, about_it: str, where: str = "") -> None:
    """Draws the button that requests a test of these maps, with the seconds that it takes.

    where: tells this button from others with the same label.
    """
    start_button(
        f"{label}: {about_seconds(seconds)}", f"{test} {label} {where}", lambda: request_test(test, questions),
        f"{about_it} It runs in the background and can be cancelled.",
    )  # fmt: skip


def offer_tests(test: str, label: str, asked: Sequence[tuple[str, Question, float]], about_it: str) -> None:
    """Draws one button for all quick methods that were not requested yet, and one for each slow one.

    asked: for each map its name, its question and the seconds that the test takes.
    """
    left = [each for each in asked if not is_requested(test, each[1])]
    quick = [each for each in left if each[1].quick]
    with st.container(horizontal=True):
        if quick:
            names = quick[0][0] if len(quick) == 1 else f"{len(quick)} quick maps"  # all names would not fit on a phone
            questions = [question for _, question, _ in quick]
            seconds = sum(each[2] for each in quick)
            offer_test(test, f"{label} {names}", questions, seconds, about_it)
        for name, question, seconds in left:
            if not question.quick:
                offer_test(test, f"{label} {name}", [question], seconds, about_it)
