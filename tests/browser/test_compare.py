"""The comparison as a visitor meets it."""

import base64
import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from lrp.backbones import bundled_depths
from tests.browser.app import (
    COMPARISON,
    choose,
    comparison,
    control,
    expect_sentence,
    headline,
    link_box,
    map_of,
    open_app,
    parameters,
    pick,
    wait_for_change,
    wait_for_maps,
)
from tests.browser.conftest import Visit
from tests.loopback import Loopback, http

QUICK = "/?c=LRP-ε-z⁺"  # without Integrated Gradients, which take a while


def encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def picture(seed: int = 0) -> bytes:
    """A PNG that no sample is like."""
    pixels = np.random.default_rng(seed).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    return encoded(Image.fromarray(pixels).resize((240, 180), Image.Resampling.BICUBIC), "PNG")


def upload(page: Page, name: str, data: bytes, mime: str = "image/png") -> None:
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files({"name": name, "mimeType": mime, "buffer": data})


PASTE = """text => {
    const clipboard = new DataTransfer();
    clipboard.items.add(new File([Uint8Array.from(atob(text), each => each.charCodeAt(0))], 'a.png', {type: 'image/png'}));
    document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: clipboard, bubbles: true, cancelable: true}));
}"""


def fetch(page: Page, link: str) -> None:
    link_box(page).fill(link)
    page.get_by_role("button", name="Fetch picture").click()


