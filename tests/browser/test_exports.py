"""What people take away, as the browser saves it, and the sentences that readers stumbled over, as they are seen."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.app import choose, map_of, open_app, wait_for_change, wait_for_maps
from tests.browser.comparing import QUICK, download, picture, upload
from tests.browser.conftest import Visit
from tests.browser.other_pages import open_page

REGION = "region=40,20,110,90"
FILES = {"Picture (PNG)": "png", "Report (HTML)": "html", "Numbers (NPZ)": "npz", "Settings (JSON)": "json"}


def test_every_file_is_named_after_picture_network_and_class(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    open_app(page, f"{QUICK}&sample=Temple&class=golf+ball")
    for button, end in FILES.items():
        assert download(page, button, tmp_path).name == f"temple_resnet-18_golf-ball.{end}"
    temple = map_of(page, 1)
    upload(page, "Grüne Türe (neu).png", picture())
    wait_for_change(page, 1, temple)  # what rested before the upload rests still when the page begins to draw the new picture
    wait_for_maps(page)
    expect(page.get_by_text("It sees the centre of your picture (240 x 180)")).to_be_visible()
    assert download(page, "Settings (JSON)", tmp_path).name == "grune-ture-neu_resnet-18_golf-ball.json"


def test_the_saved_settings_hold_the_region_and_the_steps_that_ran(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    open_app(page, f"/?{REGION}&c_integrated-gradients_n_steps=8")
    record = json.loads(download(page, "Settings (JSON)", tmp_path).read_text())
    assert record["region"] == {"left": 40, "top": 20, "right": 110, "bottom": 90}
    ran = record["results"][2]
    assert record["methods"][2]["n_steps"] == 8 < ran["n_steps"]
    assert f"with {ran['n_steps']} steps" in page.get_by_text("gap of").inner_text()
    assert 0 <= ran["gap"] <= record["methods"][2]["tolerance"]


def test_a_region_is_outlined_in_the_saved_picture_and_measured_beside_chance_and_the_numbers_name_the_classes(
    visit: Visit, tmp_path: Path
) -> None:
    page = visit()
    open_app(page, f"{QUICK}&{REGION}")
    with np.load(download(page, "Numbers (NPZ)", tmp_path)) as numbers:
        assert numbers["classes"][numbers["logits"].argmax()] == "cat"
        assert numbers["classes"].shape == numbers["logits"].shape == (11,)
    with Image.open(download(page, "Picture (PNG)", tmp_path)) as sheet:
        shown = np.asarray(sheet.convert("RGB")).astype(int)
    for panel in range(4):
        tile = shown[:, 24 + panel * 344 : 24 + panel * 344 + 320]
        left, right = tile[:, 80], tile[:, 219]  # the black outer lines of columns 40 to 109, two pixels each
        lined = np.flatnonzero((left == 0).all(-1) & (right == 0).all(-1))
        assert len(lined) >= 140
        bars = ((tile[:, 0] == (5, 48, 97)).all(-1) & (tile[:, -1] == (103, 0, 31)).all(-1)).sum()
        assert bars == (10 if panel else 0)
    expect(page.get_by_role("columnheader", name="Inside, of all that speaks for it")).to_be_visible()
    expect(page.get_by_role("row", name="By chance 19.1% 19.1%")).to_be_visible()
    expect(page.get_by_text(re.compile(r"the logit (falls|rises) from .*: the network (uses|does better without) what is there"))
           ).to_be_visible()  # fmt: skip


@pytest.fixture(scope="module")
def report(browser: Browser, address: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    page = browser.new_context(base_url=address).new_page()
    open_app(page, f"{QUICK}&{REGION}&objective=Why+this+rather+than+that%3F&versus=church")
    text = download(page, "Report (HTML)", tmp_path_factory.mktemp("report")).read_text()
    page.context.close()
    return text


def opened(browser: Browser, html: str, width: int) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 844}, is_mobile=width < 500).new_page()
    page.set_content(html)
    return page


@pytest.mark.parametrize("width", [320, 390, 1100])
def test_the_report_fits_its_window(browser: Browser, report: str, width: int) -> None:
    page = opened(browser, report, width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    boxes = page.locator("img").evaluate_all("images => images.map(image => image.getBoundingClientRect().toJSON())")
    assert len(boxes) == 4
    assert all(box["width"] > 150 and abs(box["width"] - box["height"]) < 1 for box in boxes)
    page.context.close()


def test_the_report_draws_the_region_over_each_picture_and_speaks_in_words(browser: Browser, report: str) -> None:
    page = opened(browser, report, 390)
    places = """figures => figures.map(figure => {
        const [image, region] = ["img", ".region"].map(each => figure.querySelector(each).getBoundingClientRect());
        return [(region.left - image.left) / image.width, (region.top - image.top) / image.height,
                region.width / image.width, region.height / image.height];
    })"""
    for place in page.locator("figure").evaluate_all(places):
        assert place == pytest.approx([40 / 160, 20 / 160, 70 / 160, 70 / 160], abs=0.005)
    expect(page.get_by_text("Why cat rather than church? Red pixels speak for cat rather than church")).to_be_visible()
    assert page.get_by_role("img", name=re.compile("in favour.*marked region is outlined")).count() == 3
    assert page.get_by_role("img", name=re.compile("^Colours from minus .* logits$")).count() == 3
    table = page.get_by_role("table").first.inner_text()
    for words in ("Epsilon = 0.25, Relative epsilon = off", "columns 40 to 109, rows 20 to 89", "the bundled demo weights"):
        assert words in table
    for raw in ("zero_bias", "False", "{", "side by side"):
        assert raw not in table
    page.context.close()


def test_the_report_prints_its_colours_and_rectangles(browser: Browser, report: str) -> None:
    page = opened(browser, report, 1100)
    page.emulate_media(media="print")
    kept = page.locator(".region, figure div").evaluate_all("all => all.map(each => getComputedStyle(each).printColorAdjust)")
    assert kept
    assert set(kept) == {"exact"}
    page.context.close()


def test_a_map_on_its_way_names_the_previous_one(visit: Visit) -> None:
    page = visit()
    open_app(page, "/")
    # Many steps: the panel waits long enough to be read, and is not so slow that a busy machine asks first.
    page.goto("/?c_integrated-gradients_n_steps=128&c_integrated-gradients_tolerance=none")
    wait_for_maps(page)
    choose(page, "class", "parachute")
    waiting = page.get_by_text("Until then you see the previous map: Integrated Gradients")
    expect(waiting).to_be_visible()
    assert re.match(r"computing, about .* Until then", waiting.inner_text())
    wait_for_maps(page)


def test_compare_says_what_a_logit_is_before_the_first_one_and_what_a_sum_means_at_every_epsilon(visit: Visit) -> None:
    page = visit()
    open_app(page, QUICK)
    logits = page.get_by_text("logits, the scores that the network gives to classes")
    expect(logits).to_be_visible()
    first = page.get_by_text("logits", exact=False).filter(visible=True)
    tops = first.evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
    box = logits.bounding_box()
    assert box
    assert min(tops) >= box["y"] - 1
    line = page.get_by_test_id("stMarkdown").filter(has=page.get_by_text("LRP-ε", exact=True)).filter(has_text="Sums to")
    told = set()
    slider = page.get_by_role("slider", name="Epsilon").first
    for key in ("Home", "End", "ArrowLeft"):
        before = map_of(page, 1)
        slider.press(key)
        wait_for_change(page, 1, before)
        wait_for_maps(page)
        expect(line).to_contain_text("Read where it is strong, not how strong.")
        told.add(re.sub(r"-?\d[\d.e-]*", "N", line.inner_text()))
    assert len(told) == 1


def test_rules_are_told_in_words_and_exactly_behind_a_click(visit: Visit) -> None:
    page = visit(390, 844)
    open_app(page, QUICK)
    page.get_by_text("Which rule where").click()
    expect(page.get_by_role("cell", name="conv1 to fc: 21 layers").first).to_be_visible()
    expect(page.get_by_role("cell", name="Epsilon, ε = 0.25").first).to_be_visible()
    exact = page.get_by_text("Epsilon(epsilon=0.25, relative=False").first
    expect(exact).to_be_hidden()
    heading = page.locator("summary").filter(has_text="Every layer, as the program has it").first
    heading.press("Enter")  # a click would miss it while the table above still unfolds
    expect(exact).to_be_visible()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_guide_shows_a_heatmap(visit: Visit, width: int, scheme: str) -> None:
    page = visit(width, 844, scheme)
    page.goto("/guide")
    heatmap = page.get_by_role("img", name=re.compile("^Heatmap. LRP-ε-z⁺-flat: .* of the relevance is in favour"))
    expect(heatmap).to_be_visible()
    assert heatmap.evaluate("image => image.complete && image.naturalWidth >= 320")
    expect(page.get_by_text("Changing the red pixels usually changes the answer")).to_have_count(0)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")


def test_depths_names_its_class_without_saying_where_a_phone_has_no_menu(visit: Visit) -> None:
    page = visit()
    open_page(page, "Depths")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_text("at first the class that ResNet-18 sees")).to_be_visible()
    expect(page.get_by_text("on the left")).to_have_count(0)


def test_a_report_card_says_what_its_areas_are(visit: Visit) -> None:
    page = visit()
    open_page(page, "How far to trust")
    score = r"0\.\d\d"
    said = page.get_by_text(re.compile(f"the class scores {score} on average.*by chance, in a random order, {score} either way"))
    expect(said.first).to_be_visible()
    expect(page.get_by_text(re.compile(r"\(area "))).to_have_count(0)
