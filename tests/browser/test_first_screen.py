"""What a newcomer sees without scrolling."""

import pytest

from tests.browser.app import open_app
from tests.browser.comparing import QUICK
from tests.browser.conftest import Visit


@pytest.mark.parametrize(("width", "height", "panels"), [(1440, 800, 4), (390, 844, 2)])
def test_the_picture_and_its_maps_are_on_the_first_screen(visit: Visit, width: int, height: int, panels: int) -> None:
    page = visit(width, height)
    open_app(page, QUICK)
    boxes = [page.locator(".panel canvas").nth(place).bounding_box() for place in range(panels)]
    for box in boxes:
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
        assert box["width"] > 150
