"""A button that copies the page's address, and what the address means for the picture."""

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from pages.parts.frame.album import Picture

FOLDER = Path(__file__).parent / "copy_link"


@st.cache_resource
def _component() -> ComponentRenderer:
    html, css, script = ((FOLDER / f"copy_link.{kind}").read_text() for kind in ("html", "css", "js"))
    return st.components.v2.component("copy_link", html=html, css=css, js=script)


def offer_link(picture: Picture) -> None:
    """Draws the button; when it is pressed it says whether the picture is part of the address."""
    _component()(data={"about": about_link(picture)}, key="copy link")


def about_link(picture: Picture) -> str:
    """Returns whether the picture is part of the page's address."""
    if picture.fingerprint:
        return "Your picture is not part of it: whoever opens the address is asked for the picture."
    return "An uploaded picture would not be part of it, a sample or a link is."
