"""Links to pictures."""

import pytest

import lrp
from tests.loopback import Loopback, http
from tests.pages.helpers import DEFAULTS, EPSILON, assert_one_sentence, assert_shows, expected, file_of, stripes
from tests.visitor import Visitor


def test_a_linked_picture_is_fetched_on_the_click_and_explained(visitor: Visitor, web: Loopback) -> None:
    data = file_of(stripes())
    link = web.serve("/stripes.png", http(data))
    visitor.at.text_input(key="link").input(link)
    visitor.run()
    assert web.requests == []
    visitor.fetch(link).wait()
    assert len(web.requests) == 1
    assert visitor.value("link") == link
    assert visitor.sentences == []
    for shown, method in zip(visitor.maps, DEFAULTS.values(), strict=True):
        assert_shows(shown, expected(stripes(), lrp.load_backbone(), method))
    visitor.put({EPSILON: 1.0})
    assert len(web.requests) == 1


def assert_refused(visitor: Visitor, link: str, *parts: str) -> None:
    """One sentence; the comparison and the link that was typed stay."""
    before = visitor.data
    visitor.fetch(link)
    assert_one_sentence(visitor, *parts)
    assert visitor.data == before
    assert visitor.value("link") == link


FORBIDDEN = (
    "file:///etc/passwd", "http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "ftp://a.example/a.png", "cat.png",
    "http://localhost:8501/", "http://[::1]/a.png", "https://name:word@a.example/a.png", "", "data:image/png;base64,AAAA",
)  # fmt: skip


def test_a_link_that_may_not_be_opened_is_one_sentence_and_the_comparison_stays(visitor: Visitor) -> None:
    for link in FORBIDDEN:
        assert_refused(visitor, link)
    assert visitor.put(sample="Coffee").sentences == []


def test_a_link_to_something_else_is_one_sentence_and_the_comparison_stays(visitor: Visitor, web: Loopback) -> None:
    page = web.serve("/page", http(b"<!doctype html><title>Cats</title>", content_type="text/html"))
    notes = web.serve("/notes.png", http(b"Dear diary", content_type="image/png"))
    assert_refused(visitor, page, "web page")
    assert_refused(visitor, web.url("/nowhere.png"), "404")
    assert_refused(visitor, notes)
    assert len(web.requests) == 3


def test_a_server_that_never_answers_is_one_sentence_and_the_comparison_stays(
    visitor: Visitor, web: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lrp.fetch_image.__kwdefaults__, "seconds", 0.4)
    assert_refused(visitor, web.serve("/slow.png", web.silence), "0.4 seconds")


def test_where_links_are_switched_off_none_can_be_typed(small: None, monkeypatch: pytest.MonkeyPatch, web: Loopback) -> None:
    monkeypatch.setenv("LRP_ALLOW_URL", "0")
    link = web.serve("/stripes.png", http(file_of(stripes())))
    visitor = Visitor({"link": link}).wait()
    assert "link" not in visitor.controls
    assert not visitor.at.form_submit_button
    assert len(visitor.maps) == 3
    assert "451 x 300" in visitor.words
    assert web.requests == []


def test_links_that_are_switched_off_meanwhile_are_one_sentence(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, web: Loopback
) -> None:
    before = visitor.data
    visitor.at.text_input(key="link").input(web.serve("/stripes.png", http(file_of(stripes()))))
    monkeypatch.setenv("LRP_ALLOW_URL", "0")
    visitor.at.form_submit_button[0].click()
    visitor.run()
    assert_one_sentence(visitor, "switched off")
    assert visitor.data == before
    assert web.requests == []
