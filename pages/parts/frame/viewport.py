"""Tells the server how wide the visitor's window is, which Streamlit does not."""

from collections.abc import Mapping

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from pages.parts.frame.state import SessionValue

NARROW = 760  # pixels of the window below which panels stand two by two
VIEWPORT = SessionValue[Mapping[str, bool]]("viewport")  # what the browser says

_SCRIPT = """
export default function ({ data, setStateValue, parentElement }) {
  const query = window.matchMedia(`(max-width: ${data.narrow}px)`);
  const tell = () => setStateValue("narrow", query.matches);
  if (query.matches !== data.known) tell();
  query.addEventListener("change", tell);
  return () => query.removeEventListener("change", tell);
}
"""


@st.cache_resource
def _component() -> ComponentRenderer:
    return st.components.v2.component("viewport", js=_SCRIPT)


def is_narrow() -> bool:
    """Whether the window is narrow; False until the browser has answered, which reruns the page."""
    known = bool((VIEWPORT.get() or {}).get("narrow", False))
    result = _component()(data={"narrow": NARROW, "known": known}, key=VIEWPORT.key, on_narrow_change=lambda: None, height=0)
    return bool(result.narrow)
