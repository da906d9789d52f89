"""A browser, a server and a fresh visitor for each test; whatever a visitor must never see fails the test that saw it."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect, sync_playwright

from tests.browser.app import ARGUMENTS, PATIENCE, find_chromium
from tests.browser.frames import Frames
from tests.browser.server import serve, tracebacks
from tests.loopback import Loopback

Visit = Callable[..., Page]

PROBE = re.compile(r"/\w+/_stcore/(health|host-config)$")  # which Streamlit asks for in vain when a page is loaded by its address


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = find_chromium(playwright)
    if path is None:
        reason = "no Chromium found: install Debian's chromium, or run `playwright install chromium`"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    yield running
    running.close()


@pytest.fixture(scope="package")
def web() -> Iterator[Loopback]:
    """The one server of pictures that links may lead to."""
    with Loopback() as server:
        yield server


@pytest.fixture(scope="package")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server") / "log.txt"


@pytest.fixture(scope="package")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The operator's folder of data sets; a test puts there what it needs."""
    return tmp_path_factory.mktemp("datasets")


@pytest.fixture(scope="package")
def address(web: Loopback, log: Path, datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app, without a way to the ImageNet weights."""
    offline = {
        "LRP_WEIGHTS_URL": "http://127.0.0.1:1/", "LRP_WEIGHTS_CACHE": str(tmp_path_factory.mktemp("weights")),
        "LRP_DATASETS": str(datasets),
    }  # fmt: skip
    with serve(log, web.port, offline) as url:
        yield url
    assert not tracebacks(log.read_text())


@contextmanager
def visitors(browser: Browser, address: str) -> Iterator[Visit]:
    """Makes visitors with an empty cache; at the end: no error on the console or the page, no request to another host.

    Where there was one, also what page and server said to each other last.
    """
    contexts, trouble, frames = [], [], []

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and not PROBE.search(message.location["url"]):
            trouble.append(f"console: {message.text}")

    def asked(url: str) -> None:
        if urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).hostname != "127.0.0.1":
            trouble.append(f"request to another host: {url}")

    def new(width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, base_url=address, reduced_motion="reduce",
            accept_downloads=True,
        )  # type: ignore[arg-type]  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.on("console", said)
        page.on("pageerror", lambda error: trouble.append(f"page: {error}"))
        page.on("request", lambda request: asked(request.url))
        page.on("websocket", lambda socket: asked(socket.url))
        frames.append(Frames(page))
        return page

    yield new
    for context in contexts:
        for page in context.pages:
            if page.get_by_test_id("stException").count():
                trouble.append(f"exception on the page: {page.get_by_test_id('stException').first.inner_text()}")
        context.close()
    assert not trouble, "\n".join([*trouble, *(each.told() for each in frames)])


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Makes a visitor of the app that most tests share."""
    with visitors(browser, address) as new:
        yield new
