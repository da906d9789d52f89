"""Settings that the page has handed out are set on it again, and what of them cannot be is said."""

from dataclasses import asdict
from typing import Any

import pytest

import lrp
from tests.pages.compare.loading import CHANGED, Files, handed_out, load, said
from tests.pages.compare.test_panel_networks import pets as pets
from tests.pages.helpers import EPSILON, FAST_LINK, file_of, stripes
from tests.visitor import Visitor

STEPS = {"c": lrp.IntegratedGradients.label, "c_integrated-gradients_n_steps": "8", "c_integrated-gradients_tolerance": "0.005"}


@pytest.mark.parametrize(
    ("link", "more", "drawn"),
    [
        ({}, {}, {}),
        (FAST_LINK, {"objective": "clrp"}, {}),
        ({"sample": "Coffee", "class": "bee", EPSILON: "0.5", "a_uniform-epsilon_relative": "false", **STEPS}, {},
         {"region": (4, 8, 20, 30), "sign": "negative", "clip": 95.5, "photo": 0.6, "common": True}),
        ({"depth": "34", "maps": "bcd", "b": lrp.Saliency.label, **FAST_LINK, "averaged": "false"},
         {"objective": "contrast"}, {"view": "difference", "pair": "db", "mix": 0.25}),
        ({"maps": "ab", "b_network": "ResNet-34 (demo)", "crop": "20,50,60"}, {"objective": "features"}, {"sign": "positive"}),
        ({"maps": "ab", "b": lrp.EpsilonPlus.label, "b_epsilon-plus_shifts": "2", "crop": "whole"}, {}, {}),
    ],
)  # fmt: skip
def test_what_was_handed_out_comes_again_after_everything_was_changed(
    small: None, files: Files, link: dict[str, str], more: dict[str, Any], drawn: dict[str, Any]
) -> None:
    visitor = Visitor(link)
    for key, value in more.items():
        visitor.put({key: value})
    visitor.look(**drawn).wait()
    before, look = handed_out(files), visitor.at.session_state["look"]
    other = Visitor(CHANGED).wait()
    assert handed_out(files)["methods"] != before["methods"]
    load(other, before)
    assert handed_out(files) == before
    assert other.at.session_state["look"] == look
    assert other.header["look"] == asdict(look)
    assert said(other) == []
    assert other.data == visitor.data
    again = Visitor({key: str(value) for key, value in other.at.query_params.items()}).wait()
    assert handed_out(files) == before  # and the address says the same
    assert again.data == visitor.data


def test_the_same_visitor_changes_everything_and_goes_back(small: None, files: Files) -> None:
    visitor = Visitor({EPSILON: "0.5", "class": "bee", **FAST_LINK, "crop": "30,40,50"}).look(region=(4, 8, 20, 30)).wait()
    before = handed_out(files)
    visitor.put({EPSILON: 0.1, "class": "elk", "sample": "Dahlia"}).put({"a": "saliency", "depth": "34", "objective": "contrast"})
    visitor.press("Add a map").look(region=None, photo=0.9).wait()
    assert handed_out(files)["methods"] != before["methods"]
    load(visitor, before)
    assert handed_out(files) == before
    assert visitor.value(EPSILON) == 0.5
    visitor.put({EPSILON: 0.25}).wait()
    assert handed_out(files)["methods"][0]["epsilon"] == 0.25  # it is set once, and then the controls hold
    visitor.press("Close this message")
    assert not visitor.at.info


def test_the_switch_of_the_mean_comes_again_as_it_was(small: None, files: Files) -> None:
    visitor = Visitor(FAST_LINK).wait()
    before = handed_out(files)
    assert visitor.value("averaged") is True
    visitor.put({"averaged": False}).wait()
    plain = handed_out(files)
    assert plain != before
    for record, on in ((before, True), (plain, False)):
        load(visitor, record)
        assert handed_out(files) == record
        assert visitor.value("averaged") is on


def test_an_own_picture_is_chosen_where_it_is_and_else_the_one_on_show_stays(small: None, files: Files) -> None:
    visitor = Visitor({**FAST_LINK, "class": "bee"}).upload(file_of(stripes()), "stripes.png").wait()
    before = handed_out(files)
    visitor.press("Back to the sample").put({"class": "elk"}).wait()
    load(visitor, before)
    assert handed_out(files) == before
    other = Visitor({**FAST_LINK, "sample": "Coffee", "crop": "20,50,60"}).wait()
    load(other, before | {"crop": {"left": 1, "top": 2, "right": 40, "bottom": 30, "bars": [0, 0, 0]}})
    (sentence,) = said(other)
    assert "another picture, **stripes.png**, and the part of it" in sentence
    after = handed_out(files)
    assert (after["picture"], after["explained class"]) == ("Coffee", "bee")
    assert after["methods"] == before["methods"]
    assert other.at.query_params["crop"] == "20,50,60"
