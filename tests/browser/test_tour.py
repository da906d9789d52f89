"""The tour in a browser: by mouse and by keyboard, by its addresses, and without a trace afterwards."""

import re
from contextlib import suppress
from typing import Literal

from playwright.sync_api import Locator, Page, expect

from tests.browser.app import PATIENCE, comparison, parameters, wait_for_rest
from tests.browser.comparing import QUICK, picture, upload
from tests.browser.conftest import Visit
from tests.browser.test_access import BACKGROUNDS, REPAINTED, violations
from tests.browser.test_cover import open_covered, wait_for_curves


def card(page: Page) -> Locator:
    return page.get_by_role("dialog")


def expect_step(page: Page, step: int) -> None:
    expect(card(page).get_by_role("heading")).to_have_text(re.compile(f"^{step} of 4"))


def test_the_tour_shows_covers_and_leaves_the_page_as_it_was(visit: Visit) -> None:
    page = visit(height=800)
    open_covered(page, f"{QUICK}&clip=95.0&cover=a10")
    before = comparison(page, "[{...c.look}, {...c.cover}]")
    page.get_by_role("button", name="Show me").click()
    expect_step(page, 1)
    expect(card(page)).to_contain_text("sees a cat")
    for step in (2, 3, 4):
        card(page).get_by_role("button", name="Next").click()
        expect_step(page, step)
        page.wait_for_url(f"**step={step}*")
        if step == 2:
            assert comparison(page, "c.look.photo") == 0.4
            assert comparison(page, "c.cover.shares") == {}
        if step == 3:
            (share,) = comparison(page, "Object.values(c.cover.shares)")
            sentence = page.locator(".panel .sentence:visible").inner_text()
            assert sentence.startswith(f"Without the {share}% that this map marks most: cat ")
            expect(card(page)).to_contain_text(sentence)
            assert page.locator(".panel canvas").nth(2).evaluate("e => e.getBoundingClientRect().top") < 300
    assert len(comparison(page, "Object.values(c.cover.shares)")) == 2
    card(page).get_by_role("button", name="Done").click()
    expect(card(page)).to_have_count(0)
    page.wait_for_url(lambda url: "step" not in url)
    assert comparison(page, "[{...c.look}, {...c.cover}]") == before
    page.wait_for_url("**cover=a10*", timeout=PATIENCE)
    expect(page.get_by_role("button", name="Show me")).to_be_visible()


