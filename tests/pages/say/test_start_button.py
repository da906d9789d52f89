"""A press starts the work that the controls name now, also where it comes in one with a change of them."""

import pytest
from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from pages.parts.say.start_button import forget_presses, start_button

    started = st.session_state.setdefault("started", [])
    size = st.slider("Size", 0, 9, key="size")
    if st.toggle("Offered", True, key="offered"):
        start_button("Go", "go", lambda: started.append(size), possible=st.toggle("Possible", True, key="possible"))
    forget_presses()


@pytest.fixture
def at() -> AppTest:
    return AppTest.from_function(page).run()


def test_each_press_starts_once(at: AppTest) -> None:
    for presses in (1, 2):
        at.button(key="go").click().run()
        at.run()
        assert at.session_state.started == [0] * presses


def test_a_change_and_a_press_in_one_start_what_was_changed_to(at: AppTest) -> None:
    at.slider(key="size").set_value(7)
    at.button(key="go").click().run()
    assert at.session_state.started == [7]


@pytest.mark.parametrize("key", ["offered", "possible"])
def test_a_press_of_what_is_not_offered_any_more_starts_nothing_and_is_forgotten(at: AppTest, key: str) -> None:
    at.toggle(key=key).set_value(False)
    at.button(key="go").click().run()
    at.toggle(key=key).set_value(True).run()
    assert at.session_state.started == []
    at.button(key="go").click().run()
    assert at.session_state.started == [0]
