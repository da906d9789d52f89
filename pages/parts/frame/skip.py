"""A skip link: the first stop of the tab key, which leads past all controls to the maps."""

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_HTML = '<a href="#"></a>'
_STYLE = """
a {position: fixed; z-index: 1000000; top: 0.5rem; left: 50%; translate: -50% -200%; padding: 0.5rem 1rem;
  border-radius: 0.5rem; font: 600 0.875rem var(--st-font);
  background: var(--st-primary-color); color: var(--st-background-color)}
a:focus {translate: -50% 0; outline: 2px solid var(--st-text-color); outline-offset: 2px}
"""
_SCRIPT = """
function find(root, wanted) {
  const parts = Array.from(root.querySelectorAll("*")).filter((each) => each.shadowRoot);
  return root.querySelector(wanted) ?? parts.map((each) => find(each.shadowRoot, wanted)).find(Boolean);
}

export default function ({ data, parentElement }) {
  const link = parentElement.querySelector("a");
  link.textContent = data.words;
  link.onclick = (event) => {
    event.preventDefault();
    const found = find(document, data.wanted);
    found?.focus();
    found?.scrollIntoView({ block: "center" });
  };
}
"""


@st.cache_resource
def _component() -> ComponentRenderer:
    return st.components.v2.component("skip", html=_HTML, css=_STYLE, js=_SCRIPT)


def show_skip_link(words: str, wanted: str) -> None:
    """Draws the link. wanted: the CSS selector of what gets the focus, in the page or any of its components."""
    _component()(data={"words": words, "wanted": wanted}, key="skip", height=0)