def test_the_keyboard_goes_through_the_tour_and_out_of_it_and_the_next_one_is_about_the_own_picture(visit: Visit) -> None:
    page = visit()
    open_covered(page)
    page.get_by_role("button", name="Show me").press("Enter")
    expect_step(page, 1)
    titled = "e => e.shadowRoot?.activeElement?.id === 'tour-title'"
    page.wait_for_function(f"() => [...document.querySelectorAll('*')].some({titled})")
    for key, step in (("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("Tab", 2)):
        page.keyboard.press(key)
        expect_step(page, step)
    page.keyboard.press("Escape")
    expect(card(page)).to_have_count(0)
    upload(page, "mine.png", picture())
    expect(page.locator(".st-key-headline")).not_to_contain_text("sees a cat")
    wait_for_curves(page)
    page.get_by_role("button", name="Show me").click()
    expect_step(page, 1)
    said = page.locator(".st-key-headline h2").inner_text()
    expect(card(page)).to_contain_text(said.strip())


def go_to(page: Page, name: str) -> None:
    """Goes to another page; once more where a message of the page that is left came after the click and brought it back."""
    heading = page.get_by_role("heading", level=1)
    for _ in range(5):
        wait_for_rest(page)
        page.get_by_role("link", name=name, exact=True).click()
        with suppress(AssertionError):
            return expect(heading).to_have_text(name, timeout=PATIENCE / 6)
    expect(heading).to_have_text(name)


def test_a_moved_slider_is_told_in_the_card_and_escape_leaves_from_there_for_good(visit: Visit) -> None:
    page = visit(height=800)
    open_covered(page, QUICK)
    page.get_by_role("button", name="Show me").click()
    for _ in range(2):
        card(page).get_by_role("button", name="Next").click()
    expect_step(page, 3)
    expect(card(page)).to_contain_text("Without the ")
    slider = page.get_by_role("slider", name=re.compile("^Cover the most relevant, LRP-ε-z⁺-flat"))
    slider.press("ArrowRight")
    expect(card(page)).to_contain_text("You have moved the slider")
    slider.press("ArrowLeft")
    expect(card(page)).to_contain_text("Without the ")
    slider.press("Escape")
    expect(card(page)).to_have_count(0)
    page.wait_for_url(lambda url: "step" not in url)
    for name in ("Epsilon", "Compare"):
        go_to(page, name)
    wait_for_curves(page)
    expect(page.get_by_role("button", name="Show me")).to_be_visible()
    assert "step" not in parameters(page)


def test_a_reload_in_the_tour_loses_no_slider_and_a_preset_pressed_in_it_stays(visit: Visit) -> None:
    page = visit(height=800)
    own = {"cover": "a60,c20", "only": "true"}
    open_covered(page, f"{QUICK}&cover=a60%2Cc20&only=true&step=3")
    expect_step(page, 3)
    page.reload()
    wait_for_curves(page)
    expect_step(page, 3)
    page.get_by_text("Methods, their settings, and presets").click()
    smooth = page.get_by_role("button", name="Smooth")
    smooth.click()
    page.wait_for_url("**photo=0.7*", timeout=PATIENCE)
    smooth.press("ArrowLeft")  # a button has no use for it
    expect_step(page, 2)
    smooth.press("ArrowRight")
    expect_step(page, 3)
    smooth.press("Escape")
    expect(card(page)).to_have_count(0)
    page.wait_for_url(lambda url: "step" not in url and "a60" in url, timeout=PATIENCE)  # the canvas tells it a moment later
    wait_for_rest(page)
    assert comparison(page, "c.look.photo") == 0.7
    assert comparison(page, "[c.cover.only, c.cover.shares]") == [True, {"a": 60, "c": 20}]
    assert {name: parameters(page).get(name) for name in own} == own


def nothing_covers(page: Page) -> bool:
    """Whether the card is on top at its four corners, as at its middle."""
    box = card(page).bounding_box()
    assert box
    shares = (0.05, 0.5, 0.95)
    across, down = [box["x"] + each * box["width"] for each in shares], [box["y"] + each * box["height"] for each in shares]
    top = "([x, y]) => Boolean(document.elementFromPoint(x, y)?.shadowRoot?.elementFromPoint(x, y)?.closest('.card'))"
    return all(page.evaluate(top, [x, y]) for x in across for y in down)


def test_each_step_is_an_address_fits_and_is_accessible(visit: Visit) -> None:
    page = visit()
    schemes: tuple[Literal["dark", "light"], ...] = ("dark", "light", "dark", "light")
    for step, width, scheme in zip((1, 2, 3, 4), (320, 390, 390, 1440), schemes, strict=True):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)
        open_covered(page, f"{QUICK}&step={step}")
        expect_step(page, step)
        assert nothing_covers(page)
        assert parameters(page)["step"] == str(step)
        box = card(page).bounding_box()
        assert box, step
        assert box["x"] >= 0, step
        assert box["x"] + box["width"] <= width, step
        assert box["y"] + box["height"] <= 844, step
        framed = page.locator(".panel[style*=outline], .st-key-headline[style*=outline]")
        expect(framed).to_have_count(1)
        in_view = "each => { const { top } = each.getBoundingClientRect(); return 0 <= top && top <= 300; }"
        page.wait_for_function(in_view, arg=framed.element_handle())  # what stands above it is still laid out, perhaps
        page.wait_for_function(REPAINTED, arg=BACKGROUNDS[scheme], timeout=PATIENCE)
        assert violations(page) == [], step
