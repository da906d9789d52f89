"""The crop by keyboard, and present mode by its keys."""

from playwright.sync_api import expect

from tests.browser.app import PATIENCE, comparison, headline, map_of, open_app, parameters, wait_for_change, wait_for_maps
from tests.browser.comparing import QUICK, open_display, open_methods
from tests.browser.conftest import Visit
from tests.browser.test_access import violations


def test_the_crop_is_moved_by_keyboard_and_shown_on_the_whole_picture(visit: Visit) -> None:
    page = visit()
    open_app(page, f"{QUICK}&crop=30,50,60")
    fold = page.get_by_test_id("stExpander").filter(has=page.get_by_text("Crop", exact=True)).first
    fold.locator("summary").press("Enter")
    expect(fold.get_by_role("img", name="The whole picture with a frame")).to_be_visible()
    before = map_of(page, 1)
    fold.get_by_role("slider", name="Centre, from the left").press("ArrowRight")
    page.wait_for_url("**crop=31*", timeout=PATIENCE)
    wait_for_change(page, 1, before)
    wait_for_maps(page)
    assert violations(page) == []


def test_what_a_link_asks_for_in_vain_is_said_in_present_mode_too(visit: Visit) -> None:
    page = visit()
    open_app(page, f"{QUICK}&present=true&zoom=no")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    note = page.get_by_text("Not all that the link asks for can be")
    expect(note).to_be_visible()
    page.get_by_role("button", name="Close this note").click()
    expect(note).to_have_count(0)


def test_keys_go_through_the_samples_and_out_of_present_mode(visit: Visit) -> None:
    page = visit(width=1440, height=900)
    open_app(page, QUICK)
    open_methods(page)
    open_display(page)
    page.get_by_role("button", name="Present").click()
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(page.get_by_text("Take it with you")).to_be_hidden()
    for panel in range(4):
        box = page.locator(".panel canvas").nth(panel).bounding_box()
        assert box
        assert box["width"] > 300
        assert box["y"] + box["height"] <= 900
    assert violations(page) == []
    before = headline(page).inner_text()
    page.keyboard.press("ArrowRight")
    expect(headline(page)).not_to_have_text(before)
    wait_for_maps(page)
    page.locator(".panels").press("ArrowRight")  # moves the cursor of the maps and nothing else
    assert comparison(page, "c.cursor !== null")
    sample = parameters(page)["sample"]
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status").filter(has_text="An uploaded picture would not be part of it")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    page.wait_for_url(lambda url: "present" not in url, timeout=PATIENCE)
    assert parameters(page)["sample"] == sample
    expect(page.get_by_role("button", name="Settings, second map")).to_be_visible()
    expect(page.locator("details.display")).to_have_attribute("open", "")
