"""The page that searches for the best settings, in a browser: from pictures to a sentence, and on to the comparison."""

import re

from playwright.sync_api import Page, expect

import lrp
from tests.browser.app import PATIENCE, comparison, headline, open_app, parameters, pick, wait_for_maps
from tests.browser.comparing import picture
from tests.browser.conftest import Visit
from tests.browser.test_access import NOTHING, violations, violations_by_scheme

LONG = 240_000  # milliseconds; a search on two busy cores
START = re.compile("^Search")


def open_search(page: Page) -> None:
    page.get_by_role("link", name="Best settings", exact=True).click(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="Which settings suit this network best?")).to_be_visible()
    expect(page.get_by_role("button", name=START)).to_be_visible()


def test_axe_finds_nothing_before_a_search_and_nothing_can_be_started(visit: Visit) -> None:
    page = visit()
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/settings")
        expect(page.get_by_text("Bring 4 more")).to_be_visible()
        expect(page.get_by_role("button", name=START)).to_be_disabled()
        page.get_by_text("How the search goes on").click()
        assert violations_by_scheme(page) == NOTHING, width


def test_from_pictures_to_a_sentence_and_on_to_the_comparison(visit: Visit) -> None:
    page = visit()
    open_app(page, "/?maps=bc&b=LRP-ε-γ-box&b_epsilon-gamma-box_gamma=5&c=LRP-ε")  # which the found settings must replace
    open_search(page)
    files = [{"name": f"{seed}.png", "mimeType": "image/png", "buffer": picture(seed)} for seed in range(4)]
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="Add pictures for the search")
    uploader.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(files)
    expect(page.get_by_text("10 pictures: 4 to search with")).to_be_visible()
    pick(page, "s_candidates", 6)
    pick(page, "s_shifts", 1)
    expect(page.get_by_role("button", name=START)).to_be_enabled()
    page.get_by_role("button", name=START).click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page.locator(".st-key-search-chart .main-svg").first).to_be_visible(timeout=LONG)
    expect(page.get_by_text(re.compile("6 held-out pictures")).first).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Open these settings in Compare").click()
    headline(page).wait_for(timeout=PATIENCE)
    wait_for_maps(page)
    link = parameters(page)
    assert "maps" not in link  # the first and the second of three, as at first
    assert link["averaged"] == "false"
    assert comparison(page, "c.data.maps.map(map => map.title)")[:2] == [lrp.EpsilonPlusFlat.label, link["b"]]
