"""Writes parameters of the page's address that no control is bound to."""

from collections.abc import Iterable

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts.frame.state import LazySessionValue, SessionValue

ALL_FORGOTTEN = SessionValue[bool]("opened address forgotten")
FORGOTTEN = LazySessionValue("forgotten in the opened address", set[str])


def write_parameter(name: str, text: str | None) -> None:
    """Sets a parameter of the page's address; None or an empty text removes it."""
    if not text:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != text:
        st.query_params[name] = text


def write_parameter_of_control(name: str, text: str | None) -> None:
    """Sets a parameter that a control is bound to on another occasion, and not in this run; None or an empty text removes it."""
    if context := get_script_run_ctx(suppress_warning=True):
        with context.session_state.query_params() as address:
            if bound := address.get_binding_for_param(name):
                address.unbind_widget(bound.widget_id)  # or Streamlit would remove it at the end of this run
    write_parameter(name, text)


def forget_opened_address() -> None:
    """Gives the address that a visit began with no more say over controls that are drawn for the first time."""
    if context := get_script_run_ctx(suppress_warning=True):
        with context.session_state.query_params() as address:
            address.set_initial_query_params("")
    ALL_FORGOTTEN.set(True)


def forget_in_opened_address(names: Iterable[str]) -> None:
    """Gives these parameters of the address that a visit began with no more say; all others keep theirs."""
    if context := get_script_run_ctx(suppress_warning=True):
        with context.session_state.query_params() as address:
            for name in names:
                address._initial_query_params.pop(name, None)  # Streamlit offers to set all of them only
    FORGOTTEN.get().update(names)


def is_forgotten(name: str) -> bool:
    """Whether the address that a visit began with has no more say over this parameter."""
    return bool(ALL_FORGOTTEN.get()) or name in FORGOTTEN.get()
