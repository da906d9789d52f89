"""The pages as a visitor meets them: every control, every state, and what is said when something cannot be had.

All but the first view is tested on small random networks in place of the bundled ones. What the page draws is compared with
what the engine gives for the same question; sentences are judged by what they must name, not by how they are worded.
"""

import base64
import hashlib
import html
import io
import json
import re
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import Field, fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import streamlit as st
import torch
from PIL import Image
from streamlit.delta_generator import DeltaGenerator

import lrp
from lrp import backbones, demo
from lrp.backbones import Backbone, imagenet_entry
from lrp.composites import table
from lrp.heatmap import SCALES, sum_channels
from lrp.methods import explain
from lrp.propagation import trace
from lrp.regions import Region, share_inside, when_blurred
from pages.parts import compute, figure, pictures, viewport, words
from pages.parts.controls import log_stops
from pages.parts.look import Look
from pages.parts.pictures import SAMPLES
from pages.parts.presets import PRESETS
from pages.parts.worker import Cancelled
from tests.loopback import Loopback, http, loopback_allowed
from tests.networks import random_resnet
from tests.small import NAMES, write_small
from tests.visitor import SECONDS, Shown, Visitor, finish_queue, unpacked

BUNDLED = demo.FOLDER, demo.SHA256
DEFAULTS = {"a": lrp.UniformEpsilon(), "b": lrp.EpsilonPlusFlat(), "c": lrp.IntegratedGradients()}
EPSILON, RELATIVE = "a_uniform-epsilon_epsilon", "a_uniform-epsilon_relative"
EACH_METHOD = pytest.mark.parametrize("method", lrp.METHODS.values(), ids=lambda method: method.name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small networks of four depths, each in a file as the bundled ones are."""
    path = tmp_path_factory.mktemp("demo")
    for depth in (18, 34, 50, 101):
        write_small(path, depth)
    return path


@pytest.fixture
def small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The small networks of depth 18 and 34 are the bundled ones, and no result is kept from before."""
    st.cache_resource.clear()
    monkeypatch.setattr(demo, "FOLDER", folder)
    monkeypatch.setattr(demo, "SHA256", digests(folder, 18, 34))
    yield
    finish_queue()


def digests(folder: Path, *depths: int) -> dict[int, str]:
    return {depth: hashlib.sha256((folder / f"resnet{depth}.safetensors").read_bytes()).hexdigest() for depth in depths}


@pytest.fixture
def visitor(small: None) -> Visitor:
    """Somebody who has opened the page and sees the whole comparison."""
    return Visitor().wait()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, Any]]:
    """The class and the method of everything that is computed from now on."""
    calls: list[tuple[int, Any]] = []

    def noted(network: Any, x: Any, objective: Any, method: Any, progress: Any = None) -> Any:
        calls.append((objective.target if isinstance(objective, lrp.Logit) else objective, method))
        return explain(network, x, objective, method, progress)

    monkeypatch.setattr(lrp, "explain", noted)
    return calls


def photo(name: str = "Cat") -> Image.Image:
    return Image.fromarray(SAMPLES[name]())


def logits_of(picture: Image.Image, network: Backbone) -> torch.Tensor:
    return network.network(network.preprocess(picture))[0]


def expected(picture: Image.Image, network: Backbone, method: Any, target: int | None = None) -> np.ndarray:
    """The map that the engine gives, for the class that the network sees or another one."""
    target = int(logits_of(picture, network).argmax()) if target is None else target
    return sum_channels(explain(network, network.preprocess(picture), target, method).relevance)


def assert_shows(shown: Shown, values: np.ndarray) -> None:
    """The values are those to half of the last digit that is sent."""
    assert shown.values.shape == values.shape
    assert np.abs(shown.values - values).max() <= 0.501 * shown.step + 1e-6 * np.abs(values).max()


def assert_one_sentence(visitor: Visitor, *parts: str) -> None:
    """Exactly one warning, a whole sentence without jargon, that names these things."""
    (sentence,) = visitor.sentences
    assert sentence[0].isupper() or sentence[0].isdigit()
    assert sentence.endswith(".")
    assert len(sentence) < 300
    assert not {"\n", "Traceback", "Error", "Exception", "<class", "127.0.0.1"} & {*sentence, *sentence.split()}
    for part in parts:
        assert part in sentence


def file_of(picture: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def stripes(width: int = 90, height: int = 60) -> Image.Image:
    """A picture that is no sample."""
    rows, columns = np.indices((height, width))
    return Image.fromarray(np.stack([rows * 4, columns * 2, (rows + columns) % 16 * 16], -1).astype(np.uint8))


# The first view, with the networks that come with the program


@pytest.fixture(scope="module")
def first() -> Iterator[SimpleNamespace]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "FOLDER", BUNDLED[0])
        patch.setattr(demo, "SHA256", BUNDLED[1])
        st.cache_resource.clear()
        network = lrp.load_backbone()
        yield SimpleNamespace(network=network, visitor=Visitor().wait(), logits=logits_of(photo(), network))


def test_the_first_view_says_what_the_network_sees_and_how_sure_it_is(first: SimpleNamespace) -> None:
    probabilities = first.logits.softmax(0)
    assert "ResNet-18" in first.visitor.headline
    assert first.network.categories[int(probabilities.argmax())] in first.visitor.headline
    assert f"{float(probabilities.max()):.0%}" in first.visitor.headline
    assert first.visitor.sentences == []


def test_the_first_view_is_the_picture_and_three_finished_maps(first: SimpleNamespace) -> None:
    seen = first.network.as_seen(first.network.preprocess(photo()))
    np.testing.assert_array_equal(np.asarray(first.visitor.seen.convert("RGB")), np.asarray(seen))
    assert first.visitor.titles == [method.label for method in DEFAULTS.values()]
    assert [shown.title for shown in first.visitor.maps] == first.visitor.titles
    for shown, method in zip(first.visitor.maps, DEFAULTS.values(), strict=True):
        values = expected(photo(), first.network, method)
        assert_shows(shown, values)
    assert first.visitor.progress == []


def test_each_panel_is_told_to_those_who_cannot_see_it(first: SimpleNamespace) -> None:
    header = first.visitor.header
    assert first.visitor.headline.removeprefix("## ").replace("**", "") == header["alt"]
    for told, method in zip(header["maps"], DEFAULTS.values(), strict=True):
        values = expected(photo(), first.network, method)
        assert told["alt"].startswith(f"{method.label}: {values.clip(min=0).sum() / np.abs(values).sum():.0%}")
        assert told["alt"] in first.visitor.words  # the same in words for all, below the maps


def test_each_map_says_what_it_sums_to_and_whether_that_is_right(first: SimpleNamespace) -> None:
    target = int(first.logits.argmax())
    lines = [node.value for node in first.visitor.at.main.markdown]
    for method in DEFAULTS.values():
        result = explain(first.network, first.network.preprocess(photo()), target, method)
        (line,) = (line for line in lines if line.startswith(f"**{method.label}**"))
        total, explained = float(result.total), float(result.explained)
        assert f"**{words.number(total)}**" in line
        assert f"**{words.number(explained)}**" in line
        green = abs(total - explained) <= 0.05 * abs(explained)
        assert (words.GREEN in line, words.AMBER in line) == (green, not green)


