"""The app as it is put on the open web: its headers, what it refuses, and that a browser finds nothing to object to."""

import io
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from lrp import EpsilonPlus
from tests.browser.app import PATIENCE
from tests.browser.server import serve

OURS = (None, "", "127.0.0.1")  # blob: and data: have no host
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', e => window.violations.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


@pytest.fixture(scope="module")
def hardened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    log = tmp_path_factory.mktemp("hardened") / "log.txt"
    offline = {"LRP_WEIGHTS_URL": "http://127.0.0.1:1/", "LRP_HOSTS": "127.0.0.1, demo.example.org"}
    with serve(log, environment=offline, script="pages/parts/shell/server.py") as url:
        yield url, log


def photo_with_position(colour: int) -> bytes:
    """A JPEG that says where it was taken, and by whom."""
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[2] = (47.0, 22.0, 1.0)
    noise = np.random.default_rng(colour).integers(0, 255, (90, 120, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def answer(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str]]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers), timeout=20) as found:
            return found.status, dict(found.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers)


def rest(page: Page) -> None:
    """Waits until the page is drawn and nothing is being computed; page.wait_for_function would need eval in the page."""
    quiet = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
    still = 0
    for _ in range(PATIENCE // 200):
        shown = page.get_by_test_id("stPlotlyChart").or_(page.locator("canvas")).count()
        still = still + 1 if shown and page.evaluate(quiet) and not page.get_by_test_id("stProgress").count() else 0
        if still == 5:
            return
        page.wait_for_timeout(200)
    pytest.fail("the page does not come to rest")


def test_a_whole_visit_violates_no_policy_and_leaves_nothing_behind(browser: Browser, hardened: tuple[str, Path]) -> None:
    url, log = hardened
    # Wide enough for the names of all pages, which hide behind "more" in a narrower window.
    page = browser.new_context(base_url=url, viewport={"width": 1600, "height": 800}).new_page()
    trouble: list[str] = []
    page.add_init_script(WATCH)
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda request: trouble.append(request.url) if urlsplit(request.url).hostname not in OURS else None)
    page.set_default_timeout(PATIENCE)
    page.goto(f"/?c={quote(EpsilonPlus.label)}")  # no long work, which is not what this is about
    rest(page)
    with page.expect_request("**/_stcore/upload_file/**") as asked:
        uploader = page.get_by_test_id("stFileUploaderDropzoneInput")
        uploader.set_input_files({"name": "secret-name.jpg", "mimeType": "image/jpeg", "buffer": photo_with_position(1)})
    expect(page.get_by_text("120 x 90").first).to_be_visible()  # in the sidebar and below the picture
    rest(page)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Picture (PNG)").click()
    assert b"SecretCamera" not in taken.value.path().read_bytes()
    page.get_by_role("link", name="How to read a heatmap").click()
    expect(page.get_by_role("heading", name="How to read a heatmap", level=1)).to_be_visible()
    assert page.evaluate("window.violations") == []
    assert trouble == []
    # Not within evaluate itself, for what the test's own protocol runs may use eval.
    page.evaluate("() => { setTimeout(() => { try { window.result = eval('1'); } catch (e) { window.result = e.name; } }); }")
    page.wait_for_timeout(200)
    assert page.evaluate("window.result") == "EvalError"
    assert "PUT" in asked.value.method
    # Under the address of the upload there is only the page, as under any other, and nothing of the visit is in the log.
    assert answer(asked.value.url)[1]["content-type"].startswith("text/html")
    page.context.close()
    for word in ("secret", "SecretCamera", "47.0", "127.0.0.1 "):
        assert word not in log.read_text()


@pytest.mark.parametrize("path", ["/", "/guide", "/_stcore/health", "/_stcore/metrics", "/static/nothing.js", "/nowhere"])
def test_every_answer_carries_the_headers(hardened: tuple[str, Path], path: str) -> None:
    status, headers = answer(hardened[0] + path)
    lower = {key.lower(): value for key, value in headers.items()}
    assert "'unsafe-eval'" not in lower["content-security-policy"]
    assert "script-src 'self' blob: 'wasm-unsafe-eval' 'sha256-" in lower["content-security-policy"]
    assert not re.search(r"script-src[^;]*'unsafe-inline'", lower["content-security-policy"])
    assert (lower["x-content-type-options"], lower["x-frame-options"]) == ("nosniff", "SAMEORIGIN")
    assert status == (404 if path == "/_stcore/metrics" else 200)


def test_only_known_names_are_answered_but_the_health_check_under_every_name(hardened: tuple[str, Path]) -> None:
    url, _ = hardened
    assert answer(url + "/", Host="demo.example.org:443")[0] == 200
    assert answer(url + "/", Host="evil.example.org")[0] == 400
    assert answer(url + "/_stcore/health", Host="evil.example.org")[0] == 200


def test_a_websocket_is_opened_under_known_names_only(hardened: tuple[str, Path]) -> None:
    url, _ = hardened
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    statuses = []
    for host in ("demo.example.org", "evil.example.org"):
        connection = HTTPConnection(urlsplit(url).netloc, timeout=20)
        connection.request("GET", "/_stcore/stream", headers={**upgrade, "Host": host})
        statuses.append(connection.getresponse().status)
        connection.close()
    assert statuses == [101, 400]


def test_a_file_that_is_too_large_or_for_no_session_is_refused(hardened: tuple[str, Path]) -> None:
    url = f"{hardened[0]}/_stcore/upload_file/nobody/file"
    assert answer(url, "PUT")[0] in (400, 403)
