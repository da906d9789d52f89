"""A link brings back every setting of the comparison, and what it says that cannot be is left out."""

from dataclasses import asdict, fields
from typing import Any

import lrp
from lrp.display.colours import SCALES
from lrp.methods.composites import table
from pages.parts.canvas.look import Look
from tests.loopback import Loopback, http
from tests.pages.helpers import (
    DEFAULTS,
    EACH_METHOD,
    EPSILON,
    FAST,
    RELATIVE,
    assert_shows,
    expected,
    file_of,
    other,
    photo,
    spelled,
    stripes,
)
from tests.small import NAMES
from tests.visitor import Visitor


def test_a_link_brings_back_the_whole_comparison(small: None, asked: list[tuple[int, Any]]) -> None:
    link = {
        "sample": "Rocket", "depth": "34", "class": "bee", EPSILON: "2.5", RELATIVE: "true", "b": lrp.ZeroEpsilonGammaBox.label,
        "b_zero-epsilon-gamma-box_gamma": "1", "c_integrated-gradients_baseline": "grey",
        "c_integrated-gradients_n_steps": "16", "c_integrated-gradients_tolerance": "0.05", "sign": "positive", "clip": "95.0",
        "photo": "0.5", "common": "true", "view": "wipe", "mix": "0.3", "colours": list(SCALES)[1],
    }  # fmt: skip
    visitor = Visitor(link).wait()
    methods = [
        lrp.UniformEpsilon(2.5, relative=True), lrp.ZeroEpsilonGammaBox(gamma=1.0), lrp.IntegratedGradients("grey", 16, 0.05)
    ]  # fmt: skip
    assert asked == [(NAMES.index("bee"), method) for method in methods]
    network = lrp.load_backbone(34)
    for shown, method in zip(visitor.maps, methods, strict=True):
        assert_shows(shown, expected(photo("Rocket"), network, method, NAMES.index("bee")))
    look = Look(list(SCALES)[1], 0.5, "positive", 95.0, True, "wipe", "ac", 0.3)
    assert visitor.header["look"] == asdict(look)
    assert "ResNet-34" in visitor.headline
    assert visitor.at.query_params == link


def test_a_link_that_holds_nonsense_shows_what_it_can(small: None) -> None:
    plain = Visitor().wait()
    nonsense = {
        "sample": "Nobody", "depth": "19", "weights": "mine", "class": "zebra", "a": "uniform", EPSILON: "-1",
        RELATIVE: "perhaps", "c_integrated-gradients_n_steps": "many", "sign": "'; drop", "clip": "NaN", "photo": "",
        "colours": "<b>", "other": "x",
    }  # fmt: skip
    visitor = Visitor(nonsense).wait()
    assert visitor.sentences == []
    assert visitor.data == plain.data


def test_a_numerical_setting_beyond_its_range_does_not_break_the_page(small: None) -> None:
    visitor = Visitor({"clip": "1000", "photo": "-7", EPSILON: "1e9", "c_integrated-gradients_n_steps": "100000"}).wait()
    assert visitor.at.session_state["look"] == Look(clip=100.0, photo=0.0)
    assert len(visitor.maps) == 3


def test_a_link_with_the_address_of_a_picture_fetches_nothing_before_the_click(small: None, web: Loopback) -> None:
    link = web.serve("/stripes.png", http(file_of(stripes())))
    visitor = Visitor({"link": link, "class": "ant"}).wait()
    assert web.requests == []
    assert visitor.value("link") == link
    assert_shows(visitor.maps[0], expected(photo(), lrp.load_backbone(), DEFAULTS["a"], 0))
    visitor.at.form_submit_button[0].click()
    visitor.run()
    assert len(web.requests) == 1
    assert_shows(visitor.maps[0], expected(stripes(), lrp.load_backbone(), DEFAULTS["a"], 0))


@EACH_METHOD
def test_every_setting_of_every_method_is_in_the_link(small: None, asked: list[tuple[int, Any]], method: type[Any]) -> None:
    chosen = {setting.name: other(setting) for setting in fields(method)}
    written = {f"b_{method.name}_{name}": spelled(value) for name, value in chosen.items()}
    Visitor({"b": method.label} | written).wait()
    assert method(**chosen) in [called for _, called in asked]


def test_no_tolerance_at_all_is_kept_in_the_link_and_in_the_menu(small: None, asked: list[tuple[int, Any]]) -> None:
    key = "c_integrated-gradients_tolerance"
    visitor = Visitor({key: "none", "c_integrated-gradients_n_steps": "8"}).wait()
    assert [method for _, method in asked if method.family == "IG"] == [lrp.IntegratedGradients(n_steps=8, tolerance=None)]
    assert visitor.at.query_params[key] == "none"


def test_the_page_says_which_rule_each_layer_gets(small: None) -> None:
    visitor = Visitor().put(FAST).open_fold("rules")
    said = [block.value for block in visitor.at.text]
    network = lrp.load_backbone().network
    rules = [method.rules(network) for method in (lrp.UniformEpsilon(), lrp.EpsilonPlusFlat())]
    assert said[:2] == [table(found) for found in rules]
