"""How maps are drawn, two to four of them, and a marked region."""

from dataclasses import asdict, replace
from typing import Any

import pytest

import lrp
from lrp.display.colours import SCALES
from lrp.metrics.regions import share_inside, when_blurred
from lrp.region import Region
from pages.parts.canvas.look import Look
from pages.parts.frame import viewport
from tests.canvas_messages import unpacked
from tests.pages.helpers import DEFAULTS, FAST_LINK, LOOKS, assert_shows, expected, logits_of, photo, spelled
from tests.visitor import Visitor


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
    assert visitor.header["look"] == asdict(Look(sign="positive"))
    assert visitor.header["region"] == [1, 2, 9, 9]
    assert visitor.header["stamp"] > unpacked(before)[0]["stamp"]


def test_one_sign_alone_is_told_in_words(visitor: Visitor) -> None:
    visitor.look(sign="negative")
    assert "Only the negative relevance is drawn; sums and words are of the whole map." in visitor.words


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
    visitor.at.session_state["given"] = replace(visitor.at.session_state["given"], stamp=99)
    visitor.run()
    assert visitor.header["stamp"] == 99
    assert visitor.at.session_state["look"] == Look()


def test_a_narrow_window_shows_the_same_maps_with_a_drawer_of_methods(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = visitor.data
    monkeypatch.setattr(viewport, "is_narrow", lambda: True)
    visitor.run()
    assert visitor.data == wide
    assert "Methods, their settings, and presets" in [expander.label for expander in visitor.at.expander]
    visitor.open_fold("rules")
    assert visitor.at.text[0].value.splitlines()[:3] == ["conv1", "    Epsilon(epsilon=0.25,", "    relative=False, bias=True)"]


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