def test_the_first_view_can_be_taken_away(first: SimpleNamespace) -> None:
    assert len(first.visitor.at.download_button) == 4
    assert not any(button.proto.disabled for button in first.visitor.at.download_button)


def test_what_the_network_saw_of_the_picture_is_said(first: SimpleNamespace) -> None:
    assert "451 x 300" in first.visitor.words
    assert "160 x 160" in first.visitor.words


def test_every_control_has_help_in_plain_words(first: SimpleNamespace) -> None:
    at = first.visitor.at
    controls = [*at.selectbox, *at.select_slider, *at.slider, *at.toggle, *at.radio, *at.button_group, *at.text_input]
    assert len(controls) >= 15
    for control in [*controls, *at.file_uploader]:
        assert len(control.proto.help) > 20, control.key


# Methods and their settings


def test_moving_epsilon_changes_the_first_map_and_nothing_else(visitor: Visitor, asked: list[tuple[int, Any]]) -> None:
    before = visitor.data
    visitor.put({EPSILON: 1.0})
    after = visitor.data
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True, True]
    assert [method for _, method in asked] == [lrp.UniformEpsilon(1.0)]
    assert visitor.progress == []
    assert_shows(visitor.maps[0], expected(photo(), lrp.load_backbone(), lrp.UniformEpsilon(1.0)))


def test_epsilon_goes_from_nothing_to_its_largest_value(visitor: Visitor) -> None:
    for epsilon in (0.0, 1e-6, 10.0):
        visitor.put({EPSILON: epsilon})
        assert_shows(visitor.maps[0], expected(photo(), lrp.load_backbone(), lrp.UniformEpsilon(epsilon)))


def test_epsilon_can_be_measured_in_units_of_the_signal(visitor: Visitor, asked: list[tuple[int, Any]]) -> None:
    visitor.put({RELATIVE: True})
    assert [method for _, method in asked] == [lrp.UniformEpsilon(relative=True)]
    assert_shows(visitor.maps[0], expected(photo(), lrp.load_backbone(), lrp.UniformEpsilon(relative=True)))


def test_what_was_computed_once_is_not_computed_again(visitor: Visitor, asked: list[tuple[int, Any]]) -> None:
    for epsilon in (1.0, 0.25, 1.0):
        visitor.put({EPSILON: epsilon})
    visitor.put(a="integrated-gradients").put(a="epsilon-plus-flat").put(a="uniform-epsilon")
    assert [method for _, method in asked] == [lrp.UniformEpsilon(1.0)]


def test_a_new_epsilon_class_or_method_needs_no_new_forward_pass(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lrp, "trace", lambda network, x: pytest.fail("the picture went through the network again"))
    visitor.put({EPSILON: 1.0}).put(b="epsilon-plus").put({"class": "ant"}).wait()
    assert len(visitor.maps) == 3


@EACH_METHOD
def test_every_method_can_be_shown_in_every_panel(visitor: Visitor, method: type[Any]) -> None:
    visitor.put(a=method.name, b=method.name, c=method.name).wait()
    values = expected(photo(), lrp.load_backbone(), method())
    assert visitor.titles == [method.label] * 3
    for shown in visitor.maps:
        assert_shows(shown, values)
    assert len(visitor.maps) == 3
    assert visitor.sentences == []


def other(setting: Field[Any]) -> Any:
    """A value of the setting that is not its default."""
    if isinstance(setting.default, bool):
        return not setting.default
    offered = setting.metadata["options"] or log_stops(setting)
    return next(value for value in offered if value not in (setting.default, None))


@EACH_METHOD
def test_every_setting_of_every_method_reaches_the_engine(
    visitor: Visitor, asked: list[tuple[int, Any]], method: type[Any]
) -> None:
    visitor.put(a=method.name, b=method.name).wait()
    for panel, sample in (("a", "Cat"), ("b", "Coffee")):
        visitor.put(sample=sample).wait()
        for setting in fields(method):
            key, value = f"{panel}_{method.name}_{setting.name}", other(setting)
            asked.clear()
            visitor.put({key: value}).wait()
            assert replace(method(), **{setting.name: value}) in [called for _, called in asked]
            visitor.put({key: setting.default}).wait()
            assert visitor.sentences == []


def test_a_method_without_epsilon_takes_the_slider_away(visitor: Visitor) -> None:
    assert EPSILON in visitor.controls
    visitor.put(a="integrated-gradients")
    assert not {EPSILON, RELATIVE} & visitor.controls
    assert "a_integrated-gradients_n_steps" in visitor.controls


def test_settings_are_kept_while_another_method_is_looked_at(visitor: Visitor) -> None:
    visitor.put({EPSILON: 2.5}).put(a="epsilon-plus").put(a="uniform-epsilon")
    assert visitor.value(EPSILON) == 2.5


# The class


def test_a_class_is_chosen_by_name(visitor: Visitor, asked: list[tuple[int, Any]]) -> None:
    headline = visitor.headline
    visitor.put({"class": "bee"}).wait()
    assert visitor.headline == headline  # what the network sees does not depend on what is explained
    assert "**bee**" in visitor.words
    assert asked == [(NAMES.index("bee"), method) for method in DEFAULTS.values()]
    network = lrp.load_backbone()
    for shown, method in zip(visitor.maps, DEFAULTS.values(), strict=True):
        assert_shows(shown, expected(photo(), network, method, NAMES.index("bee")))


def test_a_class_is_chosen_among_the_top_five(visitor: Visitor, asked: list[tuple[int, Any]]) -> None:
    probabilities = logits_of(photo(), lrp.load_backbone()).softmax(0)
    order = [NAMES[i] for i in probabilities.argsort(descending=True)]
    offered = visitor.at.pills(key="top five").options
    assert [text.split()[0] for text in offered] == order[:5]
    assert all(f"{float(probabilities[NAMES.index(name)]):.0%}" in text for name, text in zip(order, offered, strict=False))
    visitor.put({"top five": order[2]})
    assert visitor.value("class") == order[2]
    assert f"**{order[2]}**" in visitor.words
    assert {target for target, _ in asked} == {NAMES.index(order[2])}
    visitor.put({"top five": None})
    assert visitor.value("class") == order[2]


def test_the_last_choice_of_a_class_counts(visitor: Visitor) -> None:
    visitor.put({"top five": "fox"}).put({"class": "ant"})
    assert "**ant**" in visitor.words
    visitor.put(sample="Coffee")
    assert visitor.value("class") == "ant"
    visitor.put({"top five": "bee"})
    assert "**bee**" in visitor.words


def test_the_class_seen_is_explained_until_another_is_chosen(visitor: Visitor, asked: list[tuple[int, Any]]) -> None:
    visitor.put(depth="34", sample="Dahlia")
    network = lrp.load_backbone(34)
    logits = {name: logits_of(photo(name), network) for name in ("Cat", "Dahlia")}
    assert logits["Cat"].argmax() != logits["Dahlia"].argmax()
    assert {target for target, _ in asked} == {int(logits["Dahlia"].argmax())}


