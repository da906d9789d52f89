"""What a screen reader and a keyboard find on every page: titles, headings, names, skip links, and targets to hit."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.app import PATIENCE, headline, open_app
from tests.browser.comparing import open_display, open_methods
from tests.browser.conftest import Visit
from tests.browser.other_pages import PAGES

SMALL_TARGETS = """() => Array.from(document.querySelectorAll('button[aria-label^="Help for"]'))
    .filter(each => each.checkVisibility()).map(each => each.getBoundingClientRect())
    .filter(box => box.width < 24 || box.height < 24).length"""
FOCUSED = """() => {
    let found = document.activeElement;
    while (found.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
    return found.getAttribute('role') ?? found.textContent;
}"""


def names(page: Page, *roles: str) -> list[tuple[str, str]]:
    """Role and accessible name of everything on the page with one of these roles, as the browser hands them on."""
    tree: list[dict[str, Any]] = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    told = [(each["role"]["value"], each.get("name", {}).get("value", "")) for each in tree if not each["ignored"]]
    return [each for each in told if each[0] in roles]


def test_every_slider_has_a_name_and_no_two_settings_share_theirs(visit: Visit) -> None:
    page = visit()
    open_app(page, "/?maps=abcd&view=wipe")
    open_methods(page)
    open_display(page)
    expect(page.get_by_role("slider", name="Epsilon")).to_be_visible()  # the tree may lack what was drawn last
    sliders = names(page, "slider")
    assert len(sliders) >= 4
    assert all(name for _, name in sliders)
    buttons = [name for _, name in names(page, "button") if name.startswith("Settings")]
    assert len(buttons) == len({*buttons}) == 5  # four maps, and the file of the settings


def test_help_can_be_hit_skip_links_lead_to_the_heatmaps_and_every_page_has_a_title_and_a_first_heading_of_its_own(
    visit: Visit,
) -> None:
    page, titles = visit(), []
    open_app(page, "/")
    expect(page.get_by_role("button", name="Help for Explained class")).to_have_count(1)
    assert page.evaluate(SMALL_TARGETS) == 0
    for key in ("Tab", "Enter", "Tab"):
        page.keyboard.press(key)
    assert page.evaluate(FOCUSED) == "Skip to the heatmaps"
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED) == "application"
    expect(headline(page)).to_be_visible()
    for name in ("Compare", *PAGES, "How to read a heatmap"):
        page.get_by_role("link", name=name, exact=True).click(timeout=PATIENCE)
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        expect(page).to_have_title(f"{name} · LRP and Integrated Gradients")
        titles.append(page.title())
    assert len(set(titles)) == len(titles)
