"""A link that asks for what cannot be: each such value is said, with what is shown instead, and no other."""

from dataclasses import fields
from typing import Any

import pytest

import lrp
from lrp.settings import value_in_words
from tests.pages.helpers import EPSILON, OFFERED, RELATIVE
from tests.visitor import Visitor

STEPS = "c_integrated-gradients_n_steps"
QUICK = {"c": lrp.EpsilonPlus.label}


def said(visitor: Visitor) -> str:
    """The note about the link, without the backslashes that keep Markdown from what visitors wrote."""
    (note,) = visitor.at.info
    return str(note.value).replace("\\", "")


@pytest.mark.parametrize(
    ("name", "asked", "words"),
    [
        (STEPS, "2000", ("Steps of Integrated Gradients (third map)", "**25**", "1024")),
        (STEPS, "many", ("“many”", "**25**")),
        (STEPS, "100000", ("“100000”",)),
        (EPSILON, "-1", ("Epsilon", "“-1”", "**0.25**")),
        (EPSILON, "0.3", ("“0.3”", "**0.25**")),
        (RELATIVE, "perhaps", ("“perhaps”", "**off**", "true, false")),
        ("c_integrated-gradients_baseline", "pink", ("“pink”", "**black**", "grey")),
        ("sample", "Nobody", ("the sample picture", "“Nobody”", "**Cat**", "Temple")),
        ("depth", "19", ("the network", "“19”", "**18**", "34")),
        ("weights", "mine", ("the weights", "“mine”", "ImageNet")),
        ("class", "zebra", ("the explained class", "“zebra”", "the predicted class")),
        ("a", "uniform", ("the method of the first map", "“uniform”", lrp.UniformEpsilon.label)),
        ("objective", "why", ("the question", "“why”", lrp.OBJECTIVES["logit"].label)),
        ("maps", "a", ("the maps", "“a”", "**abc**")),
        ("maps", "abz", ("“abz”", "**ab**")),
        ("sign", "'; drop", ("the sign", "positive", "**both**")),
        ("view", "3D", ("the view", "side by side")),
        ("pair", "xy", ("“xy”", "**ac**")),
        ("clip", "1000", ("clip", "90 to 100", "**100**")),
        ("clip", "NaN", ("“NaN”", "**99**")),
        ("photo", "-7", ("photo", "0 to 1", "**0**")),
        ("mix", "half", ("“half”", "**0.5**")),
        ("common", "perhaps", ("“perhaps”", "**off**")),
        ("colours", "<b>", ("the colours", "“<b>”")),
        ("region", "9,9,1,1", ("the marked region", "“9,9,1,1”", "**none**")),
        ("other", "x", ("no setting is called “other”",)),
        ("Depth", "34", ("no setting is called “Depth”",)),
    ],
)
def test_what_a_link_asks_in_vain_is_said_with_what_is_shown_instead(
    small: None, name: str, asked: str, words: tuple[str, ...]
) -> None:
    visitor = Visitor((QUICK if not name.startswith("c_") else {}) | {name: asked}).wait()
    note = said(visitor)
    assert all(word in note for word in words), note
    assert note.endswith(".")
    assert note.count("“") == 1
    assert visitor.at.query_params.get(name) != [asked]


def test_several_are_one_sentence_and_none_is_lost(small: None) -> None:
    visitor = Visitor(QUICK | {"depth": "19", "sample": "Nobody", "one": "1", "two": "2"}).wait()
    note = said(visitor)
    for word in ("19", "Nobody", "“one”", "“two”"):
        assert word in note
    assert note.count(". ") == 0


@pytest.mark.parametrize("method", [each for each in OFFERED if fields(each)], ids=lambda method: method.name)
def test_every_setting_of_every_method_is_judged(small: None, method: type[Any]) -> None:
    link = {f"b_{method.name}_{setting.name}": "nonsense" for setting in fields(method)}
    visitor = Visitor(QUICK | {"b": method.label} | link).wait()
    note = said(visitor)
    assert note.count("“nonsense”") == len(link)
    for setting in fields(method):
        shown = setting.default if not isinstance(setting.default, bool) else ("on" if setting.default else "off")
        assert f"{setting.metadata['label']} of {method.label}" in note
        assert f"**{value_in_words(shown)}**" in note


def test_a_link_that_can_be_is_not_talked_about(small: None) -> None:
    link = {
        "sample": "Rocket", "depth": "34", "weights": "Demo", "class": "bee", EPSILON: "2.5", RELATIVE: "true", "maps": "ab",
        "b": lrp.ZeroEpsilonGammaBox.label, "b_zero-epsilon-gamma-box_gamma": "1", "sign": "Positive", "clip": "95",
        "common": "true", "view": "wipe", "region": "3,4,20,21", "objective": lrp.OBJECTIVES["contrast"].label, "versus": "cat",
    }  # fmt: skip
    assert [note.value for note in Visitor(link).wait().at.info if not note.value.startswith("This demo network knows")] == []
    assert not Visitor().wait().at.info


def test_a_control_that_comes_later_is_judged_then(small: None) -> None:
    visitor = Visitor(QUICK | {STEPS: "2000"}).wait()
    assert not visitor.at.info
    visitor.put(c="integrated-gradients").wait()
    assert "“2000”" in said(visitor)


def test_the_note_goes_when_it_is_closed_or_what_it_tells_of_has_changed(small: None) -> None:
    visitor = Visitor(QUICK | {"depth": "19", "other": "x"}).wait()
    visitor.put(depth="34").wait()
    assert "19" not in said(visitor)
    assert "other" in said(visitor)
    visitor.press("Close this note")
    assert not visitor.at.info


def test_what_a_link_holds_is_repeated_as_it_stands(small: None) -> None:
    evil = "[x](https://elsewhere.invalid) <b> :red[y] **z**" + "w" * 5000
    (note,) = Visitor(QUICK | {"sample": evil}).wait().at.info
    assert "](https" not in note.value
    assert len(note.value) < 600


@pytest.mark.parametrize("asked", ["1" + "0" * 400, "Infinity", "-1e999", "NaN", "9" * 5000])
def test_numbers_that_no_computer_holds_are_said_and_the_defaults_shown(small: None, asked: str) -> None:
    names = ("photo", "clip", "mix", "region", STEPS, EPSILON, "c_integrated-gradients_tolerance", "epsilon")
    visitor, plain = Visitor(dict.fromkeys(names, asked)).wait(), Visitor().wait()
    assert visitor.header["look"] == plain.header["look"]
    assert visitor.header["region"] is None
    assert visitor.data == plain.data
    assert "the display’s photo" in said(visitor)


def test_a_method_that_the_network_is_not_offered_is_named(small: None) -> None:
    note = said(Visitor(QUICK | {"b": lrp.CPLRP.label}).wait())
    assert "“CP-LRP”" in note