# Display


LOOKS: tuple[dict[str, Any], ...] = (
    {"sign": "positive"}, {"clip": 95.5}, {"photo": 0.6}, {"common": True}, {"colours": list(SCALES)[1]}, {"view": "wipe"},
    {"pair": "ba"}, {"mix": 0.25},
)  # fmt: skip


@pytest.mark.parametrize("change", LOOKS, ids=str)
def test_a_moved_display_control_is_in_the_link_and_sends_no_map_again(
    visitor: Visitor, asked: list[tuple[int, Any]], change: dict[str, Any]
) -> None:
    before = visitor.message
    visitor.look(**change)
    assert visitor.message == before
    assert asked == []
    ((name, value),) = change.items()
    assert visitor.at.query_params == {name: spelled(value)}
    again = Visitor({name: spelled(value)})
    assert again.header["look"] == {**visitor.header["look"], **change}
    assert visitor.look(**{name: getattr(Look(), name)}).at.query_params == {}


def test_nothing_is_sent_again_while_nothing_changes_and_the_display_outlives_another_page(visitor: Visitor) -> None:
    before = visitor.message
    assert visitor.run().message == before
    visitor.look(sign="positive", region=[1, 2, 9, 9])
    visitor.at.switch_page("pages/guide.py")
    visitor.run()
    visitor.at.switch_page("pages/compare.py")
    visitor.run()
    assert visitor.header["look"] == Look(sign="positive").settings()
    assert visitor.header["region"] == [1, 2, 9, 9]
    assert visitor.header["stamp"] > unpacked(before)[0]["stamp"]


def test_one_sign_alone_is_told_in_words(visitor: Visitor) -> None:
    visitor.look(sign="negative")
    assert f"{DEFAULTS['a'].label}: 0% of the relevance is in favour" in visitor.words


def test_the_colours_can_be_exchanged_in_the_words_too(visitor: Visitor) -> None:
    for scale in SCALES:
        visitor.look(colours=scale)
        against, _, speaking = scale.lower().split(" - ")
        (line,) = (node.value.lower() for node in visitor.at.main.markdown if "pixels speak for" in node.value)
        assert line.index(speaking) < line.index("speak for") < line.index(f"{against} pixels against")


def test_what_a_browser_says_of_the_display_is_believed_only_where_it_can_be(visitor: Visitor) -> None:
    visitor.look(sign="'; drop", clip="NaN", photo=7, colours=None, view=["wipe"], pair="zz", common={}, mix=None)
    assert visitor.at.session_state["look"] == Look(photo=1.0)
    visitor.look(region=[5, 5, 5, 9])
    assert visitor.at.session_state["region"] is None
    assert len(visitor.maps) == 3


def test_what_the_browser_said_before_a_button_set_the_display_no_longer_counts(visitor: Visitor) -> None:
    visitor.look(sign="positive")
    visitor.at.session_state["given"] = {**visitor.at.session_state["given"], "stamp": 99}
    visitor.run()
    assert visitor.header["stamp"] == 99
    assert visitor.at.session_state["look"] == Look()


