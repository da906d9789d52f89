"""The browser's ways back and forward, and links that ask for what cannot be."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import PATIENCE, control, headline, network_menu, open_app, parameters, pick_depth, wait_for_maps
from tests.browser.comparing import QUICK, open_methods
from tests.browser.conftest import Visit
from tests.browser.other_pages import wait_for_page

ASKED = {"depth": "34", "sample": "Rocket", "class": "church"}


def expect_asked(page: Page, depth: str = "34", sample: str = "Rocket") -> None:
    """Those are chosen, the page speaks of them, and so does its address."""
    expect(headline(page)).to_contain_text(f"ResNet-{depth}")
    with network_menu(page):
        for key, name in (("depth", depth), ("sample", sample)):
            expect(control(page, key).get_by_role("radio", name=name, exact=True)).to_have_attribute("aria-checked", "true")
    expect(control(page, "class").get_by_role("combobox")).to_have_value("church")
    settings = parameters(page)
    assert settings.get("depth", "18") == depth
    assert (settings["sample"], settings["class"]) == (sample, "church")


def go(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click(timeout=PATIENCE)
    wait_for_page(page, name)


def steps(page: Page) -> int:
    """How many entries the browser's history has."""
    return int(page.evaluate("history.length"))


def test_back_and_forward_keep_what_was_chosen(visit: Visit) -> None:
    page = visit()
    open_app(page, f"{QUICK}&sample=Rocket&class=church")
    pick_depth(page, 34)
    wait_for_maps(page)
    expect_asked(page)
    before = steps(page)
    go(page, "Epsilon")
    expect_asked(page)
    assert steps(page) == before + 1
    page.go_back()
    wait_for_maps(page)
    expect_asked(page)
    assert parameters(page)["c"] == "LRP-ε-z⁺"
    page.go_forward()
    wait_for_page(page, "Epsilon")
    expect_asked(page)
    pick_depth(page, 18)
    expect_asked(page, "18")
    page.go_back()
    wait_for_maps(page)
    expect_asked(page, "18")  # chosen last, on the other page
    page.reload()
    wait_for_maps(page)
    expect_asked(page, "18")
    assert steps(page) == before + 1


def test_a_changed_setting_is_no_step_of_the_way_back(visit: Visit) -> None:
    page = visit()
    open_app(page, QUICK)
    before = steps(page)
    pick_depth(page, 34)
    wait_for_maps(page)
    open_methods(page)
    page.get_by_role("button", name="Smooth", exact=True).click()
    wait_for_maps(page)
    page.wait_for_function("() => new URL(location).searchParams.get('photo') === '0.7'", timeout=PATIENCE)
    assert steps(page) == before
    assert parameters(page)["depth"] == "34"


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("/?c_integrated-gradients_n_steps=2000", ("“2000”", "Steps of Integrated Gradients (third map)", "25 is shown instead")),
        (f"{QUICK}&depth=19&sample=Nobody&other=1", ("“19”", "18 is shown", "“Nobody”", "Cat is shown", "“other”")),
        (f"{QUICK}&clip=1000&class=zebra", ("“1000”", "100 is shown", "“zebra”", "the predicted class is shown")),
    ],
)
def test_what_a_link_asks_in_vain_is_said_and_taken_out_of_the_address(visit: Visit, link: str, words: tuple[str, ...]) -> None:
    page = visit()
    open_app(page, link)
    note = page.get_by_test_id("stMain").get_by_test_id("stAlert")
    for word in words:
        expect(note).to_contain_text(word)
    vain = {"c_integrated-gradients_n_steps", "depth", "sample", "other", "class"}
    assert not vain & parameters(page).keys()
    assert parameters(page).get("clip") in (None, "100.0")
    page.go_back()  # to what the address was when the page was opened
    if page.url.startswith("http"):
        wait_for_maps(page)
        page.wait_for_function("() => !/200|depth|zebra/.test(location.search)", timeout=PATIENCE)
        expect(note).to_contain_text(words[0])
        page.get_by_role("button", name="Close this note").click()
        expect(note).to_have_count(0)
