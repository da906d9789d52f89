"""The few things that the theme cannot say."""

import streamlit as st

_STYLE = """
<style>
.stMainBlockContainer {padding: 4rem 2rem 2rem}  /* the space above the title is half of Streamlit's */
.stMarkdown p, .stMarkdown li {max-width: 90ch}  /* longer lines are hard to read */
.katex-display {padding: 2px 4px}  /* a formula overflows its box by a pixel and could be scrolled, but not by keyboard */
</style>
"""


def tidy() -> None:
    """Draws the style of every page."""
    st.html(_STYLE)
