"""What no browser would send: every control takes it as if it had not been touched, and the visit goes on."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates

from pages.parts.shell.widget_states import MAX_NESTING, _read
from tests.visitor import Visitor

HUGE = "1" + "0" * 400  # a whole number beyond all floats
LOOK = f'{{"stamp": 1, "photo": {HUGE}, "clip": Infinity, "mix": NaN, "pair": 3, "common": [], "view": {{}}}}'
REGION = f'{{"stamp": 1, "box": [Infinity, 1, NaN, {HUGE}]}}'


def single(field: str, value: Any) -> Callable[[WidgetState], None]:
    return lambda state: setattr(state, field, value)


def several(field: str, values: list[Any]) -> Callable[[WidgetState], None]:
    return lambda state: getattr(state, field).data.extend(values) or getattr(state, field).SetInParent()


def file(state: WidgetState) -> None:
    state.file_uploader_state_value.uploaded_file_info.add(file_id="nobody sent it", name="a.png", size=2**60)


STATES = {
    "bool": single("bool_value", True), "trigger": single("trigger_value", True),
    "infinity": single("double_value", float("inf")), "no number": single("double_value", float("nan")),
    "huge": single("int_value", 2**62), "text": single("string_value", "none"),
    "no numbers": several("double_array_value", []), "numbers": several("double_array_value", [float("inf"), 1e300, 3]),
    "whole": several("int_array_value", [2**60] * 5), "texts": several("string_array_value", ["no", "such"]),
    "no texts": several("string_array_value", []), "null": single("json_value", "null"), "list": single("json_value", "[1, 2]"),
    "no json": single("json_value", "{"), "bytes": single("bytes_value", b"\xff"), "file": file,
    "numbers in json": single("json_value", f'{{"look": {LOOK}, "region": {REGION}, "index": {HUGE}, "picked": {{}}}}'),
    "types in json": single("json_value", '{"look": "x", "region": 3, "index": "x", "picked": [], "width": "wide"}'),
    "events": single("json_trigger_value", '[{"event": "picture", "value": 7}, {"event": "file", "value": [1]}]'),
    "refused": single("json_trigger_value", '[{"event": "refused", "value": {"files": "x"}}]'),
    "picked": single("json_trigger_value", '[{"event": "picked", "value": 9}]'),
    "no events": single("json_trigger_value", '{"picture": 7, "file": 7}'),
}  # fmt: skip
PAGES = ("compare", "epsilon", "gamma", "layers", "depths", "faithfulness")


def ids(visitor: Visitor) -> list[str]:
    """The widgets of the page, those of the sidebar included."""
    nodes = [*visitor.at.main, *visitor.at.sidebar]
    return list(dict.fromkeys(found for node in nodes if (found := getattr(getattr(node, "proto", None), "id", ""))))


def send(visitor: Visitor, change: Callable[[WidgetState], None], to: list[str]) -> Visitor:
    """The page once more, after a message with this state for these widgets."""
    states = WidgetStates()
    for id in to:
        change(states.widgets.add(id=id))
    visitor.at._run(states)
    assert not visitor.at.exception, visitor.at.exception
    return visitor


@pytest.mark.parametrize("page", PAGES)
def test_a_state_of_any_type_for_every_control_leaves_the_page_as_it_was(small: None, page: str) -> None:
    visitor = Visitor()
    visitor.at.switch_page(f"pages/{page}.py")
    visitor.run().wait()
    widgets, headline = ids(visitor), [node.value for node in visitor.at.main.markdown][:1]
    assert len(widgets) > 5
    for change in STATES.values():
        send(visitor, change, widgets)
    visitor.run()
    assert [node.value for node in visitor.at.main.markdown][:1] == headline


@pytest.mark.parametrize(("depth", "is_read"), [(MAX_NESTING - 2, True), (MAX_NESTING, False), (700, False)])
def test_a_value_with_lists_within_one_another_is_none(depth: int, is_read: bool) -> None:
    value = json.loads(f'{{"event": {"[" * depth}{"]" * depth}}}')
    if is_read:
        assert _read(lambda sent: sent, value) == value
        return
    with pytest.raises(ValueError, match=f"more than {MAX_NESTING} lists"):
        _read(lambda sent: sent, value)