def download(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def expect_maps(page: Page) -> None:
    """All three maps are there, with something in each."""
    wait_for_maps(page)
    for panel in (1, 2, 3):
        values = map_of(page, panel)
        assert len(values) == 160 * 160
        assert len(set(values)) > 100


def test_the_first_sight_is_a_finished_comparison(visit: Visit) -> None:
    page = visit()
    open_app(page, "/")
    expect_maps(page)
    expect(headline(page)).to_contain_text("ResNet-18 sees a cat")
    for title in ("LRP-ε", "LRP-ε-z⁺-flat", "Integrated Gradients"):
        expect(page.get_by_test_id("stMarkdown").filter(has=page.get_by_text(title, exact=True))).to_contain_text("Sums to")
    assert page.get_by_role("img", name=headline(page).inner_text()).count() == 1
    for title in ("LRP-ε", "LRP-ε-z⁺-flat", "Integrated Gradients"):
        expect(page.get_by_role("img", name=f"{title}. {title}: ")).to_be_visible()


def pixels(page: Page, panel: int) -> list[int]:
    """The colours of a panel as it is on the screen; 0 is the picture that the network saw."""
    script = f"Array.from(c.panels[{panel}].canvas.getContext('2d').getImageData(0, 0, 200, 200).data)"
    colours: list[int] = comparison(page, script)
    return colours


def place(page: Page, panel: int, x: float, y: float) -> tuple[float, float]:
    """The point of the window at these shares of a panel's width and height."""
    box = page.locator(".panel canvas").nth(panel).bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


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


def test_a_display_control_repaints_without_the_server_and_is_in_link_and_file_afterwards(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    sent: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_app(page, QUICK)
    frames = len(sent)
    _, repainted, scale, limit = page.evaluate(MOVE % COMPARISON)
    assert repainted
    assert len(sent) == frames
    values = np.array(map_of(page, 1)) * comparison(page, "c.data.maps[0].step")
    assert limit == pytest.approx(np.percentile(np.abs(values), 91), rel=1e-4)
    assert f"−{limit:.2g}".replace("e-0", "e-") in scale
    expect(page.locator(".clipped").first).to_have_text("9.0% of the pixels are stronger than the scale")
    page.wait_for_url("**clip=91.0*")
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
    assert min(later - earlier for earlier, later in pairwise(times)) >= 333  # at most 3 Hz
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
        if (times.length === 3) { watch.disconnect(); resolve(times); }
    });
    watch.observe(c.panels[1].title, {childList: true});
})"""


def test_epsilon_moved_by_keyboard_changes_the_first_map_and_the_link_and_nothing_else(visit: Visit) -> None:
    page = visit()
    open_app(page, "/")
    before, others = map_of(page, 1), [map_of(page, 2), map_of(page, 3)]
    time_of_ig = page.get_by_text("gap of").inner_text()
    slider = page.get_by_role("slider", name="Epsilon").first
    slider.focus()
    slider.press("ArrowRight")
    after = wait_for_change(page, 1, before)
    wait_for_maps(page)
    assert np.corrcoef(before, after)[0, 1] < 0.999
    assert [map_of(page, 2), map_of(page, 3)] == others
    assert page.get_by_text("gap of").inner_text() == time_of_ig
    assert parameters(page) == {"a_uniform-epsilon_epsilon": "0.5"}
    slider.press("Home")
    assert np.isfinite(wait_for_change(page, 1, after)).all()
    page.wait_for_url("**epsilon=0")


def test_relative_epsilon_changes_the_first_map(visit: Visit) -> None:
    page = visit()
    open_app(page, "/")
    before = map_of(page, 1)
    page.get_by_text("Relative epsilon").first.click()
    wait_for_change(page, 1, before)
    assert parameters(page)["a_uniform-epsilon_relative"] == "true"


def test_an_uploaded_picture_is_explained_and_the_sample_comes_back(visit: Visit) -> None:
    page = visit()
    open_app(page, QUICK)
    sample = map_of(page, 2)
    upload(page, "own.png", picture())
    wait_for_change(page, 2, sample)
    expect_maps(page)
    expect(page.get_by_text("(240 x 180)")).to_be_visible()
    own = map_of(page, 2)
    page.evaluate(PASTE, base64.b64encode(encoded(Image.new("RGB", (300, 210), "teal"), "PNG")).decode())
    pasted = wait_for_change(page, 2, own)
    expect(page.get_by_text("(300 x 210)")).to_be_visible()
    control(page, "tray 1").get_by_role("button").click()
    assert wait_for_change(page, 2, pasted) == own
    page.get_by_role("button", name="Back to the sample").click()
    assert wait_for_change(page, 2, own) == sample


def test_a_linked_picture_is_fetched_after_a_click_only(visit: Visit, web: Loopback) -> None:
    link = web.serve("/linked.png", http(picture(1)))
    page = visit()
    open_app(page, f"/?link={link}")
    expect(link_box(page)).to_have_value(link)
    sample = map_of(page, 2)
    assert not any("/linked.png" in request for request in web.requests)
    page.get_by_role("button", name="Fetch picture").click()
    wait_for_change(page, 2, sample)
    expect_maps(page)
    assert parameters(page)["link"] == link


def test_another_depth_is_another_network(visit: Visit) -> None:
    page, deeper = visit(), bundled_depths()[1]
    open_app(page, "/")
    before = map_of(page, 2)
    pick(page, "depth", deeper)
    wait_for_change(page, 2, before)
    expect(headline(page)).to_contain_text(f"ResNet-{deeper} sees")
    assert parameters(page) == {"depth": str(deeper)}
    expect_maps(page)


def test_a_class_is_chosen_by_name_and_by_the_top_five(visit: Visit) -> None:
    page = visit()
    open_app(page, QUICK)
    first = map_of(page, 1)
    choose(page, "class", "church")
    second = wait_for_change(page, 1, first)
    expect(page.get_by_text("pixels speak for church")).to_be_visible()
    assert parameters(page)["class"] == "church"
    wait_for_maps(page)
    control(page, "top five").get_by_role("radio").first.click()
    assert wait_for_change(page, 1, second) == first
    assert parameters(page)["class"] == "cat"
    wait_for_maps(page)
    runner_up = control(page, "top five").get_by_role("radio").nth(1).inner_text().rpartition(" ")[0]
    bars = page.locator(".js-plotly-plot .nsewdrag").bounding_box()
    assert bars
    page.mouse.click(bars["x"] + bars["width"] / 2, bars["y"] + bars["height"] * 0.3)  # the second of five rows
    third = wait_for_change(page, 1, first)
    assert parameters(page)["class"] == runner_up
    wait_for_maps(page)
    choose(page, "objective", "Why this rather than that?")
    wait_for_maps(page)
    choose(page, "versus", "church")
    wait_for_change(page, 1, third)
    expect(page.get_by_text(f"pixels speak for {runner_up} rather than church")).to_be_visible()


def test_each_map_has_a_method_of_its_own(visit: Visit) -> None:
    page = visit()
    open_app(page, "/")
    before = [map_of(page, panel) for panel in (1, 2, 3)]
    choose(page, "b", "LRP-ε-α2β1")
    wait_for_change(page, 2, before[1])
    wait_for_maps(page)
    assert map_of(page, 1) == before[0]
    assert map_of(page, 3) == before[2]
    assert parameters(page) == {"b": "LRP-ε-α2β1"}


def test_a_link_restores_every_setting(visit: Visit) -> None:
    page = visit()
    open_app(page, "/")
    choose(page, "c", "LRP-ε-γ-box")  # first, for Integrated Gradients of an unlikely class take many steps
    wait_for_maps(page)
    pick(page, "sample", "Temple")
    wait_for_maps(page)
    choose(page, "class", "parachute")
    wait_for_maps(page)
    slider = page.get_by_role("slider", name="Epsilon").first
    slider.press("ArrowLeft")
    page.wait_for_url("**epsilon=0.1*")
    page.get_by_role("radio", name="Positive").check()
    page.get_by_role("checkbox", name="Common colour scale").check()
    page.wait_for_url("**common=true*")
    wait_for_maps(page)
    settings, maps = parameters(page), [map_of(page, panel) for panel in (1, 2, 3)]
    assert set(settings) == {"sample", "class", "a_uniform-epsilon_epsilon", "c", "sign", "common"}
    other = visit()
    open_app(other, page.url)
    assert [map_of(other, panel) for panel in (1, 2, 3)] == maps
    assert parameters(other) == settings
    assert comparison(other, "c.look") == comparison(page, "c.look")


def test_what_is_taken_away_reads_back(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    open_app(page, "/?class=church")
    with Image.open(download(page, "Picture (PNG)", tmp_path)) as sheet:
        sheet.load()
        settings = json.loads(sheet.text["settings"])  # type: ignore[attr-defined]
        assert sheet.width > 4 * 300
    assert settings["explained class"] == "church"
    assert json.loads(download(page, "Settings (JSON)", tmp_path).read_text()) == settings
    drawn = map_of(page, 1)
    with np.load(download(page, "Numbers (NPZ)", tmp_path)) as numbers:
        assert json.loads(str(numbers["settings"])) == settings
        assert numbers["picture"].shape == (160, 160, 3)
        relevance = numbers["relevance_1_uniform-epsilon"]
        assert relevance.shape == (3, 160, 160)
    assert np.corrcoef(relevance.sum(0).ravel(), drawn)[0, 1] > 0.99999


def test_integrated_gradients_can_be_cancelled_and_tried_again(visit: Visit) -> None:
    page = visit()
    # The deepest network, an unlikely class and a strict tolerance: long enough to be cancelled on any machine.
    long = "c_integrated-gradients_n_steps=512&c_integrated-gradients_tolerance=0.005"
    page.goto(f"/?depth={bundled_depths()[-1]}&sample=Temple&class=parachute&{long}")
    page.get_by_role("button", name="Cancel").click(timeout=60_000)
    expect_sentence(page, "Integrated Gradients was cancelled")
    assert len(map_of(page, 1)) == 160 * 160
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_test_id("stProgress")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Cancel").click(timeout=60_000)


def test_two_visitors_do_not_see_each_others_pictures(visit: Visit) -> None:
    one, two = visit(), visit()
    open_app(one, "/")
    open_app(two, "/")
    sample = map_of(two, 2)
    upload(one, "one.png", picture(2))
    upload(two, "two.png", picture(3))
    maps = [wait_for_change(page, 2, sample) for page in (one, two)]
    assert maps[0] != maps[1]


def test_a_bad_file_is_one_sentence_and_the_comparison_stays(visit: Visit) -> None:
    page = visit()
    open_app(page, "/")
    before = map_of(page, 2)
    for name, data, words in (
        ("note.png", b"this is a text, not a picture", "not a picture that we can read"),
        ("empty.png", b"", "empty"),
        ("cut.jpg", encoded(Image.new("RGB", (300, 200), "red"), "JPEG")[:400], "damaged or incomplete"),
        ("bomb.png", encoded(Image.new("1", (12_000, 12_000)), "PNG"), "12,000 x 12,000"),
    ):
        upload(page, name, data)
        expect_sentence(page, words)
        wait_for_maps(page)
        assert map_of(page, 2) == before


def test_a_bad_link_is_one_sentence_and_stays_where_it_was_typed(visit: Visit, web: Loopback) -> None:
    page, patient = visit(), visit()
    for each in (page, patient):
        open_app(each, QUICK)
    before = map_of(page, 2)
    silence = web.serve("/silence", web.silence)
    fetch(patient, silence)  # this one waits for its ten seconds while the others are tried
    web_page = web.serve("/page", http(b"<!doctype html><title>A cat</title>", content_type="text/html"))
    for visitor, link, words in (
        (page, "file:///etc/passwd", "begin with http:// or https://"),
        (page, "http://127.0.0.1/", "could not fetch a picture"),
        (page, "http://169.254.169.254/", "could not fetch a picture"),
        (page, web_page, "leads to a web page"),
        (page, web.url("/missing.png"), "no picture at this address (404)"),
        (patient, silence, "longer than 10 seconds"),
    ):
        if visitor is page:
            fetch(page, link)
        expect_sentence(visitor, words)
        wait_for_maps(visitor)
        assert map_of(visitor, 2) == before
        expect(link_box(visitor)).to_have_value(link)


def test_imagenet_without_a_network_is_one_sentence_and_the_comparison_stays(visit: Visit) -> None:
    page = visit()
    open_app(page, "/")
    before = map_of(page, 2)
    control(page, "weights").get_by_text("ImageNet").click()
    expect_sentence(page, "could not be downloaded")
    wait_for_maps(page)
    assert map_of(page, 2) == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_window_shows_everything_without_scrolling_sideways(visit: Visit, scheme: str) -> None:
    page = visit(390, 844, scheme)
    open_app(page, "/")
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    (left, top), (right, same), (below_left, below) = (place(page, panel, 0, 0) for panel in range(3))
    assert top == same < below  # two by two
    assert left == below_left < right
    page.set_viewport_size({"width": 320, "height": 256})  # which is 1280 pixels at a zoom of 400 %
    page.wait_for_function(f"() => {COMPARISON}.panels[0].canvas.clientWidth > 250")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_text("Methods and their settings").click()
    expect(control(page, "c").get_by_role("combobox")).to_be_visible()
    expect(link_box(page)).to_be_hidden()  # so that the tab key does not come to it
    page.get_by_test_id("stExpandSidebarButton").press("Enter")
    expect(link_box(page)).to_be_visible()
