"""What a link asks for stays in the address, also where a page is drawn again before the browser has heard of its address."""

import time

from pages.parts.frame.state import UNSENT_SECONDS
from tests.visitor import Visitor

LINK = {"sample": "Temple", "depth": "34", "c": "LRP-ε-z⁺", "photo": "0.7", "region": "9,9,20,20"}


def on_layers() -> Visitor:
    visitor = Visitor(LINK)
    visitor.at.switch_page("pages/layers.py")
    visitor.at.query_params.clear()  # as Streamlit does between two pages
    return visitor.run()


def test_a_page_that_is_drawn_twice_at_once_keeps_the_address_of_one_that_was_left_in_a_hurry(small: None) -> None:
    visitor = on_layers()
    assert visitor.at.query_params == LINK
    for _ in range(2):
        visitor.at.query_params.clear()  # of a browser that has not heard of the address yet
        visitor.run()
        assert visitor.at.query_params == LINK
        assert visitor.value("depth") == "34"
    assert visitor.put(depth="18").value("depth") == "18"


def test_what_the_browser_says_later_holds(small: None) -> None:
    visitor = on_layers()
    time.sleep(UNSENT_SECONDS)
    visitor.at.query_params.clear()
    assert "region" not in visitor.run().at.query_params
