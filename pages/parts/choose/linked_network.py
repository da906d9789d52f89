"""Asks for a network of the visitor's own that the page's link was made from, where it is not there."""

import streamlit as st

from pages.parts.choose.backbone import all_choices
from pages.parts.choose.bring_network import OPEN, draw_form
from pages.parts.choose.brought_network import uploads_allowed
from pages.parts.choose.missing_network import MISSING, forget_missing
from pages.parts.choose.panel_network import PAGES_NETWORK
from pages.parts.choose.unavailable import OWN, PUBLISHED
from pages.parts.frame.album import Picture
from pages.parts.frame.file_names import name_as_markdown


def ask_for_linked_network(picture: Picture, of_maps: bool = False) -> None:
    """Asks for the network of the page's link, and ends the page there; of_maps: also asks for those of its maps, above them.

    Where visitors may not bring networks, nothing is asked for, and the page says that the link cannot be followed.
    """
    if not uploads_allowed():
        MISSING.set({})
        return
    forget_missing({PAGES_NETWORK: None, PUBLISHED: None, **all_choices()})
    missing = MISSING.get()
    if wanted := missing.get(OWN.key):
        _ask_for_file(wanted, picture)
    elif of_maps and missing:
        names = " and ".join(dict.fromkeys(f"**{name_as_markdown(name)}**" for name in missing.values()))
        said = f"A map of this link is of the network {names}, which is not part of it: **bring the same file** to see it again."
        st.info(f"{said} Until then it shows the network of the page.", icon=":material/upload_file:")
        with st.container(horizontal=True):
            st.button("Bring that network", key="bring linked network", on_click=OPEN.set, args=(True,), type="primary")
            st.button("Go on without it", key="without linked network", on_click=MISSING.set, args=({},))


def _ask_for_file(name: str, picture: Picture) -> None:
    st.markdown("## Bring the network of this link")
    st.info(
        f"This link was made with the network **{name_as_markdown(name)}**, which is not part of it: **bring the same file** to "
        "see everything again, with the class, the question and the settings of the link.",
        icon=":material/upload_file:",
    )
    with st.container(border=True):
        draw_form(picture)
    st.button("Go on without it", key="without linked network", on_click=MISSING.set, args=({},), icon=":material/undo:")
    st.stop()
