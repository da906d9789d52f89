"""The controls that choose the picture: samples, upload, link, clipboard and camera."""

from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from lrp.pictures.fetch import links_allowed
from pages.parts.choose.cropping import CROP
from pages.parts.choose.missing import show_missing
from pages.parts.choose.picture_sources import (
    LINK,
    MAX_BYTES,
    PASTED,
    PHOTO,
    fetch_linked,
    note_refusal,
    take_file,
    take_pasted,
    take_photo,
    take_upload,
)
from pages.parts.choose.samples import SAMPLES, sample
from pages.parts.frame.address import write_parameter
from pages.parts.frame.album import MAX_TRAY, Album, Missing, Picture
from pages.parts.frame.crop import parse_crop
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.state import LazySessionValue, SessionValue, owner_of
from pages.parts.work.visit_end import let_go_at_end

PICTURE_KEY = "picture"  # the name in the link of the fingerprint of an own picture
LONGEST_LINK = 4096  # characters
PASTE_HINT = "Or paste a picture from the clipboard anywhere on this page."
UPLOADS = ["png", "jpg", "jpeg", "webp", "avif", "heic", "heif", "tif", "tiff", "gif", "bmp"]


def own_album() -> Album:
    """Returns the visitor's album; at the start of a visit, with what the page's link says of the picture."""
    return ALBUM.get()


def _linked_album() -> Album:
    album = _album_of_link()
    let_go_at_end(album.forget_pictures)
    return album


def _album_of_link() -> Album:
    mark, link = (st.query_params.get(name, "") for name in (PICTURE_KEY, LINK.key))
    missing = Missing(mark) if mark else Missing(link=link) if len(link) <= LONGEST_LINK else Missing()
    return Album(missing=missing, linked_crop=parse_crop(st.query_params.get(CROP.key, "")))


ALBUM = LazySessionValue("album", _linked_album)
SAMPLE = SessionValue[str | None]("sample")


@st.cache_resource
def _component() -> ComponentRenderer:
    html, css = '<p class="told"></p>', ".told {margin: 0; font: 0.875rem var(--st-font); color: var(--st-text-color)}"
    return st.components.v2.component("paste", html=html, css=css, js=Path(__file__).with_name("paste.js").read_text())


def choose_picture() -> tuple[Picture, DeltaGenerator]:
    """Draws the controls in the sidebar; returns the picture to explain, the newest that could be read, and a place for its crop.

    Where the page's link was made from a visitor's own picture, the page asks for that one and ends here.
    """
    album = own_album()
    album.run_pending()
    if album.picture or album.missing.fingerprint:
        SAMPLE.set(None)
    elif SAMPLE.is_set and SAMPLE.get() is None:
        SAMPLE.set(album.sample)
    front, below = st.container(), st.container()
    with st.sidebar:
        st.subheader("Picture")
        chosen, crop_place = _draw_controls(album, below)
        album.sample = chosen or album.sample
    picture = album.picture or sample(album.sample)
    write_parameter(PICTURE_KEY, picture.fingerprint or album.missing.fingerprint)
    write_parameter(LINK.key, picture.link or album.missing.link)
    with front:
        show_missing(album, partial(fetch_linked, album) if links_allowed() else None)
    if album.missing.fingerprint:
        st.stop()
    return picture, crop_place


def _draw_controls(album: Album, below: DeltaGenerator) -> tuple[str | None, DeltaGenerator]:
    """Draws the controls; returns the chosen sample, and the place between them for the crop.

    below: where the upload is drawn if a picture is missing.
    """
    if album.problem and not album.missing:
        st.warning(album.problem, icon=":material/image_not_supported:")
    if album.picture:
        _show_own(album, album.picture)
    chosen: str | None = st.segmented_control(
        "Sample picture", list(SAMPLES), key=SAMPLE.key, bind="query-params", default="Cat", required=True,
        on_change=album.defer, args=(album.close,),
        help="Free pictures that come with the program. A new sample replaces an uploaded or linked picture.",
    )
    crop_place = st.container()
    # Another control after each file: an old file in it would be taken for the one on show.
    upload: SessionValue[UploadedFile | DeletedFile | None] = owner_of(f"upload {album.uploads}")
    (below if album.missing.fingerprint else st).file_uploader(
        "Your own picture", UPLOADS, key=upload.key, max_upload_size=10,
        on_change=album.defer, args=(partial(take_upload, album, upload),),
        help="JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF or BMP, up to 10 MB. It stays in memory for this visit and is shown to "
        "nobody else.",
    )
    if links_allowed():
        if not LINK.is_set:
            LINK.set(album.missing.link)
        with st.form("link form", border=False):
            st.text_input(
                "Link to a picture", key=LINK.key, placeholder="https://", max_chars=LONGEST_LINK,
                help="The address of a picture on the public web. It is fetched only when you press the button.",
            )
            fetch = partial(fetch_linked, album)
            st.form_submit_button("Fetch picture", on_click=album.defer, args=(fetch,), icon=":material/download:")
    data = {"hint": PASTE_HINT, "most": MAX_BYTES, "types": tuple(UPLOADS)}  # for a list Streamlit would import pandas
    _component()(
        data=data, key=PASTED.key, on_picture_change=partial(take_pasted, album), on_file_change=partial(take_file, album),
        on_refused_change=partial(note_refusal, album),
    )  # fmt: skip
    if st.toggle("Use the camera", key="camera on", help="Takes a photo with this device, where the browser allows it."):
        st.camera_input(
            "Photo", key=PHOTO.key, on_change=album.defer, args=(partial(take_photo, album),),
            help="The photo stays in memory for this visit only.",
        )
    if len(album.tray) > 1:
        _show_tray(album)
    return chosen, crop_place


def _show_own(album: Album, picture: Picture) -> None:
    """Draws which own picture is shown, and the button back to the sample."""
    width, height = picture.size
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(picture.thumbnail, alt=f"Your picture: {picture.name}", width=64)
        st.markdown(f"On show: **{name_as_markdown(picture.name)}**  \n{width} x {height} pixels", width=150)
    back, args = f"Back to the sample ({album.sample})", (album.close,)
    st.button(back, on_click=album.defer, args=args, icon=":material/undo:", width="stretch")


def _show_tray(album: Album) -> None:
    """Draws the own pictures of this visit, newest first, with buttons that show them again."""
    st.caption("Your pictures: press one to see it again.")
    for i, (column, picture) in enumerate(zip(st.columns(MAX_TRAY), album.tray, strict=False)):
        with column:
            st.image(picture.thumbnail, alt=picture.name)
            bring = partial(album.open, picture)
            shown = album.picture is not None and album.picture.key == picture.key
            st.button(
                f"{i + 1}", key=f"tray {i}", on_click=album.defer, args=(bring,), width="stretch",
                type="primary" if shown else "secondary",
                help=name_as_markdown(picture.name) + (", on show now" if shown else ""),
            )  # fmt: skip