def test_on_a_narrow_window_the_methods_are_folded_away(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = visitor.data
    monkeypatch.setattr(viewport, "is_narrow", lambda: True)
    visitor.run()
    assert visitor.data == wide
    assert "Methods and their settings" in [expander.label for expander in visitor.at.expander]


# Two to four maps


def test_maps_are_added_and_removed_and_the_link_says_which(visitor: Visitor, asked: list[tuple[int, Any]]) -> None:
    labels = [method.label for method in DEFAULTS.values()]
    visitor.press("Add a map")
    assert visitor.titles[:3] == labels
    assert len(visitor.maps) == 4
    assert "Add a map" not in visitor.buttons
    assert visitor.at.query_params == {"maps": "abcd"}
    assert len(asked) == 1
    visitor.at.button(key="remove b").click()
    visitor.run()
    assert visitor.titles[:2] == [labels[0], labels[2]]
    visitor.at.button(key="remove a").click()
    visitor.run()
    assert (visitor.titles[0], len(visitor.titles)) == (labels[2], 2)
    assert not [label for label in visitor.buttons if label.startswith("Remove")]
    assert visitor.at.query_params == {"maps": "cd"}
    visitor.press("Add a map").press("Add a map")
    assert visitor.titles[:3] == labels
    assert len(asked) == 1  # what was there before is not computed again


@pytest.mark.parametrize(("link", "keys"), [("bd", "bd"), ("dcba", "abcd"), ("b", "abc"), ("xyz", "abc"), ("", "abc")])
def test_a_link_says_which_maps_are_compared(small: None, link: str, keys: str) -> None:
    visitor = Visitor({"maps": link, "d": lrp.EpsilonPlus.label})
    assert [told["key"] for told in visitor.header["maps"]] == list(keys)


def test_each_of_four_maps_has_its_own_method(visitor: Visitor) -> None:
    visitor.press("Add a map").put(d="uniform-epsilon").put({"d_uniform-epsilon_epsilon": 1.0})
    network = lrp.load_backbone()
    assert_shows(visitor.maps[3], expected(photo(), network, lrp.UniformEpsilon(1.0)))
    assert_shows(visitor.maps[0], expected(photo(), network, lrp.UniformEpsilon()))


# Pictures


def test_every_sample_becomes_a_comparison(visitor: Visitor) -> None:
    network = lrp.load_backbone()
    for name in SAMPLES:
        visitor.put(sample=name).wait()
        seen = network.as_seen(network.preprocess(photo(name)))
        np.testing.assert_array_equal(np.asarray(visitor.seen.convert("RGB")), np.asarray(seen))
        for shown, method in zip(visitor.maps, DEFAULTS.values(), strict=True):
            assert_shows(shown, expected(photo(name), network, method))


def test_an_uploaded_picture_is_explained(visitor: Visitor) -> None:
    for kind in ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP"):
        data = file_of(stripes(), kind)
        visitor.upload(data, f"stripes.{kind.lower()}").wait()
        assert visitor.sentences == []
        assert "90 x 60" in visitor.words
        for shown, method in zip(visitor.maps, DEFAULTS.values(), strict=True):
            assert_shows(shown, expected(lrp.decode_image(data), lrp.load_backbone(), method))


def test_an_uploaded_picture_stays_until_another_one_takes_its_place(visitor: Visitor) -> None:
    cat = visitor.data
    visitor.upload(file_of(stripes())).wait()
    upload = visitor.data
    assert visitor.put({EPSILON: 1.0}).put({EPSILON: 0.25}).data == upload != cat
    assert visitor.put(sample="Coffee").wait().data not in (cat, upload)
    assert visitor.put(sample="Cat").data == cat


def test_the_way_back_from_an_uploaded_picture_is_to_remove_it(visitor: Visitor) -> None:
    cat = visitor.data
    visitor.upload(file_of(stripes())).wait()
    visitor.at.file_uploader(key="upload").clear()
    assert visitor.run().data == cat


def test_the_way_back_to_the_sample_is_one_button(visitor: Visitor) -> None:
    cat, buttons = visitor.data, visitor.buttons
    (back,) = set(visitor.upload(file_of(stripes())).wait().buttons) - set(buttons)
    assert "Cat" in back
    visitor.press(back)
    assert visitor.data == cat
    assert visitor.buttons == buttons


def bomb(side: int = 12_000) -> bytes:
    """A PNG of a few bytes that measures 144 megapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = side.to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    packer = zlib.compressobj(9)
    rows = b"".join([*(packer.compress(bytes(side + 1)) for _ in range(side)), packer.flush()])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


BAD_FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "text": ("notes.png", lambda: b"Dear diary, this is no picture."),
    "bomb": ("bomb.png", bomb),
    "truncated": ("half.jpg", lambda: file_of(stripes(), "JPEG")[:900]),
    "empty": ("empty.png", lambda: b""),
    "page": ("page.png", lambda: b"<!doctype html><script>alert(1)</script>"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_picture_is_one_sentence_and_the_comparison_stays(visitor: Visitor, name: str) -> None:
    file, make = BAD_FILES[name]
    visitor.upload(file_of(stripes())).wait()
    before = visitor.data
    visitor.upload(make(), file)
    assert_one_sentence(visitor)
    assert visitor.data == before
    assert visitor.put(sample="Coffee").sentences == []


def test_results_of_samples_are_shared_but_those_of_uploads_never(small: None, asked: list[tuple[int, Any]]) -> None:
    data = file_of(stripes())
    first, second = Visitor().wait(), Visitor().wait()
    assert len(asked) == 3
    assert first.data == second.data
    asked.clear()
    for visitor in (first, second):
        visitor.upload(data).wait()
    assert sorted(method.name for _, method in asked) == sorted(2 * [method.name for method in DEFAULTS.values()])
    assert Visitor().upload(file_of(stripes(60, 90))).wait().data != second.data


def test_two_visitors_do_not_see_each_others_pictures(small: None) -> None:
    first, second = Visitor().wait(), Visitor().wait()
    cat = second.data
    first.upload(file_of(stripes())).wait()
    assert second.run().data == cat
    assert first.data != cat


def test_pictures_that_differ_in_a_small_spot_are_two_pictures(visitor: Visitor) -> None:
    # Streamlit's own cache looks at a sample of the pixels only and takes many such pictures for one.
    one = Image.fromarray(np.full((900, 900, 3), 120, np.uint8))
    two = one.copy()
    two.paste("red", (450, 450, 480, 480))
    shown = [visitor.upload(file_of(picture, "BMP"), "a.bmp").wait().maps for picture in (one, two)]
    for shown_map, method in zip(shown[1], DEFAULTS.values(), strict=True):
        assert_shows(shown_map, expected(two, lrp.load_backbone(), method))
    assert not np.array_equal(shown[0][0].values, shown[1][0].values)


@pytest.mark.parametrize(
    "colour",
    ["black", "white", "grey"],
)
def test_a_picture_without_anything_in_it_is_explained_as_well(visitor: Visitor, colour: str) -> None:
    visitor.upload(file_of(Image.new("RGB", (64, 64), colour))).wait()
    assert len(visitor.maps) == 3
    assert not re.search(r"\b(nan|inf)\b", visitor.words)


# Links


@pytest.fixture
def web() -> Iterator[Loopback]:
    with Loopback() as server, loopback_allowed(server.port):
        yield server


def test_a_linked_picture_is_fetched_on_the_click_and_explained(visitor: Visitor, web: Loopback) -> None:
    data = file_of(stripes())
    link = web.serve("/stripes.png", http(data))
    visitor.at.text_input(key="link").input(link)
    visitor.run()
    assert web.requests == []
    visitor.fetch(link).wait()
    assert len(web.requests) == 1
    assert visitor.value("link") == link
    assert visitor.sentences == []
    for shown, method in zip(visitor.maps, DEFAULTS.values(), strict=True):
        assert_shows(shown, expected(stripes(), lrp.load_backbone(), method))
    visitor.put({EPSILON: 1.0})
    assert len(web.requests) == 1


def assert_refused(visitor: Visitor, link: str, *parts: str) -> None:
    """One sentence; the comparison and the link that was typed stay."""
    before = visitor.data
    visitor.fetch(link)
    assert_one_sentence(visitor, *parts)
    assert visitor.data == before
    assert visitor.value("link") == link


FORBIDDEN = (
    "file:///etc/passwd", "http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "ftp://a.example/a.png", "cat.png",
    "http://localhost:8501/", "http://[::1]/a.png", "https://name:word@a.example/a.png", "", "data:image/png;base64,AAAA",
)  # fmt: skip


def test_a_link_that_may_not_be_opened_is_one_sentence_and_the_comparison_stays(visitor: Visitor) -> None:
    for link in FORBIDDEN:
        assert_refused(visitor, link)
    assert visitor.put(sample="Coffee").sentences == []


def test_a_link_to_something_else_is_one_sentence_and_the_comparison_stays(visitor: Visitor, web: Loopback) -> None:
    page = web.serve("/page", http(b"<!doctype html><title>Cats</title>", content_type="text/html"))
    notes = web.serve("/notes.png", http(b"Dear diary", content_type="image/png"))
    assert_refused(visitor, page, "web page")
    assert_refused(visitor, web.url("/nowhere.png"), "404")
    assert_refused(visitor, notes)
    assert len(web.requests) == 3


def test_a_server_that_never_answers_is_one_sentence_and_the_comparison_stays(
    visitor: Visitor, web: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lrp.fetch_image.__kwdefaults__, "seconds", 0.4)
    assert_refused(visitor, web.serve("/slow.png", web.silence), "0.4 seconds")


def test_where_links_are_switched_off_none_can_be_typed(small: None, monkeypatch: pytest.MonkeyPatch, web: Loopback) -> None:
    monkeypatch.setenv("LRP_ALLOW_URL", "0")
    link = web.serve("/stripes.png", http(file_of(stripes())))
    visitor = Visitor({"link": link}).wait()
    assert "link" not in visitor.controls
    assert not visitor.at.form_submit_button
    assert len(visitor.maps) == 3
    assert "451 x 300" in visitor.words
    assert web.requests == []


def test_links_that_are_switched_off_meanwhile_are_one_sentence(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, web: Loopback
) -> None:
    before = visitor.data
    visitor.at.text_input(key="link").input(web.serve("/stripes.png", http(file_of(stripes()))))
    monkeypatch.setenv("LRP_ALLOW_URL", "0")
    visitor.at.form_submit_button[0].click()
    visitor.run()
    assert_one_sentence(visitor, "switched off")
    assert visitor.data == before
    assert web.requests == []


# The address of the page


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
    assert visitor.header["look"] == look.settings()
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
    assert visitor.at.session_state["look"] == Look(clip=100.0)
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


def spelled(value: Any) -> str:
    """As the browser writes it into the address."""
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def test_the_page_says_which_rule_each_layer_gets(small: None) -> None:
    visitor = Visitor().put(FAST)
    said = [block.value for block in visitor.at.code]
    network = lrp.load_backbone().network
    rules = [method.rules(network) for method in (lrp.UniformEpsilon(), lrp.EpsilonPlusFlat())]
    assert said[:2] == [table(found) for found in rules]


# Networks


def test_another_depth_is_another_network(visitor: Visitor) -> None:
    visitor.put(depth="34").wait()
    assert "ResNet-34" in visitor.headline
    for shown, method in zip(visitor.maps, DEFAULTS.values(), strict=True):
        assert_shows(shown, expected(photo(), lrp.load_backbone(34), method))


def test_a_depth_that_is_not_bundled_is_one_sentence_and_the_comparison_stays(visitor: Visitor) -> None:
    visitor.put(depth="34").wait()
    before = visitor.data
    visitor.put(depth="50")
    assert_one_sentence(visitor, "18", "34", "50", "ImageNet")
    assert visitor.data == before
    assert visitor.value("depth") == "50"
    assert visitor.put(depth="34").sentences == []


def test_a_link_to_a_depth_that_is_not_bundled_shows_one_that_is(small: None) -> None:
    visitor = Visitor({"depth": "152"}).wait()
    assert_one_sentence(visitor, "152")
    assert "ResNet-18" in visitor.headline
    assert len(visitor.maps) == 3


@pytest.fixture
def shop(small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A server with a small ResNet-18 of six classes as the published ImageNet weights."""
    names = ["crane", "owl", "crane bird", "maillot", "cat", "tub"]
    buffer = io.BytesIO()
    torch.save(random_resnet(18, (4, 4, 4, 4), len(names), torch.float32).state_dict(), buffer)
    file = f"resnet18-{hashlib.sha256(buffer.getvalue()).hexdigest()[:8]}.pth"
    entry = SimpleNamespace(
        url=f"https://elsewhere.invalid/models/{file}",
        meta={"_file_size": len(buffer.getvalue()) / 2**20, "categories": names},
        transforms=imagenet_entry(18).transforms,
    )
    with Loopback() as server:
        monkeypatch.setenv("LRP_WEIGHTS_CACHE", str(tmp_path))
        monkeypatch.setenv("LRP_WEIGHTS_URL", server.url("/models"))
        monkeypatch.setattr(backbones, "imagenet_entry", lambda depth, architecture: entry)
        server.serve(f"/models/{file}", http(buffer.getvalue()))
        yield SimpleNamespace(server=server)


FAST = {"c": "epsilon-plus"}  # Integrated Gradients at 224 pixels take long
FAST_LINK = {"c": lrp.EpsilonPlus.label}


def test_imagenet_weights_are_downloaded_at_first_use(shop: SimpleNamespace) -> None:
    visitor = Visitor().put(FAST)
    visitor.put(weights="imagenet").wait()
    assert visitor.sentences == []
    assert visitor.seen.size == (224, 224)
    network = lrp.load_backbone(18, "imagenet")
    assert network.categories[int(logits_of(photo(), network).argmax())] in visitor.headline
    assert_shows(visitor.maps[0], expected(photo(), network, DEFAULTS["a"]))
    visitor.put({EPSILON: 1.0})
    assert len(shop.server.requests) == 1
    assert visitor.put(weights="demo").seen.size == (32, 32)


def test_a_class_that_the_next_network_lacks_gives_way_to_the_one_seen(shop: SimpleNamespace) -> None:
    visitor = Visitor().put(FAST).put({"class": "bee"}).put({"top five": "ant"})
    visitor.put(weights="imagenet")
    network = lrp.load_backbone(18, "imagenet")
    seen = int(logits_of(photo(), network).argmax())
    assert f"**{network.categories[seen]}" in visitor.words.replace(visitor.headline, "")
    assert_shows(visitor.maps[0], expected(photo(), network, DEFAULTS["a"], seen))
    assert len(visitor.put(weights="demo").maps) == 3


def test_a_class_that_both_networks_know_is_kept(shop: SimpleNamespace) -> None:
    visitor = Visitor().put(FAST).put({"class": "cat"}).put(weights="imagenet")
    assert visitor.value("class") == "cat"
    assert_shows(visitor.maps[0], expected(photo(), lrp.load_backbone(18, "imagenet"), DEFAULTS["a"], 4))


def test_imagenet_weights_that_cannot_be_had_are_one_sentence_and_the_comparison_stays(
    shop: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LRP_WEIGHTS_URL", "http://127.0.0.1:1/")
    visitor = Visitor().wait()
    before = visitor.data
    visitor.put(weights="imagenet")
    assert_one_sentence(visitor, "ImageNet", "demo")
    assert visitor.data == before
    assert visitor.value("weights") == "imagenet"
    visitor.put({EPSILON: 1.0})
    assert_one_sentence(visitor, "ImageNet", "demo")
    assert visitor.put(weights="demo").sentences == []
    monkeypatch.setenv("LRP_WEIGHTS_URL", shop.server.url("/models"))
    visitor.put(FAST).put(weights="imagenet")
    assert visitor.sentences == []
    assert visitor.seen.size == (224, 224)


def test_weights_that_could_not_be_had_are_asked_for_again_on_a_click_only(
    shop: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LRP_WEIGHTS_URL", shop.server.url("/nowhere"))
    visitor = Visitor().put(FAST).put(weights="imagenet")
    asked = len(shop.server.requests)
    assert asked == 1
    visitor.put({EPSILON: 1.0}).look(sign="positive")
    assert len(shop.server.requests) == asked
    monkeypatch.setenv("LRP_WEIGHTS_URL", shop.server.url("/models"))
    visitor.press("Try again")
    assert visitor.sentences == []
    assert visitor.seen.size == (224, 224)


def test_a_link_to_imagenet_weights_downloads_them(shop: SimpleNamespace) -> None:
    visitor = Visitor({"weights": "ImageNet", "class": "crane bird", "c": lrp.EpsilonPlus.label})
    assert visitor.sentences == []
    assert_shows(visitor.maps[0], expected(photo(), lrp.load_backbone(18, "imagenet"), DEFAULTS["a"], 2))


def test_going_to_and_fro_between_many_networks_never_breaks_the_page(
    small: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "SHA256", digests(folder, 18, 34, 50, 101))
    visitor = Visitor().put(FAST)
    for depth in (34, 50, 18, 101, 18, 34):
        visitor.put(depth=str(depth))
        assert f"ResNet-{depth}" in visitor.headline
        assert_shows(visitor.maps[0], expected(photo(), lrp.load_backbone(depth), DEFAULTS["a"]))


def test_networks_that_others_load_do_not_break_the_page(
    small: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More networks than are kept: the visitor's own is dropped, and comes back as another object with the same weights.
    monkeypatch.setattr(demo, "SHA256", digests(folder, 18, 34, 50, 101))
    visitor, somebody = Visitor().put(FAST), Visitor().put(FAST)
    for depth in (34, 50, 101):
        somebody.put(depth=str(depth))
    assert_shows(visitor.put({EPSILON: 1.0}).maps[0], expected(photo(), lrp.load_backbone(), lrp.UniformEpsilon(1.0)))


# Long work


@pytest.fixture
def gate(small: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Integrated Gradients stop at a quarter until the gate is opened; `ends` says how each of them ended."""
    opened, reached, ends = threading.Event(), threading.Event(), []

    def held(network: Any, x: Any, target: int, method: Any, progress: Any = None) -> Any:
        if method.family == "LRP" or progress is None:
            return explain(network, x, target, method, progress)
        try:
            while True:
                progress(0.25)
                reached.set()
                if opened.wait(0.01):
                    progress(0.25)
                    break
        except Cancelled:
            ends.append("cancelled")
            raise
        ends.append("finished")
        return explain(network, x, target, method, progress)

    monkeypatch.setattr(lrp, "explain", held)
    yield SimpleNamespace(opened=opened, reached=reached, ends=ends)
    opened.set()
    finish_queue()


def out_of_memory(*_: Any) -> Any:
    raise MemoryError


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException, family: str = "IG") -> None:
    def broken(network: Any, x: Any, target: int, method: Any, progress: Any = None) -> Any:
        if method.family == family:
            raise error
        return explain(network, x, target, method, progress)

    monkeypatch.setattr(lrp, "explain", broken)


def test_the_fast_maps_are_there_while_the_slow_one_is_computed(gate: SimpleNamespace) -> None:
    visitor = Visitor()
    assert gate.reached.wait(SECONDS)
    visitor.run()
    assert [shown.title for shown in visitor.maps] == [DEFAULTS["a"].label, DEFAULTS["b"].label]
    ((done, text),) = visitor.progress
    assert done == 25
    assert DEFAULTS["c"].label in text
    assert "25%" in text
    assert re.search("25% done, about .* left$", text)
    assert DEFAULTS["c"].label in visitor.titles
    assert [text.partition(", about ")[0] for text in visitor.absent] == ["computing"]
    assert visitor.put({EPSILON: 1.0}).progress[0][0] == 25  # the work goes on meanwhile
    gate.opened.set()
    assert len(visitor.wait().maps) == 3
    assert visitor.progress == []
    assert gate.ends == ["finished"]


def test_while_a_map_is_computed_the_one_before_stays_in_its_place_and_is_said_to_be_older(gate: SimpleNamespace) -> None:
    visitor, slow = Visitor(FAST_LINK).put({"b": "integrated-gradients"}), DEFAULTS["c"].label
    assert gate.reached.wait(SECONDS)
    first, second, _ = visitor.run().header["maps"]
    assert (first["before"], second["before"]) == ("", DEFAULTS["b"].label)
    assert second["title"] == slow
    assert second["at"] is not None
    assert [shown.title for shown in visitor.maps] == [first["title"], visitor.titles[2]]
    assert f"- {slow}:" not in visitor.words  # in words only what is there is told
    gate.opened.set()
    assert len(visitor.wait().maps) == 3
    assert {told["before"] for told in visitor.header["maps"]} == {""}


def test_slow_work_can_be_cancelled_and_begun_again(gate: SimpleNamespace) -> None:
    visitor = Visitor()
    assert gate.reached.wait(SECONDS)
    visitor.press("Cancel").wait()
    assert gate.ends == ["cancelled"]
    assert_one_sentence(visitor, DEFAULTS["c"].label, "cancelled")
    assert len(visitor.maps) == 2
    gate.opened.set()
    visitor.press("Try again").wait()
    assert len(visitor.maps) == 3
    assert visitor.sentences == []


def test_work_that_waits_says_how_many_are_before_it_and_can_be_cancelled(gate: SimpleNamespace) -> None:
    first = Visitor()
    assert gate.reached.wait(SECONDS)
    second = Visitor({"class": "ant"})
    assert "1 waiting" in second.progress[0][1]
    second.press("Cancel")
    assert_one_sentence(second, "cancelled")
    gate.opened.set()
    assert len(first.wait().maps) == 3
    assert gate.ends == ["finished"]


def test_work_whose_result_is_no_longer_wanted_is_ended(gate: SimpleNamespace) -> None:
    visitor = Visitor()
    assert gate.reached.wait(SECONDS)
    visitor.put({"class": "ant"})
    gate.opened.set()
    visitor.wait()
    assert gate.ends == ["cancelled", "finished"]
    assert_shows(visitor.maps[2], expected(photo(), lrp.load_backbone(), DEFAULTS["c"], 0))


def test_the_same_slow_map_in_two_panels_is_computed_once(gate: SimpleNamespace) -> None:
    visitor = Visitor({"b": DEFAULTS["c"].label})
    gate.opened.set()
    assert len(visitor.wait().maps) == 3
    assert gate.ends == ["finished"]


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't allocate memory"), ValueError("x must be y")], ids=repr)
def test_slow_work_that_fails_is_one_sentence_and_a_way_to_try_again(
    small: None, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    failing(monkeypatch, error)
    visitor = Visitor().wait()
    assert_one_sentence(visitor, DEFAULTS["c"].label)
    assert ("memory" in visitor.sentences[0]) == (not isinstance(error, ValueError))
    assert len(visitor.maps) == 2
    assert visitor.progress == []
    assert_one_sentence(visitor.put({EPSILON: 1.0}), DEFAULTS["c"].label)
    monkeypatch.setattr(lrp, "explain", explain)
    visitor.press("Try again").wait()
    assert len(visitor.maps) == 3
    assert visitor.sentences == []


def test_a_map_that_failed_is_not_said_to_be_on_its_way(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, MemoryError())
    assert [text for text in Visitor().wait().absent if "computing" not in text]


def test_two_slow_maps_that_fail_do_not_break_the_page(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, MemoryError())
    label = DEFAULTS["c"].label
    visitor = Visitor({"a": label, "a_integrated-gradients_baseline": "white", "b": label}).wait()
    assert len(visitor.sentences) in (2, 3)  # the second and the third ask the same
    assert visitor.maps == []


@pytest.mark.parametrize("place", ["explain", "trace"])
def test_too_little_memory_for_a_fast_map_is_one_sentence(
    small: None, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    visitor = Visitor().wait()
    failing(monkeypatch, MemoryError(), "LRP")
    if place == "trace":
        monkeypatch.setattr(lrp, "trace", out_of_memory)
        visitor.put(depth="34")
    else:
        visitor.put({EPSILON: 1.0})
    assert_one_sentence(visitor, "memory")


def test_work_that_ends_while_the_page_is_drawn_is_shown_at_once(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(*args: Any, **settings: Any) -> Any:
        finish_queue()
        return real(*args, **settings)

    real = figure.draw
    monkeypatch.setattr(figure, "draw", slowly)
    visitor = Visitor()
    assert len(visitor.maps) == 3 or visitor.progress  # shown, or on its way; never forgotten


@pytest.fixture
def leave(small: None) -> Iterator[Callable[[], None]]:
    """The queue is full until this is called."""
    gone, worker = threading.Event(), compute.worker()
    jobs = [worker.submit(lambda progress: gone.wait(SECONDS)) for _ in range(worker.limit)]

    def leave() -> None:
        gone.set()
        for job in jobs:
            job.future.result(SECONDS)

    yield leave
    leave()


def test_a_full_queue_is_one_sentence_and_the_fast_maps_are_there(leave: Callable[[], None]) -> None:
    visitor = Visitor()
    assert_one_sentence(visitor, str(compute.worker().limit), "try again")
    assert len(visitor.maps) == 2
    leave()
    assert len(visitor.run().wait().maps) == 3
    assert visitor.sentences == []


def test_a_full_queue_offers_to_try_again(leave: Callable[[], None]) -> None:
    visitor = Visitor()
    assert [label for label in visitor.buttons if label.startswith("Try again")]


def test_a_sentence_about_a_picture_outlives_the_end_of_slow_work(gate: SimpleNamespace) -> None:
    visitor = Visitor()
    assert gate.reached.wait(SECONDS)
    visitor.upload(b"no picture")
    assert_one_sentence(visitor)
    gate.opened.set()
    visitor.wait()  # nobody pressed anything: the page drew itself again
    assert_one_sentence(visitor)


# What people take away


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], bytes]]:
    """What the download buttons of the page last drawn would hand out, by file name."""
    offered: dict[str, Callable[[], bytes]] = {}
    real = DeltaGenerator.download_button

    def noted(self: Any, label: str, data: Any, file_name: str, *args: Any, **settings: Any) -> Any:
        offered[file_name] = data if callable(data) else lambda: data
        return real(self, label, data, file_name, *args, **settings)

    monkeypatch.setattr(DeltaGenerator, "download_button", noted)
    return offered


def ending(files: dict[str, Callable[[], bytes]], end: str) -> bytes:
    """The one file whose name ends so."""
    (make,) = (make for name, make in files.items() if name.endswith(end))
    return make()


def test_the_numbers_are_those_of_the_engine_and_the_settings_make_them_again(
    small: None, files: dict[str, Callable[[], bytes]]
) -> None:
    visitor = Visitor({"sample": "Coffee", "class": "elk", EPSILON: "0.5", "depth": "34"}).wait()
    record = json.loads(ending(files, ".json"))
    network = lrp.load_backbone(int(record["network"].rpartition("-")[2]), record["weights"])
    assert record["weights sha256"] == network.sha256
    target = network.categories.index(record["explained class"])
    x = network.preprocess(photo(record["picture"]))
    with np.load(io.BytesIO(ending(files, ".npz")), allow_pickle=False) as numbers:
        assert json.loads(str(numbers["settings"])) == record
        np.testing.assert_array_equal(numbers["logits"], trace(network, x).logits[0])
        np.testing.assert_array_equal(numbers["picture"], np.asarray(network.as_seen(x)))
        arrays = [numbers[name] for name in numbers.files if name.startswith("relevance")]
    methods = [dict(method) for method in record["methods"]]
    for array, method, shown in zip(arrays, methods, visitor.maps, strict=True):
        again = lrp.METHODS[method.pop("method")](**method)
        np.testing.assert_array_equal(array, explain(network, x, target, again).relevance[0])
        assert_shows(shown, array.sum(0))
    logits = logits_of(photo("Coffee"), network)
    assert record["logit"] == pytest.approx(float(logits[target]), rel=1e-5)
    assert record["probability"] == pytest.approx(float(logits.softmax(0)[target]), rel=1e-5)


def test_the_picture_to_take_away_holds_all_panels_and_its_settings(small: None, files: dict[str, Callable[[], bytes]]) -> None:
    visitor = Visitor({"sign": "Negative", "photo": "0.5"}).wait()
    with Image.open(io.BytesIO(ending(files, ".png"))) as page:
        page.load()
        assert json.loads(page.text["settings"]) == json.loads(ending(files, ".json"))
        assert page.width >= 4 * 320
        assert page.height >= 320
        shown = np.asarray(page.convert("RGB"))
    seen = np.asarray(visitor.seen.convert("RGB").resize((320, 320), Image.Resampling.NEAREST))
    rows, columns = np.nonzero((shown[:-319, :-319] == seen[0, 0]).all(-1))
    assert any(np.array_equal(shown[y : y + 320, x : x + 320], seen) for y, x in zip(rows, columns, strict=True))


def test_every_display_setting_is_written_down(small: None, files: dict[str, Callable[[], bytes]]) -> None:
    visitor = Visitor().wait()
    before = json.loads(ending(files, ".json"))
    for change in LOOKS:
        visitor.look(**change)
        after = json.loads(ending(files, ".json"))
        assert after["display"] == {**before["display"], **change}
        assert {**after, "display": None} == {**before, "display": None}
        before = after


def test_what_is_ready_can_be_taken_away_before_the_rest(gate: SimpleNamespace, files: dict[str, Callable[[], bytes]]) -> None:
    Visitor()
    with np.load(io.BytesIO(ending(files, ".npz")), allow_pickle=False) as numbers:
        assert len([name for name in numbers.files if name.startswith("relevance")]) == 2
    with Image.open(io.BytesIO(ending(files, ".png"))) as page:
        assert page.width >= 3 * 320


def test_nothing_of_an_uploaded_file_but_the_picture_leaves_the_page(
    small: None, files: dict[str, Callable[[], bytes]]
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    buffer = io.BytesIO()
    stripes().save(buffer, "JPEG", exif=exif, comment=b"SecretComment")
    visitor = Visitor().upload(buffer.getvalue(), "stripes.jpg", "image/jpeg").wait()
    record = json.loads(ending(files, ".json"))
    assert hashlib.sha256(buffer.getvalue()).hexdigest() in record.values()
    for data in (*(ending(files, end) for end in (".json", ".npz", ".png")), visitor.message, file_of(visitor.seen)):
        assert b"Secret" not in data


# A region


def test_a_marked_region_is_told_with_its_shares_and_the_experiment(visitor: Visitor, asked: list[tuple[int, Any]]) -> None:
    before = visitor.message
    visitor.look(region=[4, 8, 20, 30])
    assert visitor.message == before
    assert asked == []
    assert visitor.at.query_params == {"region": "4,8,20,30"}
    network, region = lrp.load_backbone(), Region(4, 8, 20, 30)
    x = network.preprocess(photo())
    target = int(logits_of(photo(), network).argmax())
    before, after = map(float, when_blurred(network.network, x, target, region))
    assert f"from {before:.2f} to {after:.2f} (**{after - before:+.2f}**)" in visitor.words
    assert f"{16 * 22 / 32**2:.1%} of the picture" in visitor.words
    for method in DEFAULTS.values():
        positive, negative = share_inside(expected(photo(), network, method), region)
        assert f"| {method.label} | {positive:.1%} | {negative:.1%} |" in visitor.words
    assert "marked region" not in visitor.look(region=None).words
    assert visitor.at.query_params == {}


def test_a_region_in_the_link_is_cut_to_the_picture_or_left_out(small: None) -> None:
    assert "Columns 20 to 31, rows 3 to 31" in Visitor({"region": "20,3,90,99", **FAST_LINK}).words
    for nonsense in ("40,40,50,50", "3,3,3,9", "1,2,3", "a,b,c,d", "-4,0,9,9"):
        assert "marked region" not in Visitor({"region": nonsense, **FAST_LINK}).words


# This rather than that


def test_why_this_class_rather_than_that_is_the_difference_of_their_logits(
    visitor: Visitor, asked: list[tuple[int, Any]], files: dict[str, Callable[[], bytes]]
) -> None:
    visitor.put({"class": "bee", "objective": "contrast"}).put({"versus": "fox"}).wait()
    contrast = lrp.Contrast(NAMES.index("bee"), NAMES.index("fox"))
    assert {target for target, _ in asked[-len(DEFAULTS) :]} == {contrast}
    assert "**bee** rather than **fox**" in visitor.words
    network, logits = lrp.load_backbone(), logits_of(photo(), lrp.load_backbone())
    for shown, method in zip(visitor.maps, DEFAULTS.values(), strict=True):
        found = explain(network, network.preprocess(photo()), contrast, method)
        assert_shows(shown, sum_channels(found.relevance))
    apart = float(logits[contrast.target] - logits[contrast.versus])
    assert f"the difference of the two logits is **{words.number(apart)}**" in visitor.words
    assert json.loads(ending(files, ".json"))["rather than class"] == "fox"
    assert visitor.put({"class": "fox"}).wait().sentences == []  # which cannot be held against itself
    assert NAMES[asked[-1][0].target] == "fox" != NAMES[asked[-1][0].versus]


def test_the_bars_are_the_likeliest_classes_and_a_click_on_one_explains_it(visitor: Visitor) -> None:
    probabilities = logits_of(photo(), lrp.load_backbone()).softmax(0)
    order = [NAMES[i] for i in probabilities.argsort(descending=True)]
    (chart,) = visitor.at.get("plotly_chart")
    spec = json.loads(chart.proto.spec)
    (bars,) = spec["data"]
    assert bars["y"] == order[:5]
    assert spec["layout"]["yaxis"]["autorange"] == "reversed"  # the likeliest is at the top
    shares = [f"{float(probabilities[NAMES.index(name)]):.1%}" for name in order[:5]]
    assert bars["text"] == [f"{shares[0]} explained", *shares[1:]]
    assert all(name in chart.proto.alt for name in order[:5])
    (red,) = {name for name, colour in zip(bars["y"], bars["marker"]["color"], strict=True) if colour == "#b2182b"}
    assert red == order[0]
    (bars,) = json.loads(visitor.put(objective="contrast").at.get("plotly_chart")[0].proto.spec)["data"]
    assert bars["text"] == [f"{shares[0]} explained", f"{shares[1]} compared", *shares[2:]]


# Presets and the report


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_methods_settings_and_display_and_reset_brings_all_back(small: None, name: str) -> None:
    _, settings, look = PRESETS[name]
    visitor = Visitor({"sign": "negative", "maps": "bcd", "b": lrp.Saliency.label, **FAST_LINK})
    visitor.press(name).wait()
    assert visitor.sentences == []
    assert visitor.header["look"] == look.settings()
    assert len(visitor.maps) == 3
    for key, value in settings.items():
        assert visitor.value(key) == value
    visitor.press("Reset").wait()
    assert visitor.titles == [method.label for method in DEFAULTS.values()]
    assert visitor.at.session_state["look"] == Look()
    assert visitor.value(EPSILON) == lrp.UniformEpsilon().epsilon


def test_the_report_is_one_file_with_pictures_words_numbers_and_the_way_back(
    small: None, files: dict[str, Callable[[], bytes]]
) -> None:
    link = {"class": "bee", "region": "4,8,20,30", EPSILON: "0.5", "sign": "positive", "photo": "0.3"}
    visitor = Visitor(link).wait()
    text = ending(files, "report.html").decode()
    assert not re.search(r"(src|href)=\"(?!data:|\?|http://localhost|http://127)", text)  # nothing is fetched from elsewhere
    assert text.count("data:image/png;base64,") == 4
    record = json.loads(ending(files, ".json"))
    for part in ("bee", record["weights sha256"], f"torch</th><td>{torch.__version__}", "The marked region", "epsilon 0.5"):
        assert part in text
    for method in (lrp.UniformEpsilon(0.5), DEFAULTS["b"], DEFAULTS["c"]):
        found = explain(lrp.load_backbone(), lrp.load_backbone().preprocess(photo()), NAMES.index("bee"), method)
        assert f"<b>{words.number(float(found.total))}</b>" in text
    address = html.unescape(re.findall(r'href="([^"]*)"', text)[-1])
    again = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
    assert Visitor(again).wait().data == visitor.data
    assert again.items() >= {"class": "bee", "region": "4,8,20,30", "sign": "positive"}.items()


# Pasted pictures and the tray


def test_what_was_pasted_is_read_back_and_too_much_is_one_sentence() -> None:
    assert pictures.decoded(base64.b64encode(b"data").decode()) == b"data"
    with pytest.raises(lrp.InputError, match="10 MB"):
        pictures.decoded(None)


def test_own_pictures_stay_in_a_tray_to_switch_between(visitor: Visitor) -> None:
    visitor.put(FAST)
    shown = []
    for width in (60, 90, 120):
        shown.append(visitor.upload(file_of(stripes(width)), f"{width}.png").data)
    visitor.at.button(key="tray 2").click()
    assert visitor.run().data == shown[0]
    visitor.at.button(key="tray 0").click()
    assert visitor.run().data == shown[2]
    visitor.press("Back to the sample")
    assert "451 x 300" in visitor.words
    visitor.at.button(key="tray 1").click()
    assert visitor.run().data == shown[1]
    for width in (150, 180, 210):
        visitor.upload(file_of(stripes(width)), f"{width}.png")
    assert len([key for key in visitor.controls if key.startswith("tray ")]) == 4


# The other page


def test_the_example_of_the_guide_is_worked_out_anew_as_it_is_changed(visitor: Visitor) -> None:
    visitor.at.switch_page("pages/guide.py")
    visitor.run()
    assert "| LRP, ε = 0 | -1, 3 | 2 |" in visitor.words
    visitor.put({"example epsilon": 0.5, "example v2": 0.0})
    top = 3 / 3.5
    assert f"| LRP, ε = 0.5 | {top * 3 / 3.5:.3g}, {top * 6 / 3.5:.3g} | {top * 9 / 3.5:.3g} |" in visitor.words
    assert "| IG from 0 | 1, 2 | 3 |" in visitor.words


def test_the_guide_explains_how_to_read_a_heatmap_and_leads_back(visitor: Visitor) -> None:
    visitor.put({EPSILON: 1.0, "class": "ant"}).wait()
    before = visitor.data
    visitor.at.switch_page("pages/guide.py")
    visitor.run()
    text = "\n".join(node.value for node in visitor.at.markdown)
    assert visitor.at.title[0].value
    assert len(visitor.at.latex) >= 2
    for word in ("Epsilon", "baseline", "logit", "Sundararajan", "Bach"):
        assert word in text
    assert visitor.sentences == []
    visitor.at.switch_page("pages/compare.py")
    assert visitor.run().data == before


def test_slow_work_goes_on_while_the_guide_is_read(gate: SimpleNamespace) -> None:
    visitor = Visitor()
    assert gate.reached.wait(SECONDS)
    visitor.at.switch_page("pages/guide.py")
    visitor.run()
    gate.opened.set()
    finish_queue()
    visitor.at.switch_page("pages/compare.py")
    assert len(visitor.run().maps) == 3
    assert gate.ends == ["finished"]
