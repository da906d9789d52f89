"""Keeps one entry a page in the browser's history: a changed setting replaces the address and adds no entry."""

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

# The server changes the address after a page has been opened, and each change would be a step: the way back would first lead
# through addresses that lack most settings.
_SCRIPT = """
export default function () {
  if (history.pushState.replaces) return;
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const here = url == null || new URL(url, location.href).pathname === location.pathname;
    return here ? history.replaceState(state, title, url) : push(state, title, url);
  };
  history.pushState.replaces = true;
}
"""


@st.cache_resource
def _component() -> ComponentRenderer:
    return st.components.v2.component("history", js=_SCRIPT)


def use_one_history_entry() -> None:
    """Sends the script to the browser; it takes no room on the page."""
    with st.container(key="history"):
        _component()(key="one entry a page", height=0)
