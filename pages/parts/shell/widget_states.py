"""Widget states that no browser would send, and values in a link that no widget can hold: they are taken for the default."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from streamlit.runtime.state.common import RegisterWidgetResult, WidgetMetadata
from streamlit.runtime.state.session_state import Serialized, SessionState, Value, WStates

MAX_NESTING = 50  # lists and objects within one another in a value; Streamlit copies a value by calling itself for each

_log = logging.getLogger(__name__)
_deserialized, _register = WStates.__getitem__, SessionState.register_widget


def ignore_foreign_states() -> None:
    """Has Streamlit take a widget's state of another type than the widget's, or one that cannot be read, for its default.

    Streamlit hands any state of any type to the widget, whose own error then ends the run, and every later one of the visit. To
    be called once or more in a process, before a page is drawn.
    """
    # Streamlit offers no place for such checks.
    WStates.__getitem__ = _value_or_default  # type: ignore[method-assign]
    SessionState.register_widget = _register_with_check  # type: ignore[method-assign, assignment]


def _value_or_default(states: WStates, key: str) -> Any:
    state, metadata = states.states.get(key), states.widget_metadata.get(key)
    if not isinstance(state, Serialized) or metadata is None:
        return _deserialized(states, key)
    kind = state.value.WhichOneof("value")
    try:
        if kind is None or metadata.value_type in (None, kind):
            return _deserialized(states, key)
    except Exception as error:  # whatever the widget meets in what was sent
        _log.info("a widget's state cannot be read: %s", type(error).__name__)
    default = metadata.deserializer(None)
    states.states[key] = Value(default)
    return default


def _register_with_check(state: SessionState, metadata: WidgetMetadata[Any], *arguments: Any) -> RegisterWidgetResult[Any]:
    return _register(state, replace(metadata, deserializer=partial(_read, metadata.deserializer)), *arguments)


def _read(deserialize: Callable[[Any], Any], value: Any) -> Any:
    """What the widget makes of the value. Raises ValueError alone, which Streamlit expects for a value from a link."""
    try:
        found = deserialize(value)
    except Exception as error:
        raise ValueError(f"a widget cannot hold this value ({type(error).__name__})") from error
    if _is_nested_too_deeply(found):
        raise ValueError(f"a widget cannot hold a value with more than {MAX_NESTING} lists within one another")
    return found


def _is_nested_too_deeply(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_NESTING):
        level = [part for each in level for part in _parts_of(each)]
        if not level:
            return False
    return True


def _parts_of(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list | tuple) else ()
