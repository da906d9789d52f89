"""The comparison as a visitor meets it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from lrp.models.loading import bundled_depths
from tests.browser.app import (
    COMPARISON,
    choose,
    comparison,
    control,
    expect_parameters,
    expect_sentence,
    headline,
    link_box,
    map_of,
    network_menu,
    open_app,
    parameters,
    pick,
    pick_depth,
    wait_for_change,
    wait_for_maps,
)
from tests.browser.comparing import QUICK, download, expect_maps, open_display, open_methods
from tests.browser.conftest import Visit


def test_the_first_sight_is_a_finished_comparison_that_stays_when_imagenet_cannot_be_had(visit: Visit) -> None:
    page = visit()
    open_app(page, "/")
    expect_maps(page)
    expect(headline(page)).to_contain_text("ResNet-18 sees a cat")
    for title in ("LRP-ε", "LRP-ε-z⁺-flat", "Integrated Gradients"):
        expect(page.get_by_test_id("stMarkdown").filter(has=page.get_by_text(title, exact=True))).to_contain_text("Sums to")
    assert page.get_by_role("img", name=headline(page).inner_text()).count() == 1
    for title in ("LRP-ε", "LRP-ε-z⁺-flat", "Integrated Gradients"):
        expect(page.get_by_role("img", name=f"{title}. {title}: ")).to_be_visible()
    before = map_of(page, 2)
    with network_menu(page):
        control(page, "weights").get_by_text("ImageNet").click()
    expect_sentence(page, "could not be downloaded")
    wait_for_maps(page)
    assert map_of(page, 2) == before


def test_epsilon_absolute_or_relative_changes_the_first_map_and_the_link_and_nothing_else(visit: Visit) -> None:
    page = visit()
    open_app(page, "/")
    before, others = map_of(page, 1), [map_of(page, 2), map_of(page, 3)]
    time_of_ig = page.get_by_text("gap of").inner_text()
    slider = page.get_by_role("slider", name="Epsilon").first
    slider.focus()
    slider.press("ArrowRight")
    after = wait_for_change(page, 1, before)
    wait_for_maps(page)
    assert np.corrcoef(before, after)[0, 1] < 0.999
    assert [map_of(page, 2), map_of(page, 3)] == others
    assert page.get_by_text("gap of").inner_text() == time_of_ig
    expect_parameters(page, {"a_uniform-epsilon_epsilon": "0.5"})
    slider.press("Home")
    assert np.isfinite(wait_for_change(page, 1, after)).all()
    page.wait_for_url("**epsilon=0")
    without = map_of(page, 1)
    slider.press("End")  # for nothing is nothing in any unit
    largest = wait_for_change(page, 1, without)
    wait_for_maps(page)
    page.get_by_text("Relative epsilon").first.click()
    wait_for_change(page, 1, largest)
    page.wait_for_url("**relative=true*")
    assert parameters(page)["a_uniform-epsilon_relative"] == "true"


def test_a_class_is_chosen_by_name_and_by_the_top_five(visit: Visit) -> None:
    page = visit()
    open_app(page, QUICK)
    first = map_of(page, 1)
    choose(page, "class", "church")
    second = wait_for_change(page, 1, first)
    expect(page.get_by_text("pixels speak for church")).to_be_visible()
    assert parameters(page)["class"] == "church"
    wait_for_maps(page)
    bars = page.locator(".bars").get_by_role("button")
    bars.first.click()
    assert wait_for_change(page, 1, second) == first
    assert parameters(page)["class"] == "cat"
    wait_for_maps(page)
    runner_up = bars.nth(1).locator(".name").inner_text()
    bars.nth(1).click()
    third = wait_for_change(page, 1, first)
    assert parameters(page)["class"] == runner_up
    wait_for_maps(page)
    choose(page, "objective", "Why this rather than that?")
    wait_for_maps(page)
    choose(page, "versus", "church")
    wait_for_change(page, 1, third)
    expect(page.get_by_text(f"pixels speak for {runner_up} rather than church")).to_be_visible()


def test_each_map_has_a_method_of_its_own_and_another_depth_is_another_network(visit: Visit) -> None:
    page, deeper = visit(), bundled_depths()[1]
    open_app(page, "/")
    before = [map_of(page, panel) for panel in (1, 2, 3)]
    open_methods(page)
    choose(page, "b", "LRP-ε-α2β1")
    second = wait_for_change(page, 2, before[1])
    wait_for_maps(page)
    assert map_of(page, 1) == before[0]
    assert map_of(page, 3) == before[2]
    expect_parameters(page, {"b": "LRP-ε-α2β1"})
    pick_depth(page, deeper)
    wait_for_change(page, 2, second)
    expect(headline(page)).to_contain_text(f"ResNet-{deeper} sees")
    expect_parameters(page, {"b": "LRP-ε-α2β1", "depth": str(deeper)})
    expect_maps(page)


def test_a_link_restores_every_setting(visit: Visit) -> None:
    page = visit()
    open_app(page, "/")
    open_methods(page)
    choose(page, "c", "LRP-ε-γ-box")  # first, for Integrated Gradients of an unlikely class take many steps
    wait_for_maps(page)
    pick(page, "sample", "Temple")
    wait_for_maps(page)
    choose(page, "class", "parachute")
    wait_for_maps(page)
    slider = page.get_by_role("slider", name="Epsilon").first
    slider.press("ArrowLeft")
    page.wait_for_url("**epsilon=0.1*")
    open_display(page)
    page.get_by_role("radio", name="Positive").check()
    page.get_by_role("checkbox", name="Common colour scale").check()
    page.wait_for_url("**common=true*")
    wait_for_maps(page)
    settings, maps = parameters(page), [map_of(page, panel) for panel in (1, 2, 3)]
    assert set(settings) == {"sample", "class", "a_uniform-epsilon_epsilon", "c", "sign", "common"}
    other = visit()
    open_app(other, page.url)
    assert [map_of(other, panel) for panel in (1, 2, 3)] == maps
    assert parameters(other) == settings
    assert comparison(other, "c.look") == comparison(page, "c.look")


def test_what_is_taken_away_reads_back(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    open_app(page, "/?class=church")
    with Image.open(download(page, "Picture (PNG)", tmp_path)) as sheet:
        sheet.load()
        settings = json.loads(sheet.text["settings"])  # type: ignore[attr-defined]
        assert sheet.width > 4 * 300
    assert settings["explained class"] == "church"
    assert json.loads(download(page, "Settings (JSON)", tmp_path).read_text()) == settings
    drawn = map_of(page, 1)
    with np.load(download(page, "Numbers (NPZ)", tmp_path)) as numbers:
        assert json.loads(str(numbers["settings"])) == settings
        assert numbers["picture"].shape == (160, 160, 3)
        relevance = numbers["relevance_1_uniform-epsilon"]
        assert relevance.shape == (3, 160, 160)
    assert np.corrcoef(relevance.sum(0).ravel(), drawn)[0, 1] > 0.99999


def test_integrated_gradients_can_be_cancelled_and_tried_again(visit: Visit) -> None:
    page = visit()
    # The deepest network, an unlikely class and a strict tolerance: long enough to be cancelled on any machine.
    long = "c_integrated-gradients_n_steps=512&c_integrated-gradients_tolerance=0.005"
    page.goto(f"/?depth={bundled_depths()[-1]}&sample=Temple&class=parachute&{long}")
    offer_or_cancel = page.get_by_role("button", name=re.compile("^(Compute|Cancel)$")).first
    offer_or_cancel.wait_for(timeout=60_000)
    if offer_or_cancel.inner_text().endswith("Compute"):  # a busy machine asks first, for it expects to take more than a minute
        offer_or_cancel.click()
    page.get_by_role("button", name="Cancel").click(timeout=60_000)
    expect_sentence(page, "Integrated Gradients was cancelled")
    assert len(map_of(page, 1)) == 160 * 160
    expect(page.locator(".cover output").nth(2)).to_have_text("no map yet")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_test_id("stProgress")).to_be_visible()
    page.get_by_role("button", name="Cancel").click(timeout=60_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_window_shows_everything_without_scrolling_sideways(visit: Visit, scheme: str) -> None:
    page = visit(390, 844, scheme)
    open_app(page, "/")
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    # All at once, for the page may still grow above them.
    places = "panels => panels.map(panel => panel.getBoundingClientRect()).map(box => [box.left, box.top])"
    (left, top), (right, same), (below_left, below) = page.locator(".panel canvas").evaluate_all(places)[:3]
    assert top == same < below  # two by two
    assert left == below_left < right
    page.set_viewport_size({"width": 320, "height": 256})  # which is 1280 pixels at a zoom of 400 %
    page.wait_for_function(f"() => {COMPARISON}.panels[0].canvas.clientWidth > 250")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    page.set_viewport_size({"width": 390, "height": 844})
    open_methods(page)
    expect(control(page, "c").get_by_role("combobox")).to_be_visible()
    expect(link_box(page)).to_be_hidden()  # so that the tab key does not come to it
    page.get_by_test_id("stExpandSidebarButton").press("Enter")
    expect(link_box(page)).to_be_visible()
