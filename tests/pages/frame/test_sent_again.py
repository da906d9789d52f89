"""What a run sets is told to the browser also where the page is drawn twice at once."""

import time

import pytest

from pages.parts.frame import state
from tests.visitor import Visitor

LINK = "https://pictures.example/cat.png"


def told(visitor: Visitor) -> bool:
    """Whether the last run told the browser the link's value, which never changed."""
    box = visitor.at.text_input(key="link")
    assert box.value == LINK
    return bool(box.proto.set_value)


def test_a_page_drawn_twice_at_once_still_tells_the_browser_what_its_link_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "UNSENT_SECONDS", 60)
    visitor = Visitor({"link": LINK})
    for expected in (True, True, False):  # Streamlit drops what of the first run is not sent when the second one begins
        assert told(visitor) == expected
        visitor.run()


def test_a_value_that_was_sent_is_not_sent_again_or_it_would_replace_what_is_being_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "UNSENT_SECONDS", 0.05)
    visitor = Visitor({"link": LINK})
    time.sleep(0.1)
    assert not told(visitor.run())


def test_a_new_value_is_not_replaced_by_the_one_that_was_set_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "UNSENT_SECONDS", 60)
    visitor = Visitor({"link": LINK})
    visitor.fetch("no address")
    for _ in range(3):
        assert visitor.run().at.text_input(key="link").value == "no address"
