"""Typed values of a visit: the only code that reads or writes `st.session_state`."""

import time
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar, cast

import streamlit as st
from streamlit.runtime.state import SessionState, SessionStateProxy

T = TypeVar("T")

UNSENT_SECONDS = 0.5  # Streamlit sends what a run draws every 10 milliseconds, later only where the processor is busy
_SET_NOW, _SET_BEFORE = "set now", "set before"  # the keys that this run set, and with its end those of the last one


class SessionValue(Generic[T]):
    """A value that one visit keeps under `key`. A widget that is given the same key holds the same value."""

    def __init__(self, key: str) -> None:
        self.key = key

    @property
    def is_set(self) -> bool:
        return self.key in st.session_state

    def get(self) -> T | None:
        """The value, None where none is set."""
        return cast(T | None, st.session_state.get(self.key))

    def set(self, value: T) -> None:
        set_widgets({self.key: value})

    def pop(self) -> None:
        """Removes the value, if one is set."""
        st.session_state.pop(self.key, None)


class LazySessionValue(SessionValue[T]):
    """A value that is made by `make` when a visit first asks for it."""

    def __init__(self, key: str, make: Callable[[], T]) -> None:
        super().__init__(key)
        self._make = make

    def get(self) -> T:
        """The value, made and kept where none is set."""
        if not self.is_set:
            self.set(self._make())
        return cast(T, st.session_state[self.key])


def owner_of(key: str) -> SessionValue[T]:
    """Returns an owner for a key that is known only while a page runs, such as one that names a map or a visitor's file."""
    return SessionValue(key)


def set_widgets(values: Mapping[str, object]) -> None:
    """Sets widgets by their keys; to be called before they are drawn, such as in a callback."""
    st.session_state.update(values)
    st.session_state.setdefault(_SET_NOW, set()).update(values)


def keys_set_lately(state: SessionState | SessionStateProxy) -> frozenset[str]:
    """The keys that the last run of a visit set, if that ended a moment ago."""
    if _SET_BEFORE not in state:
        return frozenset()
    keys, ended = state[_SET_BEFORE]
    return keys if time.monotonic() - ended < UNSENT_SECONDS else frozenset()


def send_again() -> None:
    """Sets again what the last run set, if it ended a moment ago; to be called at the start of a run, after the callbacks.

    Streamlit tells the browser a widget's new value once, and drops what of a run is not yet sent when the next one begins:
    without this, a control of a page that is drawn twice at once would show its default and bring it back.
    """
    keys = keys_set_lately(st.session_state)
    st.session_state.update({key: st.session_state[key] for key in keys if key in st.session_state})


def note_end() -> None:
    """Keeps what this run set for `send_again`; to be called at its end."""
    st.session_state[_SET_BEFORE] = (frozenset(st.session_state.pop(_SET_NOW, ())), time.monotonic())


def keys_in_session() -> list[str]:
    """The keys of all that this visit keeps, widgets included."""
    return [str(key) for key in st.session_state]
