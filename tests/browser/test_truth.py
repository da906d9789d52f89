"""What the page says is true of what it shows, as a visitor sees it in a browser, on a phone as well."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from lrp.walk.objectives import OBJECTIVES
from tests.browser.app import choose, comparison, control, expect_sentence, headline, open_app, parameters, wait_for_maps
from tests.browser.comparing import QUICK, download, open_display
from tests.browser.conftest import Visit
from tests.browser.other_pages import PAGES, wait_for_page

ASKED = "ResNet-18 with ImageNet weights"
SHOWN = "All that this page shows is of ResNet-18 with demo weights."
CONTRAST = {"objective": OBJECTIVES["contrast"].label, "class": "cat", "versus": "English springer"}


def words_of_maps(page: Page) -> str:
    page.get_by_text("These maps in words").click()
    found = page.get_by_test_id("stExpander").filter(has_text="These maps in words").get_by_test_id("stMarkdown")
    expect(found.first).to_contain_text(": ")  # for what unfolds is there before its words
    return "\n".join(found.all_inner_texts())


def test_words_are_of_the_whole_map_whatever_is_filtered(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    open_app(page, "/?class=church")  # of which little speaks in a cat
    whole = words_of_maps(page)
    assert "Integrated Gradients: " in whole
    open_display(page)
    for sign in ("Positive", "Negative"):
        page.get_by_role("radio", name=sign).check()
        said = f"Only the {sign.lower()} relevance is drawn"
        expect(page.locator(".clipped").first).to_contain_text(said)
        expect(page.get_by_text(f"{said}; sums and words are of the whole map.")).to_be_visible()
        wait_for_maps(page)
        report = download(page, "Report (HTML)", tmp_path).read_text()
        assert said in report
        for line in whole.splitlines():
            expect(page.get_by_text(line)).to_be_visible()
            assert line in report


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_weights_that_cannot_be_had_are_named_where_everybody_looks(visit: Visit, width: int, scheme: str) -> None:
    page = visit(width, 844, scheme)
    open_app(page, f"{QUICK}&weights=ImageNet")
    expect(headline(page)).to_have_text(f"{ASKED} cannot be shown.")
    main = page.get_by_test_id("stMain")
    expect(main.get_by_text(re.compile("Instead, with demo weights: ResNet-18 sees a cat"))).to_be_in_viewport()
    warning = main.get_by_test_id("stAlert").filter(has_text=SHOWN)
    expect(warning).to_contain_text("could not be downloaded")
    expect(warning).to_be_in_viewport()
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    main.get_by_role("button", name="Choose ResNet-18 with demo weights").click()
    expect(headline(page).first).to_contain_text("ResNet-18 sees a cat")
    expect(headline(page)).to_have_count(1)  # the one of before goes when the page is drawn to its end
    expect(warning).to_have_count(0)
    page.wait_for_function("() => !new URL(location).searchParams.has('weights')", timeout=60_000)


def test_every_page_says_which_network_it_shows_instead(visit: Visit) -> None:
    page = visit(390, 844)
    for name, path in PAGES.items():
        page.goto(f"/{path}?{urlencode({'weights': 'ImageNet', 'maps': 'ab'})}")
        wait_for_page(page, name)
        expect_sentence(page, SHOWN)
        expect(page.get_by_test_id("stMain").get_by_text(SHOWN), name).to_be_in_viewport()
        if name in ("Epsilon", "Layers"):
            expect(headline(page)).to_have_text(f"{ASKED} cannot be shown.")


def test_a_report_and_its_link_are_of_the_network_that_was_shown(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    open_app(page, f"{QUICK}&depth=34&weights=ImageNet&sample=Temple")
    expect(headline(page)).to_have_text("ResNet-34 with ImageNet weights cannot be shown.")
    page.goto(download(page, "Report (HTML)", tmp_path).as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text("ResNet-34 with ImageNet weights cannot be shown. Instead")
    page.get_by_role("link").click()
    wait_for_maps(page)
    expect(headline(page)).to_contain_text("ResNet-18 sees a church")
    assert set(parameters(page)) == {"c", "sample"}


def test_the_chosen_question_is_answered_or_named_on_every_page(visit: Visit) -> None:
    page = visit()
    page.goto(f"/?{urlencode({**CONTRAST, 'maps': 'ab', 'c': 'LRP-ε-z⁺'})}")
    wait_for_maps(page)
    expect(page.get_by_text("Red pixels speak for cat rather than English springer")).to_be_visible()
    main = page.get_by_test_id("stMain")
    for name in PAGES:
        page.get_by_role("link", name=name, exact=True).click()
        wait_for_page(page, name)
        if name == "How far to trust":
            instead = "You chose “Why this rather than that?”, but this page answers “Why this class?” for cat"
            expect(main.get_by_text(instead)).to_be_visible()
        else:
            expect(main.get_by_text(re.compile("cat rather than English springer")).first, name).to_be_visible()
        assert CONTRAST.items() <= parameters(page).items(), name
        expect(control(page, "versus").get_by_role("combobox"), name).to_have_value("English springer")


def test_a_difference_says_what_its_colours_mean_and_a_map_of_activations_is_not_in_logits_and_lists_its_layers(
    visit: Visit,
) -> None:
    page = visit()
    open_app(page, QUICK)
    expect(page.get_by_text("Red pixels speak for cat")).to_be_visible()
    page.get_by_role("radio", name="Difference").check()
    meaning = "Red pixels got more relevance from LRP-ε than from LRP-ε-z⁺, blue pixels less."
    expect(page.get_by_text(meaning)).to_be_visible()
    expect(page.get_by_text("Red pixels speak for cat")).to_have_count(0)
    expect(page.locator(".panel .clipped")).to_have_text("Above 0: more in LRP-ε; below 0: more in LRP-ε-z⁺")
    assert comparison(page, "c.look.view") == "difference"
    page.get_by_role("radio", name="Side by side").check()
    expect(page.get_by_text("Red pixels speak for cat")).to_be_visible()
    choose(page, "objective", OBJECTIVES["features"].label)
    expect(page.locator(".scale .ends").first).to_contain_text("units of activation")
    wait_for_maps(page)
    assert "logits" not in " ".join(page.locator(".panels .scale").all_inner_texts())
    page.locator(".panel canvas").nth(1).hover()
    expect(page.locator(".panel .value").nth(1)).to_contain_text("units of activation")
    page.get_by_text("Which rule where").click()
    rules = page.get_by_test_id("stText").first
    expect(rules).to_contain_text("layer3_1")
    expect(rules).not_to_contain_text("layer4")
    expect(rules).not_to_contain_text("fc")
