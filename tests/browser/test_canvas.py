"""The panels in the browser: cursor, zoom, region, display and two maps in one place."""

import json
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from pages.parts.canvas.look import OVER_PHOTO
from tests.browser.app import COMPARISON, comparison, map_of, open_app, parameters, wait_for_change, wait_for_maps
from tests.browser.comparing import QUICK, download, open_display, place
from tests.browser.conftest import Visit


def pixels(page: Page, panel: int) -> str:
    """The colours of a panel as it is on the screen, one after another; 0 is the picture that the network saw."""
    colours: str = comparison(page, f"c.panels[{panel}].canvas.getContext('2d').getImageData(0, 0, 200, 200).data.join()")
    return colours


def test_the_photo_lies_beneath_the_maps_at_first_and_a_press_takes_it_away(visit: Visit) -> None:
    page = visit()
    open_app(page, QUICK)
    assert comparison(page, "c.look.photo") == OVER_PHOTO
    button, over = page.get_by_role("button", name="Bare maps"), pixels(page, 1)
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => new URL(location).searchParams.get('photo') === '0.0'")
    assert pixels(page, 1) != over
    button.click()
    page.wait_for_function("() => !new URL(location).searchParams.has('photo')")
    assert pixels(page, 1) == over


def test_cursor_and_zoom_are_linked_and_stay_while_the_numbers_change(visit: Visit) -> None:
    page = visit()
    open_app(page, QUICK)
    page.mouse.move(*place(page, 2, 0.5, 0.25))
    told = page.locator(".hint").inner_text()
    header = comparison(page, "c.data.maps.map(map => [map.title, map.values[40 * 160 + 80] * map.step])")
    assert told.startswith("Row 40, column 80 (red")
    for title, value in header:
        assert float(told.partition(f"{title}: ")[2].split()[0].replace("−", "-")) == pytest.approx(value, rel=0.01)
    assert page.locator(".value").all_inner_texts()[0] == "row 40, column 80"
    assert len(set(comparison(page, "Array.from(c.find('.patch').getContext('2d').getImageData(0, 0, 60, 60).data)"))) > 20
    whole = [pixels(page, panel) for panel in range(4)]
    page.mouse.wheel(0, -400)
    page.wait_for_function(f"() => {COMPARISON}.window.zoom > 2")
    window = comparison(page, "({...c.window})")
    assert window["x"] + window["width"] / 2 == pytest.approx(80, abs=1)  # the place under the pointer stays
    page.wait_for_timeout(100)
    assert all(pixels(page, panel) != whole[panel] for panel in range(4))
    before = map_of(page, 1)
    page.get_by_role("slider", name="Epsilon").first.press("ArrowRight")
    wait_for_change(page, 1, before)
    assert comparison(page, "({...c.window})") == window
    page.mouse.move(*place(page, 1, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*place(page, 1, 0.25, 0.5), steps=3)
    page.mouse.up()
    assert comparison(page, "c.window.x") == pytest.approx(window["x"] + window["width"] / 4, abs=1)
    page.locator(".panel canvas").nth(1).dblclick()
    assert comparison(page, "c.window.zoom") == 1
    pinch_and_drag(page, *place(page, 1, 0.5, 0.5))
    assert comparison(page, "c.window.zoom") == pytest.approx(4, rel=0.01)
    assert comparison(page, "c.window.x") == pytest.approx(60 - 10, abs=1)
    shown = comparison(page, "c.look.zoom")
    page.wait_for_url(f"**zoom={quote(shown)}*")
    again = visit()
    open_app(again, page.url)
    window = comparison(again, "[c.window.zoom, c.window.x, c.window.y]")
    assert window == [pytest.approx(float(number), abs=0.01) for number in shown.split(",")]
    again.evaluate(f"() => {{ const c = {COMPARISON}; c.change({{ ...c.look, zoom: '2,10,20' }}); }}")  # as the tour does
    assert comparison(again, "[c.window.zoom, c.window.x, c.window.y]") == [2, 10, 20]
    again.wait_for_url("**zoom=2%2C10%2C20*")
    again.get_by_role("button", name="Reset zoom").click()
    again.wait_for_url(lambda url: "zoom" not in url)


def pinch_and_drag(page: Page, x: float, y: float) -> None:
    """Two fingers that draw apart to four times their distance, and the one that stays, moving on by a quarter of the panel."""
    width = page.locator(".panel canvas").nth(1).bounding_box()["width"]  # type: ignore[index]
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *fingers: tuple[int, float, float]) -> None:
        points = [{"id": finger, "x": across, "y": down} for finger, across, down in fingers]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", (0, x, y - 10))
    send("touchStart", (0, x, y - 10), (1, x, y + 10))
    send("touchMove", (0, x, y - 20), (1, x, y + 20))
    send("touchMove", (0, x, y - 40), (1, x, y + 40))
    send("touchEnd", (1, x, y + 40))
    send("touchMove", (0, x + width / 8, y - 40))
    send("touchMove", (0, x + width / 4, y - 40))
    send("touchEnd")


def test_keys_move_the_cursor_zoom_and_mark_a_region(visit: Visit) -> None:
    page = visit()
    open_app(page, QUICK)
    maps = page.get_by_role("application")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown", "+", "Enter", "Shift+ArrowRight", "Shift+ArrowDown", "Enter"):
        maps.press(key)
    assert comparison(page, "c.cursor") == [91, 100]
    assert comparison(page, "c.window.zoom") == 1.5
    expect(page.locator(".aloud")).to_contain_text("Row 100, column 91")
    expect(page.locator(".aloud")).to_contain_text("logits")
    page.wait_for_url("**region=81%2C90%2C92%2C101*")
    maps.press("0")
    assert comparison(page, "c.window.zoom") == 1
    maps.press("Escape")
    page.wait_for_url(lambda url: "region" not in url)


