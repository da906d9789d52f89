"""The guide in the browser: words that open, and the drawing that follows the sliders."""

import re

from playwright.sync_api import Page, expect

from tests.browser.app import control
from tests.browser.conftest import Visit
from tests.browser.test_access import violations


def open_guide(page: Page) -> None:
    page.goto("/guide")
    expect(page.get_by_role("heading", name="The words")).to_be_visible()
    expect(control(page, "network drawing").locator("svg")).to_be_visible()


def test_a_word_opens_its_explanation_by_keyboard(visit: Visit) -> None:
    page = visit()
    open_guide(page)
    word = page.locator("summary", has_text="logit").first
    meaning = page.locator("details", has=page.locator("summary", has_text="logit")).first.locator("span")
    expect(meaning).to_be_hidden()
    word.press("Enter")
    expect(meaning).to_be_visible()
    assert "number of points" in meaning.inner_text()
    assert violations(page) == []
    word.press("Enter")
    expect(meaning).to_be_hidden()


def test_the_drawing_follows_the_sliders_and_shows_each_way(visit: Visit) -> None:
    page = visit()
    open_guide(page)
    drawing = control(page, "network drawing").locator("svg")
    expect(drawing.locator(".amount").filter(has_text="+3")).to_have_count(1)
    widths = "edges => edges.map(edge => parseFloat(edge.style.strokeWidth))"
    before = drawing.locator(".edge").evaluate_all(widths)
    slider = control(page, "example v1").get_by_role("slider")
    slider.press("ArrowRight")
    expect(drawing.locator(".amount").filter(has_text="+3.75")).to_have_count(1)
    assert drawing.locator(".edge").evaluate_all(widths) != before
    page.get_by_role("radio", name="Forward", exact=True).click()
    expect(drawing).to_have_attribute("aria-label", re.compile("Each unit sums what flows in"))
    expect(drawing.locator(".amount").filter(has_text="R =")).to_have_count(0)


def test_the_guide_fits_every_window(visit: Visit) -> None:
    page = visit(scheme="dark")
    for width in (320, 390, 1024, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        open_guide(page)
        page.wait_for_timeout(500)
        assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth"), width
        assert page.locator(".annotated .circle").count() >= 6, width
