"""Settings that the page has handed out are set on it again, and what of them cannot be is said."""

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import lrp
from lrp.display.colours import SCALES
from pages.parts.choose.panel_network import PAGES_NETWORK
from pages.parts.compare.settings_upload import LOADING
from tests.pages.compare.test_panel_networks import pets as pets
from tests.pages.helpers import EPSILON, FAST_LINK, ending, file_of, stripes
from tests.small import NAMES
from tests.visitor import Visitor

METHOD_OF_PICTURES = next(
    (slug, setting.name) for slug, method in lrp.METHODS.items() for setting in fields(method) if setting.metadata["pictures"]
)
Files = dict[str, Callable[[], bytes]]
CHANGED = {
    "sample": "Rocket", "class": "fox", "depth": "34", "maps": "abd", "a": lrp.Saliency.label, "b": lrp.GradCAM.label,
    "d": lrp.EpsilonPlus.label, "region": "1,2,9,8", "photo": "0.1", "colours": list(SCALES)[1], "crop": "whole", "view": "wipe",
    EPSILON: "0.025",
}  # fmt: skip
STEPS = {"c": lrp.IntegratedGradients.label, "c_integrated-gradients_n_steps": "8", "c_integrated-gradients_tolerance": "0.005"}


def handed_out(files: Files) -> Any:
    return json.loads(ending(files, ".json"))


def load(visitor: Visitor, record: Any, name: str = "settings.json") -> Visitor:
    """Opens the fold and hands in a file: bytes as they are, else as JSON."""
    visitor.open_fold("load settings")
    data = record if isinstance(record, bytes) else json.dumps(record).encode()
    control(visitor).set_value((name, data, "application/json"))
    return visitor.run().wait()


def control(visitor: Visitor) -> Any:
    return next(each for each in visitor.at.file_uploader if each.label == "Settings of a comparison")


def said(visitor: Visitor) -> list[str]:
    """What is said of the file that was loaded: that it was, and what of it could not be."""
    (found,) = (info.value for info in visitor.at.info if info.value.startswith("The settings of"))
    first, *others = found.split("  \n")
    assert all(sentence.endswith(".") for sentence in (first, *others))
    return others


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
    assert other.header["look"] == look.settings()
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


def test_networks_of_a_folder_come_again_and_one_that_is_not_here_is_named(
    pets: lrp.Backbone, files: Files, tmp_path: Path
) -> None:
    link = {**FAST_LINK, "network": "pets.safetensors", "class": "yak", "c_network": "ResNet-34 (demo)"}
    Visitor(link).wait()
    before = handed_out(files)
    assert before["weights"] == "pets.safetensors"
    visitor = Visitor(CHANGED).wait()
    load(visitor, before)
    assert handed_out(files) == before
    assert said(visitor) == []
    (tmp_path / "networks" / "pets.safetensors").rename(tmp_path / "gone")
    visitor = Visitor({**CHANGED, "class": "elk"}).wait()
    load(visitor, before)
    gone, unknown = said(visitor)
    assert "**pets.safetensors** is not here" in gone
    assert "does not know **yak**" in unknown
    after = handed_out(files)
    assert (after["network"], after["methods"], after["display"]) == ("ResNet-34", before["methods"], before["display"])
    assert visitor.value("class") == "the predicted class"


def test_what_the_page_cannot_set_is_one_sentence_each_and_all_else_is_set(small: None, files: Files) -> None:
    visitor = Visitor(CHANGED).wait()
    before = handed_out(files)
    slug, pictures = METHOD_OF_PICTURES
    methods = [
        {"method": "uniform-epsilon", "epsilon": 0.3, "relative": True}, {"method": lrp.AttnLRP.name},
        {"method": slug, pictures: "/etc"},
    ]  # fmt: skip
    record = before | {
        "weights sha256": "0" * 64, "explained class": "yeti *x*", "explained class index": 77, "methods": methods,
        "networks": [None, {"network": "ResNet-18", "weights": "nobody.pth", "weights sha256": "1"}, None],
        "region": {"left": 5000, "top": 1, "right": 6000, "bottom": 2},
        "display": {"scale": list(SCALES)[1], "photo": 0.25, "percentile": 50.0},
    }  # fmt: skip
    load(visitor, record)
    sentences = said(visitor)
    for part in (
        "file of **ResNet-34 \\(demo\\)** is another one", "does not know **yeti \\*x\\***", "**nobody.pth** of map 2",
        "percentile 90, for the page cannot set 50", "region lies beyond",
        "Epsilon of map 1 is 0\\.25, for the page cannot set 0\\.3.",
        "Map 2 shows", "cannot set \\/etc",
    ):
        assert sum(part in sentence for sentence in sentences) == 1, (part, sentences)
    assert len(sentences) == 8
    assert visitor.value("a") == "uniform-epsilon"
    assert visitor.value("b_network") == PAGES_NETWORK
    assert handed_out(files)["display"]["photo"] == 0.25


def test_one_map_or_five_are_as_many_as_the_page_shows(small: None, files: Files) -> None:
    visitor = Visitor({"maps": "abd", **FAST_LINK}).wait()
    record = handed_out(files)
    load(visitor, record | {"methods": [{"method": "saliency"}]})
    assert [each["method"] for each in handed_out(files)["methods"]] == ["saliency", "epsilon-plus-flat"]
    assert "have one map" in said(visitor)[0]
    load(visitor, record | {"methods": [{"method": "epsilon-plus"}] * 5})
    assert [each["method"] for each in handed_out(files)["methods"]] == ["epsilon-plus"] * 4
    assert "have 5 maps" in said(visitor)[0]


def test_a_record_that_a_run_has_written_is_loaded_too(small: None, files: Files) -> None:
    visitor = Visitor(FAST_LINK).wait()
    record = handed_out(files)
    load(visitor, {"settings": record | {"explained class index": 4, "explained class": NAMES[4]}, "seconds": 3})
    assert handed_out(files)["explained class"] == NAMES[4]


def test_a_file_of_something_else_is_one_sentence_and_changes_nothing(small: None, files: Files) -> None:
    visitor = Visitor({**CHANGED, EPSILON: "0.5"}).wait()
    before, address = handed_out(files), dict(visitor.at.query_params)
    for data in (b"[]", b"x" * 5_000_000, json.dumps(before | {"methods": [{"method": "Un*known*"}]}).encode()):
        load(visitor, data, "my *file*.json")
        (sentence,) = visitor.sentences
        assert sentence.startswith("The file **my \\*file\\*.json** was not loaded: ")
        assert sentence.endswith(".")
        assert handed_out(files) == before
        assert dict(visitor.at.query_params) == address
    assert control(visitor).value is None
    load(visitor, before)
    assert visitor.sentences == []
    assert visitor.at.session_state[LOADING.key].settings is None


def test_the_control_takes_no_room_until_the_fold_is_opened(visitor: Visitor) -> None:
    assert not [each for each in visitor.at.file_uploader if each.label == "Settings of a comparison"]
    assert len(control(visitor.open_fold("load settings")).proto.help) > 20
