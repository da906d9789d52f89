"""What only a browser shows of the pages beside the comparison."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import expect_parameters, headline, parameters, pick_depth
from tests.browser.conftest import Visit
from tests.browser.other_pages import PAGES, open_page, wait_for_page
from tests.browser.test_access import NOTHING, violations_by_scheme
from tests.browser.test_names_and_targets import SMALL_TARGETS, names

# Moves the slider as a drag does, and says what the map and the sentence are before and after, in one turn of the browser.
DRAG = """to => {
    const find = selector => [...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector(selector)).find(e => e);
    const [slider, map, said] = ['.strip input', '.strip .chosen', '.strip output'].map(find);
    const look = () => [map.toDataURL(), said.textContent, slider.ariaValueText];
    const before = look();
    slider.value = to;
    slider.dispatchEvent(new Event('input', {bubbles: true}));
    return [before, look()];
}"""


def test_dragging_epsilon_changes_the_map_without_the_server_and_the_link_follows(visit: Visit) -> None:
    page = visit()
    sent: list[float] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    open_page(page, "Epsilon")
    assert parameters(page)["epsilon"] == "0.25"
    already = len(sent)
    steps = [page.evaluate(DRAG, to) for to in (4, 12, 18)]
    assert len(sent) == already
    for before, after in steps:
        assert all(old != new for old, new in zip(before, after, strict=True))
    page.wait_for_function("() => new URL(location).searchParams.get('epsilon') === '5'", timeout=60_000)
    slider = page.get_by_role("slider", name="Epsilon")
    slider.focus()
    slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "2.5")
    page.wait_for_function("() => new URL(location).searchParams.get('epsilon') === '2.5'", timeout=60_000)
    wait_for_page(page, "Epsilon")
    expect(slider).to_have_attribute("aria-valuetext", "2.5")  # the server's answer has not moved it back


def click_bar(page: Page, block: int) -> None:
    page.locator(".js-plotly-plot .bars .point path").nth(block).click(force=True)


def test_a_click_on_a_bar_shows_the_map_of_its_block(visit: Visit) -> None:
    page = visit()
    open_page(page, "Layers")
    expect(page.get_by_text("layer3.1, 10 × 10")).to_be_visible()
    click_bar(page, 7)  # of the strengths, from the output down: fc, avgpool, layer4.1, 4.0, 3.1, 3.0, 2.1, 2.0
    expect(page.get_by_text("layer2.0, 20 × 20")).to_be_visible()
    wait_for_page(page, "Layers")
    assert parameters(page)["block"] == "layer2.0"


def test_a_box_is_drawn_over_the_maps_and_measured(visit: Visit) -> None:
    page = visit()
    open_page(page, "How far to trust")
    page.get_by_role("tab", name="Is it in the right place?").click()
    page.get_by_role("button", name="Mark a region").click()
    place = page.get_by_role("img", name="What the network saw").bounding_box()
    assert place
    corners = [(place["x"] + share * place["width"], place["y"] + share * place["height"]) for share in (0.2, 0.7)]
    page.mouse.move(*corners[0])
    page.mouse.down()
    page.mouse.move(*corners[1], steps=4)
    page.mouse.up()
    expect(page.get_by_text(re.compile("The box covers 2[56]% of the picture"))).to_be_visible()
    expect(page.locator(".st-key-box-chart")).to_be_visible()
    drawn = [int(border) for border in parameters(page)["region"].split(",")]
    assert drawn == pytest.approx([32, 32, 113, 113], abs=1)  # of 160 pixels


def test_what_was_chosen_is_carried_from_page_to_page_and_so_is_the_link(visit: Visit) -> None:
    page = visit()
    link = {"sample": "Temple", "depth": "34", "a": "LRP-ε-γ-box", "c": "LRP-ε-z⁺", "photo": "0.7", "region": "9,9,60,60"}
    setting = {"b_epsilon-plus-flat_epsilon": "0.01"}  # which the browser has in a closed menu
    open_page(page, "Layers", f"/?{urlencode(link | setting)}")
    expect_parameters(page, link | setting)
    page.reload()
    wait_for_page(page, "Layers")
    expect(headline(page)).to_contain_text("ResNet-34 sees a church")
    expect_parameters(page, link | setting)
    pick_depth(page, 18)
    expect(headline(page)).to_contain_text("ResNet-18 sees")
    page.get_by_role("link", name="How to read a heatmap").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    del link["depth"]  # the usual one is not in a link
    expect_parameters(page, link | setting)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_names_and_targets_fits_a_narrow_window_and_is_accessible_in_light_and_dark(visit: Visit, name: str) -> None:
    page = visit()
    open_page(page, name)
    assert all(told for _, told in names(page, "slider"))
    buttons = [told for _, told in names(page, "button") if told.startswith("Settings")]
    assert len(buttons) == len({*buttons})
    assert page.evaluate(SMALL_TARGETS) == 0
    page.set_viewport_size({"width": 390, "height": 844})
    chart = "document.querySelector('.js-plotly-plot .main-svg')?.getBoundingClientRect().width"
    page.wait_for_function(f"() => {chart} < 390", timeout=60_000)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_function(f"() => {chart} > 390", timeout=60_000)
    wait_for_page(page, name)
    for expander in page.get_by_test_id("stExpander").all():
        expander.locator("summary").first.click()
    assert violations_by_scheme(page) == NOTHING
