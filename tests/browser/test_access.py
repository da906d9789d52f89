"""Accessibility: axe's rules on every page, light and dark, and the main path by keyboard alone."""

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import expect_sentence, link_box, open_app, wait_for_maps
from tests.browser.conftest import Visit
from tests.browser.other_pages import PAGES, open_page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# Violations inside Streamlit's own widgets, which no setting of ours reaches: rule -> why it is let pass.
ALLOWED: dict[str, str] = {}


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
    broken = [rule for rule in found if rule["id"] not in ALLOWED]
    return [f"{rule['id']}: {rule['help']}: {[node['html'][:160] for node in rule['nodes'][:4]]}" for rule in broken]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_comparison(visit: Visit, scheme: str) -> None:
    page = visit(scheme=scheme)
    open_app(page, "/?view=wipe&depth=50&region=10,10,60,60&maps=abcd")
    for expander in ("These maps in words", "Which rule where", "Reproduce this"):
        page.get_by_text(expander).click()
    expect(page.get_by_text("conv1").first).to_be_visible(timeout=60_000)
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_the_other_pages(visit: Visit, name: str, scheme: str) -> None:
    page = visit(scheme=scheme)
    open_page(page, name)
    for expander in page.get_by_test_id("stExpander").all():
        expander.locator("summary").first.click()
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_an_error(visit: Visit, scheme: str) -> None:
    page = visit(scheme=scheme)
    open_app(page, "/")
    link_box(page).fill("file:///etc/passwd")
    page.get_by_role("button", name="Fetch picture").click()
    expect_sentence(page, "begin with http")
    wait_for_maps(page)
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_guide(visit: Visit, scheme: str) -> None:
    page = visit(scheme=scheme)
    open_app(page, "/")
    page.get_by_role("link", name="How to read a heatmap").click()
    expect(page.get_by_role("heading", name="How to read a heatmap", level=1)).to_be_visible(timeout=60_000)
    assert violations(page) == []
