"""What of a file of settings the page cannot set is said, and what is no such file changes nothing."""

import json
from dataclasses import fields
from pathlib import Path

import lrp
from lrp.display.colours import SCALES
from pages.parts.choose.panel_network import PAGES_NETWORK
from pages.parts.compare.settings_upload import LOADING
from tests.pages.compare.loading import CHANGED, Files, control, handed_out, load, said
from tests.pages.compare.test_panel_networks import pets as pets
from tests.pages.helpers import EPSILON, FAST_LINK
from tests.small import NAMES
from tests.visitor import Visitor

METHOD_OF_PICTURES = next(
    (slug, setting.name) for slug, method in lrp.METHODS.items() for setting in fields(method) if setting.metadata["pictures"]
)


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
