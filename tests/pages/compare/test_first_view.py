"""The first view, with the networks that come with the program."""

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest

import lrp
from lrp.methods import explain
from lrp.models import demo
from pages.parts.say import map_words, number_words
from pages.parts.work import compute
from tests.lrp.test_imports import HEAVY, run
from tests.pages.helpers import BUNDLED, DEFAULTS, assert_shows, expected, logits_of, photo
from tests.visitor import Visitor


@pytest.fixture(scope="module")
def first() -> Iterator[SimpleNamespace]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "FOLDER", BUNDLED[0])
        patch.setattr(demo, "SHA256", BUNDLED[1])
        compute.forget_shared()
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
        assert f"**{number_words.number_text(total)}**" in line
        assert f"**{number_words.number_text(explained)}**" in line
        green = abs(total - explained) <= 0.05 * abs(explained)
        assert (map_words.GREEN in line, map_words.AMBER in line) == (green, not green)


def test_the_first_view_can_be_taken_away(first: SimpleNamespace) -> None:
    assert len(first.visitor.at.download_button) == 5
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


def test_the_first_lrp_maps_need_no_library_but_torch_and_those_of_the_page() -> None:
    loaded = run("""
        import sys
        from tests.visitor import Visitor
        from tests.work_queue import finish_queue
        assert len(Visitor({"maps": "ab"}).maps) == 2
        finish_queue()  # or torch would be cut off in the middle of its work as the process ends
        print(*sys.modules)
    """).split()
    assert {"torch", "streamlit", "lrp.models.demo"} <= set(loaded)
    assert not {*HEAVY, "pandas"} & set(loaded)
