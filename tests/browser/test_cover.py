"""The sliders under the maps: covering what a map marks, by hand and by keyboard, without the server."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.app import COMPARISON, PATIENCE, comparison, control, expect_parameters, open_app, wait_for_maps
from tests.browser.comparing import QUICK, picture, upload
from tests.browser.conftest import Visit
from tests.browser.test_access import NOTHING, violations_by_scheme
from tests.browser.test_canvas import pixels


def wait_for_curves(page: Page) -> None:
    """Waits until every map that is drawn can be covered."""
    page.wait_for_function(
        f"""() => {{
            const c = {COMPARISON};
            return c?.panels.filter(panel => panel.kind === 'map').every(panel => !panel.cover.slider.disabled);
        }}""",
        timeout=PATIENCE,
    )


def open_covered(page: Page, link: str = QUICK) -> None:
    open_app(page, link)
    wait_for_curves(page)


def slider(page: Page, method: str, does: str = "Cover") -> Locator:
    return page.get_by_role("slider", name=f"{does} the most relevant, {method}", exact=True)


def test_a_drag_covers_the_picture_and_moves_the_bars_without_the_server(visit: Visit) -> None:
    page = visit()
    sent: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_covered(page)
    page.wait_for_timeout(1000)
    mine = slider(page, "LRP-ε")
    mine.scroll_into_view_if_needed()
    box = mine.bounding_box()
    assert box
    whole, others, frames = pixels(page, 1), pixels(page, 2), len(sent)
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    shares, said = [], []
    for part in (0.2, 0.4, 0.6):
        page.mouse.move(box["x"] + part * box["width"], box["y"] + box["height"] / 2, steps=4)
        page.wait_for_timeout(50)
        shares.append(comparison(page, "c.cover.shares.a"))
        said.append(page.locator(".outputs .explained .text").first.inner_text())
    assert len(sent) == frames
    assert shares == sorted(set(shares))
    values = [float(text.rstrip("%")) for text in said]
    way = comparison(page, "c.curves.find(each => each.key === 'a').deletion.texts.map(texts => texts[0])")
    assert said == [way[round(share / 5)] for share in shares]
    assert values[0] > values[-1]  # what the map marks is what the network needs
    assert pixels(page, 1) != whole
    assert pixels(page, 2) == others
    page.mouse.up()
    page.wait_for_url(f"**cover=a{shares[-1]}*")
    wait_for_maps(page)
    assert comparison(page, "c.cover.shares.a") == shares[-1]  # the run that writes the link leaves the slider where it is
    mine.press("Home")
    expect(page.locator(".sentence").first).to_be_hidden()
    page.wait_for_timeout(50)
    assert pixels(page, 1) == whole


def test_the_covered_picture_is_what_the_network_was_shown_and_a_new_map_is_covered_by_its_own_squares(visit: Visit) -> None:
    page = visit()
    open_covered(page, f"{QUICK}&cover=a20,b30")
    covered, seen, behind, turns = comparison(
        page,
        "(() => { const panel = c.panels[2], curves = c.curves.find(each => each.key === 'b');"
        "const drawn = panel.covered.image.getContext('2d').getImageData(0, 0, 160, 160).data;"
        "return [drawn, c.data.rgb, curves.rgb, curves.deletion.turns].map(values => Array.from(values)); })()",
    )  # fmt: skip
    assert len(turns) == 400
    for square in range(0, 400, 7):
        y, x = 8 * (square // 20) + 3, 8 * (square % 20) + 5
        at = 160 * y + x
        wanted = behind if turns[square] <= 6 else seen
        assert covered[4 * at : 4 * at + 3] == wanted[3 * at : 3 * at + 3]
    assert sum(turn <= 6 for turn in turns) == 120  # 30 % of 400 squares
    before = comparison(page, "Array.from(c.curves.find(each => each.key === 'a').deletion.turns)")
    page.get_by_role("slider", name="Epsilon").first.press("ArrowRight")
    page.wait_for_function(
        f"before => {COMPARISON}.curves.find(each => each.key === 'a' && each.digest === {COMPARISON}.data.maps[0].digest)"
        "?.deletion.turns.some((turn, i) => turn !== before[i])",
        arg=before, timeout=PATIENCE,
    )  # fmt: skip
    wait_for_curves(page)
    assert comparison(page, "c.cover.shares") == {"a": 20, "b": 30}
    assert comparison(page, "c.panels[1].covered.name").startswith(str(comparison(page, "c.data.maps[0].digest")))


def test_the_keyboard_moves_all_sliders_together_and_shows_only_what_is_marked(visit: Visit) -> None:
    page = visit()
    open_covered(page)
    page.get_by_role("checkbox", name="Move all together").check()
    first = slider(page, "LRP-ε")
    for _ in range(3):
        first.press("ArrowRight")
    assert comparison(page, "c.cover.shares") == {"a": 15, "b": 15, "c": 15}
    spoken = first.get_attribute("aria-valuetext") or ""
    assert spoken.startswith("Without the 15% that this map marks most: cat ")
    assert page.locator(".sentence").first.inner_text() == spoken
    page.get_by_role("radio", name="Show only").check()
    shown = slider(page, "LRP-ε", "Show only")
    assert (shown.get_attribute("aria-valuetext") or "").startswith("With only the 15% that this map marks most: cat ")
    expect_parameters(page, {"c": "LRP-ε-z⁺", "cover": "a15,b15,c15", "only": "true", "together": "true"})
    page.reload()
    expect(page.get_by_role("checkbox", name="Move all together")).to_be_checked()
    assert page.locator(".plot svg").first.get_attribute("aria-label").startswith("cat while the most relevant squares are shown")  # type: ignore[union-attr]


def test_axe_finds_nothing_on_covered_maps(visit: Visit) -> None:
    page = visit()
    open_covered(page, f"{QUICK}&cover=a20,b40,c10&only=true")
    assert violations_by_scheme(page) == NOTHING


def test_covered_maps_fit_every_window(visit: Visit) -> None:
    page = visit()
    for width in (320, 390, 768, 1024, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        open_covered(page, f"{QUICK}&cover=a20,b40,c10")
        assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth"), width
        for each in page.locator(".cover input[type=range]").all():
            box = each.bounding_box()
            assert box, width
            assert box["width"] > 90, width
            assert box["height"] >= 24, width
        assert control(page, "canvas").count() == 1, width


def test_an_open_fold_stays_open_while_curves_come_and_a_region_is_marked(visit: Visit) -> None:
    page = visit()
    open_covered(page)
    page.get_by_text("These maps in words").click()
    fold = page.get_by_test_id("stExpander").filter(has_text="These maps in words").locator("details")
    expect(fold).to_have_attribute("open", "")
    seen = "c.data.rgb.reduce((sum, value) => sum + value, 0)"
    before = comparison(page, seen)
    upload(page, "mine.png", picture(17))  # whose curves nobody has measured
    page.wait_for_function(f"() => {{ const c = {COMPARISON}; return {seen} !== {before}; }}", timeout=PATIENCE)
    wait_for_maps(page)
    wait_for_curves(page)
    expect(fold).to_have_attribute("open", "")
    for key in ("ArrowRight", "Enter", "Shift+ArrowRight", "Shift+ArrowDown", "Enter"):
        page.get_by_role("application").press(key)
    expect(page.get_by_role("heading", name="The marked region")).to_be_visible()
    expect(fold).to_have_attribute("open", "")
