"""Methods and their settings."""

from dataclasses import Field, fields, replace
from typing import Any

import pytest

import lrp
from lrp.settings import value_in_words
from tests.pages.helpers import EACH_METHOD, EPSILON, RELATIVE, as_shown, assert_shows, expected, other, photo
from tests.visitor import Visitor


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
    network = lrp.load_backbone()
    values = expected(photo(), network, as_shown(method(), network))
    assert visitor.titles == [method.label] * 3
    for shown in visitor.maps:
        assert_shows(shown, values)
    assert len(visitor.maps) == 3
    assert visitor.sentences == []


def as_chosen(setting: Field[Any], value: Any) -> Any:
    """A value as its control holds it: a menu holds the words of its options."""
    return value_in_words(value) if setting.metadata["options"] else value


@EACH_METHOD
def test_every_setting_of_every_method_reaches_the_engine(
    visitor: Visitor, asked: list[tuple[int, Any]], method: type[Any]
) -> None:
    network = lrp.load_backbone()
    visitor.put(a=method.name, b=method.name).wait()
    for panel, sample in (("a", "Cat"), ("b", "Coffee")):
        visitor.put(sample=sample).wait()
        back: dict[str, Any] = {}  # the setting before, as it was at first
        for setting in fields(method):
            key, value = f"{panel}_{method.name}_{setting.name}", other(setting)
            if value == setting.default:  # pictures, which have tests of their own
                continue
            asked.clear()
            visitor.put(back | {key: as_chosen(setting, value)}).wait()
            assert as_shown(replace(method(), **{setting.name: value}), network) in [called for _, called in asked]
            assert visitor.sentences == []
            back = {key: as_chosen(setting, setting.default)}
        visitor.put(back).wait()
        assert visitor.sentences == []


def test_a_method_without_epsilon_takes_the_slider_away(visitor: Visitor) -> None:
    assert EPSILON in visitor.controls
    visitor.put(a="integrated-gradients")
    assert not {EPSILON, RELATIVE} & visitor.controls
    assert "a_integrated-gradients_n_steps" in visitor.controls


def test_settings_are_kept_while_another_method_is_looked_at(visitor: Visitor) -> None:
    visitor.put({EPSILON: 2.5}).put(a="epsilon-plus").put(a="uniform-epsilon")
    assert visitor.value(EPSILON) == 2.5


@pytest.mark.parametrize("steps", [1, 200, 1024])
def test_integrated_gradients_take_any_number_of_steps_exactly(small: None, steps: int) -> None:
    link = {"c_integrated-gradients_n_steps": str(steps), "c_integrated-gradients_tolerance": "none"}
    visitor = Visitor(link).wait()
    assert visitor.value("c_integrated-gradients_n_steps") == steps
    if "Compute" in visitor.buttons:  # the page may take it for long work, which it computes on request
        visitor.press("Compute").wait()
    method = lrp.IntegratedGradients(n_steps=steps, tolerance=None)
    assert_shows(visitor.maps[2], expected(photo(), lrp.load_backbone(), method))
    assert f"{steps} step" in visitor.words


@pytest.mark.parametrize("asked", ["0", "1025", "abc"])
def test_a_number_of_steps_beyond_the_limits_is_said_and_left(small: None, asked: str) -> None:
    visitor = Visitor({"c_integrated-gradients_n_steps": asked})
    assert visitor.value("c_integrated-gradients_n_steps") == lrp.IntegratedGradients().n_steps
    assert any(f"“{asked}”" in told.value and "1 to 1024" in told.value for told in visitor.at.info)
