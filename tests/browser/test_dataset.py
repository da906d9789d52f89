"""The page of whole data sets in a browser: its clusters, and pictures that are drawn round."""

from pathlib import Path

from playwright.sync_api import Page, expect

import lrp
from tests.browser.app import wait_for_rest
from tests.browser.conftest import Visit
from tests.browser.test_access import violations
from tests.lrp.datasets.kit import EACH, make_store, pictures, write


def draw_round(page: Page, left: float, top: float, right: float, bottom: float) -> None:
    """Draws a lasso round a part of the scatter, in shares of its width and height."""
    box = page.locator(".st-key-cluster-chart .nsewdrag").first.bounding_box()
    assert box
    corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
    page.mouse.move(box["x"] + left * box["width"], box["y"] + top * box["height"])
    page.mouse.down()
    for across, down in corners[1:]:
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"], steps=6)
    page.mouse.up()


def test_a_lasso_selects_and_axe_finds_nothing(visit: Visit, datasets: Path) -> None:
    for marked in (True, False):
        write(datasets / "photos", pictures(marked), "marked" if marked else "plain")
    backbone = lrp.load_backbone()
    make_store(datasets / "store", datasets / "photos", backbone, backbone.categories.index("cat"))
    page = visit(height=1600)
    page.goto("/dataset?dataset=store&set_view=Clusters")
    marked_ones = page.get_by_text(f"These {EACH} of {2 * EACH} pictures are decided by their lower left corner")
    expect(marked_ones).to_be_visible()
    expect(page.get_by_text("Take it along")).to_be_visible()
    assert violations(page) == []
    draw_round(page, 0.01, 0.01, 0.99, 0.99)
    expect(page.get_by_text(f"All {2 * EACH} pictures together")).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("Pictures", exact=True).click()
    expect(page.get_by_text("Choose rows of the table")).to_be_visible()
    expect(page.get_by_text("the others", exact=True)).to_have_count(0)  # faded until it goes
    wait_for_rest(page)
    assert violations(page) == []
