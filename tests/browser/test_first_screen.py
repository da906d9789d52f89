"""What a newcomer sees without scrolling."""

from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError

from tests.browser.app import COMPARISON, open_app
from tests.browser.comparing import QUICK
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
