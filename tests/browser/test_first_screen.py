"""What a newcomer sees without scrolling."""

from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browser.app import (
    COMPARISON,
    choose,
    control,
    expect_parameters,
    headline,
    network_menu,
    open_app,
    pick_depth,
    wait_for_maps,
)
from tests.browser.comparing import QUICK, open_display
from tests.browser.conftest import Visit


@pytest.mark.parametrize(("width", "height", "panels"), [(1440, 800, 4), (390, 844, 2)])
def test_the_picture_and_its_maps_are_on_the_first_screen(visit: Visit, width: int, height: int, panels: int) -> None:
    page = visit(width, height)
    open_app(page, QUICK)
    drawn = f"Array.from({COMPARISON}.find('.panels').querySelectorAll('.panel canvas')).slice(0, {panels})"
    with suppress(TimeoutError):  # the page is laid out anew once the browser has told how wide it is
        page.wait_for_function(f"() => {drawn}.every(each => each.getBoundingClientRect().bottom <= innerHeight)", timeout=20_000)
    boxes = [page.locator(".panel canvas").nth(place).bounding_box() for place in range(panels)]
    for box in boxes:
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
        assert box["width"] > 150


def test_on_a_phone_the_bar_is_one_row_and_a_class_of_its_closed_menu_follows_the_bars(visit: Visit) -> None:
    page = visit(390, 844)
    open_app(page, QUICK)
    opener, bars = control(page, "network menu"), page.locator(".bars").get_by_role("button")
    heights = [box["y"] for each in opener.locator("xpath=..").locator("button").all() if (box := each.bounding_box())]
    assert len(heights) == 3
    assert max(heights) - min(heights) < 2
    with network_menu(page):
        choose(page, "class", "church")
        expect(page.get_by_text("pixels speak for church")).to_be_visible()
    wait_for_maps(page)
    name = bars.nth(1).locator(".name").inner_text()
    bars.nth(1).click()
    expect(page.get_by_text(f"pixels speak for {name}")).to_be_visible()
    wait_for_maps(page)
    open_display(page)
    page.get_by_role("radio", name="Positive").check()  # the browser sends the values of all controls again
    pick_depth(page, 34)
    expect(headline(page)).to_contain_text("ResNet-34 sees")
    wait_for_maps(page)
    expect_parameters(page, {"c": "LRP-ε-z⁺", "depth": "34", "class": name, "sign": "positive"})
