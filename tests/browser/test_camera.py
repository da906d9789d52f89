"""The camera live: maps that follow it, another network, a frozen frame, and a camera that is not to be had."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.app import ARGUMENTS, PATIENCE, find_chromium, pick_depth, wait_for_maps
from tests.browser.camera import FAKE_CAMERA, LIVE, open_camera, start_camera, wait_for_frames
from tests.browser.conftest import Visit
from tests.browser.test_access import NOTHING, RECOLOURED, violations_by_scheme


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = playwright.chromium.launch(executable_path=find_chromium(playwright), args=[*ARGUMENTS, *FAKE_CAMERA])
    yield running
    running.close()


def running(visit: Visit) -> Page:
    """A page whose camera runs."""
    page = visit()
    open_camera(page)
    start_camera(page)
    wait_for_frames(page, 3)
    return page


@pytest.mark.parametrize("width", [1440, 390])
def test_maps_follow_the_camera_until_it_is_stopped(visit: Visit, width: int) -> None:
    page = visit(width, 900)
    open_camera(page)
    start_camera(page)
    wait_for_frames(page, 5)
    colours = page.evaluate(
        f"() => Array.from({LIVE}.find('.map').getContext('2d').getImageData(0, 0, 160, 160).data)"
    )
    assert len({tuple(colours[i : i + 3]) for i in range(0, len(colours), 4)}) > 100
    assert page.locator("canvas.map").get_attribute("aria-label")
    expect(page.locator(".live .headline")).to_contain_text("sees")
    for place in range(2):
        box = page.locator(".live canvas").nth(place).bounding_box()
        assert box
        assert box["x"] + box["width"] <= width
    page.locator(".live").get_by_role("button", name="Stop").click()
    assert page.evaluate(f"() => {LIVE}.stream") is None
    assert page.evaluate(f"() => {LIVE}.find('video').srcObject.getTracks().every(track => track.readyState === 'ended')")
    last = page.evaluate(f"() => {LIVE}.number")
    page.wait_for_timeout(1000)
    assert page.evaluate(f"() => {LIVE}.number") == last


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_is_accessible_in_light_and_dark_before_it_has_a_camera_and_while_it_runs(visit: Visit, width: int) -> None:
    page = visit(width, 900)
    open_camera(page)
    assert violations_by_scheme(page) == NOTHING
    start_camera(page)
    wait_for_frames(page, 2)
    assert violations_by_scheme(page, RECOLOURED) == NOTHING
    for name in ("Stop", "Freeze and compare"):
        box = page.locator(".live").get_by_role("button", name=name).bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 24


def test_another_network_goes_on_with_the_camera(visit: Visit) -> None:
    page = running(visit)
    pick_depth(page, 34)
    expect(page.locator(".live .headline")).to_contain_text("ResNet-34")


def test_a_frozen_frame_is_compared(visit: Visit) -> None:
    page = running(visit)
    page.get_by_role("button", name="Freeze and compare").click()
    page.get_by_text("On show:").first.wait_for(timeout=PATIENCE, state="attached")
    wait_for_maps(page)
    assert page.url.split("?")[0].rstrip("/").count("/") == 2  # the first page
    page.go_back()
    page.get_by_role("button", name="Start the camera").wait_for(timeout=PATIENCE)


def test_a_camera_that_is_not_allowed_is_a_sentence(visit: Visit) -> None:
    page = visit()
    open_camera(page)
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError')) }")
    start_camera(page)
    expect(page.get_by_role("alert")).to_contain_text("was not allowed to use the camera")
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = undefined }")
    start_camera(page)
    expect(page.get_by_role("alert")).to_contain_text("https://")
