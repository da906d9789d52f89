"""More pictures of the visitor's own than the tray holds, for the search alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile

from lrp import InputError
from pages.parts.choose.picture_sources import free_upload, from_bytes
from pages.parts.choose.pictures import UPLOADS
from pages.parts.frame.album import Picture
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.state import LazySessionValue
from pages.parts.work.brought_bytes import BROUGHT
from pages.parts.work.cache import bytes_of
from pages.parts.work.visit_end import let_go_at_end

MOST = 60  # pictures of a visit
SIDE = 512  # pixels of the shorter side that are kept, more than any network sees


@dataclass
class Brought:
    """Pictures that were brought for the search. uploads: how often files have come; each time takes a new control.

    refused: a sentence for each file that was not taken the last time.
    """

    pictures: dict[str, Picture] = field(default_factory=dict)
    uploads: int = 0
    refused: list[str] = field(default_factory=list)

    def forget_pictures(self) -> None:
        """Lets go of all pictures."""
        self.pictures.clear()


def _of_visit() -> Brought:
    brought = Brought()
    let_go_at_end(brought.forget_pictures)
    return brought


SEARCH_PICTURES = LazySessionValue("search pictures", _of_visit)


def choose_own_pictures(tray: Sequence[Picture]) -> list[Picture]:
    """Draws the control that takes several files; returns the pictures of the tray and all that it has taken in this visit."""
    brought = SEARCH_PICTURES.get()
    files = st.file_uploader(
        "Add pictures for the search", UPLOADS, accept_multiple_files=True, key=f"search upload {brought.uploads}",
        max_upload_size=10,
        help=f"Up to {MOST} in all, 10 MB each and some 30 MB at a time. They stay in memory for this visit, made smaller, and "
        "nobody else sees them.",
    )  # fmt: skip
    if files:
        with st.spinner(f"Reading {len(files)} pictures" if len(files) > 1 else "Reading the picture"):
            brought.refused = [said for file in files if (said := add_picture_file(brought, file))]
        brought.uploads += 1
        st.rerun()
    for said in brought.refused:
        st.warning(said, icon=":material/image_not_supported:")
    if brought.pictures:
        st.button(f"Remove the {len(brought.pictures)} added", icon=":material/delete:", on_click=_remove_all)
    return [*tray, *brought.pictures.values()]


def add_picture_file(brought: Brought, file: UploadedFile) -> str | None:
    """Adds the picture in a file; returns why it was not taken, if it was not."""
    name = name_as_markdown(file.name)
    if len(brought.pictures) >= MOST:
        return f"The file {name} was not taken: {MOST} pictures are the most."
    try:
        picture = from_bytes(file.getvalue(), file.name)
        if picture.key not in brought.pictures:
            brought.pictures[picture.key] = _reduced(picture)
    except InputError as error:
        return f"The file {name} was not taken. {error}"
    finally:
        free_upload(file)
    return None


def _reduced(picture: Picture) -> Picture:
    """Returns the picture as it is kept for the search, counted as one of the visitor's; raises InputError for too much."""
    pixels = _smaller(picture.image)
    BROUGHT.count(pixels, bytes_of(pixels))
    return Picture(picture.key, pixels, picture.name, False)


def _smaller(image: Image.Image) -> Image.Image:
    """Returns the picture with a shorter side of at most SIDE pixels: sixty in full size would fill the memory."""
    scale = SIDE / min(image.size)
    return image if scale >= 1 else image.resize((round(image.width * scale), round(image.height * scale)))


def _remove_all() -> None:
    brought = SEARCH_PICTURES.get()
    brought.forget_pictures()
    brought.uploads, brought.refused = brought.uploads + 1, []
