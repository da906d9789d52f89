"""Asks for the picture that the page's link was made from, where it is not there."""

from collections.abc import Callable

import streamlit as st

from pages.parts.frame.album import Album
from pages.parts.frame.file_names import address_as_markdown

ASKED = (
    "The picture of this link is not part of it: **bring the same picture** to see the comparison again, with the question, the "
    "marked region and the settings of the link."
)


def show_missing(album: Album, fetch: Callable[[], None] | None) -> None:
    """Asks for the picture, or says which other one is shown. fetch: gets the public one; None where links are switched off."""
    if album.notice:
        st.info(album.notice, icon=":material/compare_arrows:")
    if not album.missing:
        return
    if album.problem:
        st.warning(album.problem, icon=":material/image_not_supported:")
    if album.missing.fingerprint:
        st.markdown("## Bring the picture of this link")
    st.info(ASKED if album.missing.fingerprint else _linked(album, fetch is not None), icon=":material/image_search:")
    with st.container(horizontal=True):
        if album.missing.link and fetch:
            st.button("Fetch the linked picture", on_click=album.defer, args=(fetch,), icon=":material/download:", type="primary")
        label = f"Show the sample instead ({album.sample})" if album.missing.fingerprint else f"Keep the sample ({album.sample})"
        st.button(label, key="sample instead", on_click=album.defer, args=(album.close,), icon=":material/photo_library:")


def _linked(album: Album, allowed: bool) -> str:
    address = address_as_markdown(album.missing.link)
    when = "which is fetched only when you press the button" if allowed else "and links are switched off here"
    shown = f"Until it is there, you see the sample **{album.sample}** instead."
    return f"This link is about the picture at {address}, {when}. {shown}"
