"""Buttons that start long work, with what the controls say when they are pressed."""

from collections.abc import Callable

import streamlit as st

from pages.parts.frame.state import LazySessionValue

PRESSED = LazySessionValue("pressed starts", set[str])  # the keys of the buttons whose work is to be started


def start_button(
    label: str, key: str, start: Callable[[], object], about_it: str = "", primary: bool = False, possible: bool = True
) -> None:
    """Draws a button; once it has been pressed, calls `start` and draws the page again.

    A change of a control and a press soon after it reach one run of the page. A callback of the button would start the work of
    the run before, which nobody waits for; so the callback only notes the press.
    """
    st.button(
        label, key=key, on_click=_note, args=(key,), icon=":material/play_arrow:", help=about_it or None,
        type="primary" if primary else "secondary", disabled=not possible,
    )  # fmt: skip
    if possible and key in PRESSED.get():
        PRESSED.get().discard(key)
        start()
        st.rerun()


def _note(key: str) -> None:
    PRESSED.get().add(key)


def forget_presses() -> None:
    """Forgets the presses of buttons that are not drawn any more; to be called when a page has been drawn to its end."""
    PRESSED.pop()
