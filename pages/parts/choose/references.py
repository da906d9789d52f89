"""The pictures that a method compares with: the samples, or those that the visitor has brought."""

import streamlit as st

from lrp import PictureSet
from pages.parts.choose.pictures import own_album

OWN = "own pictures"
NONE_BROUGHT = (
    "You have brought no other picture yet, so the sample pictures are taken. Upload, link or paste some: the last few are kept, "
    "and the one on show is compared with the others."
)


def own_or_samples(chosen: str) -> str | PictureSet:
    """Returns the visitor's pictures but the one on show for OWN, else `chosen`.

    Where there are none, draws a sentence that says so and returns "samples".
    """
    if chosen != OWN:
        return chosen
    album = own_album()
    shown = album.picture.key if album.picture else ""
    brought = [picture.image for picture in album.tray if picture.key != shown]
    if not brought:
        st.caption(NONE_BROUGHT)
        return "samples"
    return PictureSet(OWN, brought)
