"""Values of a visit: each begins empty or is made once, and a widget with its key holds the same value."""

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from pages.parts.frame.state import LazySessionValue, SessionValue, keys_in_session, set_widgets

    word, seen = SessionValue[str]("word"), LazySessionValue("seen", list[str])
    seen.get().append(str(word.get()))
    st.text_input("Word", key=word.key)
    st.button("Set", on_click=word.set, args=("set",))
    st.button("Set widgets", on_click=set_widgets, args=({word.key: "together"},))
    st.button("Remove", on_click=seen.pop)
    st.text(f"{seen.get()} {word.is_set} {sorted({'word', 'seen', 'other'} & set(keys_in_session()))}")


def test_a_value_is_its_widgets_and_a_lazy_one_is_made_once_a_visit() -> None:
    visit = AppTest.from_function(page).run()
    assert visit.text[0].value == "['None'] True ['seen', 'word']"
    visit.text_input[0].set_value("typed").run()
    assert visit.text[0].value.startswith("['None', 'typed']")
    visit.button[0].click().run()
    assert visit.text_input[0].value == "set"
    visit.button[1].click().run()
    assert visit.text_input[0].value == "together"
    assert visit.text[0].value.startswith("['None', 'typed', 'set', 'together']")
    visit.button[2].click().run()
    assert visit.text[0].value.startswith("['together']")
    assert AppTest.from_function(page).run().text[0].value.startswith("['None']")  # of another visit
