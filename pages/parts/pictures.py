"""Where the picture comes from: a sample, an upload or a link; and what to do when it does not come."""

import base64
import hashlib
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import skimage.data
import sklearn.datasets
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lrp import InputError, decode_image, fetch_image
from lrp.fetch import links_allowed
from pages.parts.album import TRAY, Album, Picture

MOST_BYTES = 10_000_000
PASTE_HINT = "Or paste a picture from the clipboard anywhere on this page."
UPLOADS = ["png", "jpg", "jpeg", "webp", "avif", "heic", "heif", "tif", "tiff", "gif", "bmp"]

SAMPLES: dict[str, Callable[[], NDArray[np.uint8]]] = {
    "Cat": skimage.data.chelsea,
    "Temple": lambda: sklearn.datasets.load_sample_image("china.jpg"),
    "Dahlia": lambda: sklearn.datasets.load_sample_image("flower.jpg"),
    "Rocket": skimage.data.rocket,
    "Astronaut": skimage.data.astronaut,
    "Coffee": skimage.data.coffee,
}


@st.cache_resource(show_spinner=False)
def sample(name: str) -> Picture:
    return Picture(f"sample:{name}", Image.fromarray(SAMPLES[name]()), name, True)


def from_bytes(data: bytes, name: str) -> Picture:
    return Picture(hashlib.sha256(data).hexdigest(), decode_image(data), name, False)


@st.cache_resource
def _component():  # type: ignore[no-untyped-def]
    html, css = '<p class="told"></p>', ".told {margin: 0; font: 0.875rem var(--st-font); color: var(--st-text-color)}"
    return st.components.v2.component("paste", html=html, css=css, js=Path(__file__).with_name("paste.js").read_text())


def choose_picture() -> Picture:
    """Draws the controls and returns the picture to explain: the newest that could be read."""
    state = st.session_state
    album: Album = state.setdefault("album", Album())
    st.segmented_control(
        "Sample picture", list(SAMPLES), key="sample", bind="query-params", default="Cat", required=True,
        on_change=album.ask, args=(album.close,),
        help="Free pictures that come with the program. A new sample replaces an uploaded or linked picture.",
    )
    st.file_uploader(
        "Your own picture", UPLOADS, key="upload", max_upload_size=10, on_change=album.ask, args=(partial(_upload, album),),
        help="JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF or BMP, up to 10 MB. It stays in memory for this visit and is shown to "
        "nobody else.",
    )
    if links_allowed():
        with st.form("link form", border=False):
            st.text_input(
                "Link to a picture", key="link", bind="query-params", placeholder="https://", max_chars=4096,
                help="The address of a picture on the public web. It is fetched only when you press the button.",
            )
            fetch = partial(_fetch, album)
            st.form_submit_button("Fetch picture", on_click=album.ask, args=(fetch,), icon=":material/download:")
    paste = _component()
    paste(data={"hint": PASTE_HINT, "most": MOST_BYTES}, key="paste", on_picture_change=partial(_paste, album))
    if st.toggle("Use the camera", key="camera on", help="Takes a photo with this device, where the browser allows it."):
        st.camera_input(
            "Photo", key="camera", on_change=album.ask, args=(partial(_photo, album),),
            help="The photo stays in memory for this visit only.",
        )
    album.do()
    if album.trouble:
        st.warning(album.trouble, icon=":material/image_not_supported:")
    if len(album.tray) > 1:
        _show_tray(album)
    if album.picture:
        st.button(
            f"Back to the sample ({state.sample})", on_click=album.ask, args=(album.close,), icon=":material/undo:",
            width="stretch",
        )
        return album.picture
    return sample(state.sample)


def _upload(album: Album) -> None:
    if uploaded := st.session_state.upload:
        album.take(lambda: from_bytes(uploaded.getvalue(), uploaded.name))
    else:
        album.close()


def _fetch(album: Album) -> None:
    link = st.session_state.link
    album.take(lambda: from_bytes(fetch_image(link), "linked picture"))


def _photo(album: Album) -> None:
    if taken := st.session_state.camera:
        album.take(lambda: from_bytes(taken.getvalue(), "photo"))


def _paste(album: Album) -> None:
    pasted = st.session_state.paste.get("picture")  # is there in this callback only
    album.ask(partial(album.take, lambda: from_bytes(decoded(pasted), "pasted picture")))


def decoded(pasted: str | None) -> bytes:
    """The bytes of what was pasted, as the browser writes them; None stands for too many."""
    if pasted is None:
        raise InputError("The pasted picture is larger than 10 MB; make it smaller and try again.")
    return base64.b64decode(pasted)


def _show_tray(album: Album) -> None:
    """The visitor's own pictures of this visit, newest first; a press brings one back."""
    st.caption("Your pictures: press one to see it again.")
    for i, (column, picture) in enumerate(zip(st.columns(TRAY), album.tray, strict=False)):
        with column:
            st.image(_thumbnail(picture.image), alt=picture.name)
            bring = partial(album.open, picture)
            st.button(f"{i + 1}", key=f"tray {i}", on_click=album.ask, args=(bring,), help=picture.name, width="stretch")


def _thumbnail(image: Image.Image) -> Image.Image:
    return ImageOps.fit(image, (96, 96))


def png(image: Image.Image) -> bytes:
    """The picture as PNG, without whatever else its file held."""
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
