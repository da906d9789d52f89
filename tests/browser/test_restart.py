"""A server that ends in the middle of everything, by the system's hand, and one that has too little memory."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.app import map_of, open_app, parameters, wait_for_maps
from tests.load.shortage import QUICK, attempt, write
from tests.load.supervised import Supervised

LONG = "c_integrated-gradients_n_steps=192&c_integrated-gradients_tolerance=none&class=parachute"
APP = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def test_the_page_comes_back_by_itself_after_the_server_was_ended_and_started_again(page: Page, tmp_path: Path) -> None:
    with Supervised(APP, tmp_path / "log.txt", {}) as server:
        open_app(page, f"{server.url}/?{QUICK}&sample=Temple")
        before = map_of(page, 1)
        page.goto(f"{server.url}/?{LONG}&sample=Temple")
        expect(page.get_by_test_id("stProgress").first).to_be_visible()
        server.process.send_signal(signal.SIGSEGV)
        wait_for_maps(page)  # which only a server that was started again can have sent
        assert server.ends == [-signal.SIGSEGV]
        assert parameters(page)["class"] == "parachute"
        open_app(page, f"{server.url}/?{QUICK}&sample=Temple")
        assert map_of(page, 1) == before


def test_what_there_is_no_memory_for_ends_in_a_sentence_and_both_visitors_are_served(browser: Browser, tmp_path: Path) -> None:
    path = write(tmp_path, "slim")
    # A server that holds much freed memory answers instead, which is as good for the visitor.
    for spare in (300, 200, 150):
        found = attempt(browser, path, spare, 2, patience=60)
        assert found.good
        assert {*found.statuses} <= {1, -signal.SIGSEGV}  # of the libraries below torch; nothing else may end it
        if found.ended in ("told", "short"):
            assert found.statuses == []
            return
    pytest.fail("the server found memory for each of three tries, so that nobody read the sentence")
