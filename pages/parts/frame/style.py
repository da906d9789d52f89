"""Styles that Streamlit's theme has no setting for."""

import streamlit as st

from pages.parts.frame.window_scripts import run_window_scripts

_STYLE = """
<style>
.stMainBlockContainer {padding: 4rem 2rem 2rem}  /* the space above the title is half of Streamlit's */
@media (max-width: 26rem) {.stMainBlockContainer {padding: 4rem 1rem 2rem}}
/* Of a closed sidebar, or the tab key walks through controls that nobody sees. */
.stApp:has([data-testid="stExpandSidebarButton"]) [data-testid="stSidebarContent"] {display: none}
.stMarkdown p, .stMarkdown li {max-width: 90ch}  /* longer lines are hard to read */
.st-key-headline h2 {padding-top: 0.25rem}
.st-key-maps [data-testid="stCaptionContainer"] p {max-width: none}
/* Or the maps of a picture of which there is something to doubt would not be whole on a screen of 800 pixels. */
.st-key-doubts {margin-top: -0.75rem}
.st-key-maps > :has([data-testid="stCaptionContainer"]) {margin-bottom: -0.75rem}
[data-testid="stText"], [data-testid="stText"] * {font: 0.875rem/1.5 monospace; white-space: pre-wrap}  /* rules, in columns */
.st-key-window-scripts {display: none}  /* scripts without a face */
/* Without their icons all pages have room beside an open sidebar; the last would hide in a menu. */
@media (max-width: 100rem) {[data-testid="stTopNavLink"] > span:has([data-testid="stIconMaterial"]) {display: none}}
/* Targets of 24 pixels, which fingers need (WCAG 2.5.8); the drawn icon keeps its size. */
[data-testid="stTooltipHoverTarget"] button {min-width: 24px; min-height: 24px; justify-content: center; align-items: center}
[data-testid="stHeaderActionElements"] a {min-width: 24px; min-height: 24px}
/* Two arrows alone would not say that an own picture is brought there. */
[data-testid="stExpandSidebarButton"] {width: auto; padding: 0 0.5rem}
[data-testid="stExpandSidebarButton"]::after {content: "Pages"; margin-left: 0.35rem; font-size: 0.875rem}
.stApp:has([data-testid="stFileUploader"]) [data-testid="stExpandSidebarButton"]::after {content: "Picture and pages"}
@media (min-width: 48rem) {
.stApp:has([data-testid="stFileUploader"]) [data-testid="stExpandSidebarButton"]::after {content: "Picture"}}
.page-name {position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap}
/* On a phone the bar is one row, and the headline leaves room for the maps. */
@media (max-width: 26rem) {
.stMarkdown h2 {font-size: 1.75rem; padding-top: 0.25rem}
.st-key-control-bar [data-testid^="stBaseButton"] span:has(> [data-testid="stIconMaterial"]) {display: none}}
/* The menu of the network would lie over the form that one of its buttons opens. */
body:has([data-testid="stDialog"]) [data-testid="stPopoverBody"] {display: none}
/* What has no height must not have the space between two elements either, or the page begins lower for nothing. */
.st-key-viewport, .st-key-skip, .st-key-live-deletion, .st-key-tour,
[data-testid="stElementContainer"]:has(> .stHtml > .page-name) {margin-bottom: -1rem}
/* Streamlit's white words on the light blue of the dark theme would have a contrast of 2. */
[data-testid^="stBaseButton-primary"]:not(:disabled) {color: light-dark(#ffffff, #0f141b)}
.katex-display {padding: 2px 4px}  /* a formula overflows its box by a pixel and could be scrolled, but not by keyboard */
</style>
"""


def apply_style() -> None:
    """Draws the style of every page."""
    st.html(_STYLE)
    run_window_scripts()


def write_page_name(title: str) -> None:
    """Draws the page's name as its first heading, for those who do not see which link of the navigation is marked."""
    st.html(f'<h1 class="page-name">{title}</h1>')