MOVE = """async () => {
    const c = %s, control = c.find('[data-look=clip]'), painted = c.panels[1].canvas.getContext('2d');
    const colours = () => painted.getImageData(0, 0, 200, 200).data.join();
    const before = colours(), start = performance.now();
    control.value = 91;
    control.dispatchEvent(new Event('input'));
    await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
    return [performance.now() - start, colours() !== before, c.find('.ends').textContent, c.data.maps[0].limit];
}"""


def of_visitors(sent: list[bytes]) -> int:
    """How many of the messages are no timer's, which may send one at any moment."""
    messages = [BackMsg.FromString(data) for data in sent]
    return sum(not message.rerun_script.is_auto_rerun for message in messages)


def test_a_display_control_repaints_without_the_server_and_is_in_link_and_file_afterwards(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    sent: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_app(page, QUICK)
    frames = of_visitors(sent)
    _, repainted, scale, limit = page.evaluate(MOVE % COMPARISON)
    assert repainted
    assert of_visitors(sent) == frames
    values = np.array(map_of(page, 1)) * comparison(page, "c.data.maps[0].step")
    assert limit == pytest.approx(np.percentile(np.abs(values), 91), rel=1e-4)
    assert f"−{limit:.2g}".replace("e-0", "e-") in scale
    expect(page.locator(".clipped").first).to_have_text("9.0% of the pixels are stronger than the scale")
    page.wait_for_url("**clip=91.0*")
    open_display(page)
    page.get_by_role("checkbox", name="Common colour scale").check()
    page.get_by_role("radio", name="Positive").check()
    page.wait_for_url("**common=true*")
    page.wait_for_url("**sign=positive*")
    wait_for_maps(page)
    with Image.open(download(page, "Picture (PNG)", tmp_path)) as sheet:
        display = json.loads(sheet.text["settings"])["display"]  # type: ignore[attr-defined]
        tile = np.asarray(sheet.convert("RGB"))
    assert (display["clip"], display["common"], display["sign"]) == (91, True, "positive")
    # The colours on the screen are those of the file: the painted map at its own size is in the sheet, twice as large.
    script = "Array.from(c.data.maps[1].image.getContext('2d').getImageData(0, 0, 160, 160).data)"
    drawn = np.array(comparison(page, script), np.uint8).reshape(160, 160, 4)[..., :3]
    left = 24 + 2 * (320 + 24)
    column = tile[:, left : left + 320 : 2].astype(int)
    nearest = min((np.abs(column[top : top + 320 : 2] - drawn) for top in range(len(column) - 320)), key=np.mean)
    assert np.mean(nearest > 2) < 0.01  # a value between two of the 255 steps may go either way
    assert nearest.max() <= 8


def test_two_maps_are_compared_in_one_place(visit: Visit) -> None:
    page = visit()
    open_app(page, QUICK)
    side_by_side = [pixels(page, panel) for panel in (1, 3)]
    assert side_by_side[0] != side_by_side[1]
    page.get_by_role("radio", name="Blink").check()
    page.wait_for_timeout(100)
    first = pixels(page, 1)
    page.wait_for_timeout(700)
    assert pixels(page, 1) == first  # it never begins by itself
    page.get_by_role("application").press(" ")
    page.wait_for_timeout(100)
    second = pixels(page, 1)
    assert second != first
    page.wait_for_timeout(700)
    assert pixels(page, 1) == second  # who asked for less motion sees one change a press
    page.emulate_media(reduced_motion="no-preference")
    page.get_by_role("application").press(" ")
    times = page.evaluate(TIMES % COMPARISON)
    assert len(times) == 3
    assert min(later - earlier for earlier, later in pairwise(times)) >= 333  # at most 3 Hz, also after the page was busy
    page.get_by_role("application").press(" ")
    assert comparison(page, "c.blink.timer") is None
    page.get_by_role("radio", name="Wipe").check()
    page.mouse.move(*place(page, 1, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*place(page, 1, 0.9, 0.5), steps=3)
    page.mouse.up()
    assert comparison(page, "c.look.mix") == pytest.approx(0.9, abs=0.02)
    page.get_by_role("radio", name="Difference").check()
    page.locator("[data-pair]").nth(1).select_option("b")
    page.wait_for_timeout(100)
    a, b, apart, limits = comparison(
        page, "[...c.data.maps.slice(0, 2).map(m => Array.from(m.values, v => v * m.step)), Array.from(c.apart), "
        "c.data.maps.map(map => map.limit)]"
    )  # fmt: skip
    np.testing.assert_allclose(apart, np.array(a) / limits[0] - np.array(b) / limits[1], atol=1e-4)
    page.wait_for_url("**pair=ab*")
    assert parameters(page)["view"] == "difference"


TIMES = """() => new Promise(resolve => {
    const c = %s, times = [];
    const watch = new MutationObserver(() => {
        times.push(performance.now());
        while (times.length === 1 && performance.now() - times[0] < 800);  // the page is busy
        if (times.length === 3) { watch.disconnect(); resolve(times); }
    });
    watch.observe(c.panels[1].title, {childList: true});
})"""
