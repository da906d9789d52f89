"""Where the picture comes from: a sample, an upload or a link; and what to do when it does not come."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import cast

import numpy as np
import skimage.data
import sklearn.datasets
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lrp import InputError, decode_image, fetch_image
from lrp.fetch import links_allowed

TRAY = 4  # own pictures that are kept to switch between
MOST_BYTES = 10_000_000
PASTE_HINT = "Or paste a picture from the clipboard anywhere on this page."
UPLOADS = ["png", "jpg", "jpeg", "webp", "avif", "gif", "bmp"]

SAMPLES: dict[str, Callable[[], NDArray[np.uint8]]] = {
    "Cat": skimage.data.chelsea,
    "Temple": lambda: sklearn.datasets.load_sample_image("china.jpg"),
    "Dahlia": lambda: sklearn.datasets.load_sample_image("flower.jpg"),
    "Rocket": skimage.data.rocket,
    "Astronaut": skimage.data.astronaut,
    "Coffee": skimage.data.coffee,
}


@dataclass(frozen=True)
class Picture:
    """A decoded picture. `key` is what results are cached under: the SHA-256 of the bytes, or the sample's name."""

    key: str
    image: Image.Image
    name: str
    shared: bool  # a sample, whose results every visitor may see


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
    st.segmented_control(
        "Sample picture", list(SAMPLES), key="sample", bind="query-params", default="Cat", on_change=_use_sample, required=True,
        help="Free pictures that come with the program. A new sample replaces an uploaded or linked picture.",
    )
    st.file_uploader(
        "Your own picture", UPLOADS, key="upload", max_upload_size=10, on_change=_use_upload,
        help="JPEG, PNG, WebP, AVIF, GIF or BMP, up to 10 MB. It stays in memory for this visit and is shown to nobody else.",
    )
    if links_allowed():
        with st.form("link form", border=False):
            st.text_input(
                "Link to a picture", key="link", bind="query-params", placeholder="https://", max_chars=4096,
                help="The address of a picture on the public web. It is fetched only when you press the button.",
            )
            st.form_submit_button("Fetch picture", on_click=_use_link, icon=":material/download:")
    paste = _component()
    paste(data={"hint": PASTE_HINT, "most": MOST_BYTES}, key="paste", on_picture_change=_use_pasted)
    if st.toggle("Use the camera", key="camera on", help="Takes a photo with this device, where the browser allows it."):
        st.camera_input("Photo", key="camera", on_change=_use_photo, help="The photo stays in memory for this visit only.")
    if trouble := state.get("picture trouble"):
        st.warning(trouble, icon=":material/image_not_supported:")
    if len(state.get("tray", [])) > 1:
        _show_tray(state["tray"])
    if own := state.get("picture"):
        st.button(f"Back to the sample ({state.sample})", on_click=_use_sample, icon=":material/undo:", width="stretch")
        return cast(Picture, own)
    return sample(state.sample)


def _use_sample() -> None:
    st.session_state.pop("picture", None)
    st.session_state.pop("picture trouble", None)


def _use_upload() -> None:
    if uploaded := st.session_state.upload:
        _try(lambda: from_bytes(uploaded.getvalue(), uploaded.name))
    else:
        _use_sample()


def _use_photo() -> None:
    if taken := st.session_state.camera:
        _try(lambda: from_bytes(taken.getvalue(), "photo"))


def _use_pasted() -> None:
    pasted = st.session_state.paste.get("picture")
    _try(lambda: from_bytes(decoded(pasted), "pasted picture"))


def decoded(pasted: str | None) -> bytes:
    """The bytes of what was pasted, as the browser writes them; None stands for too many."""
    if pasted is None:
        raise InputError("The pasted picture is larger than 10 MB; make it smaller and try again.")
    return base64.b64decode(pasted)


def _show_tray(tray: list[Picture]) -> None:
    """The visitor's own pictures of this visit, newest first; a press brings one back."""
    st.caption("Your pictures: press one to see it again.")
    for i, (column, picture) in enumerate(zip(st.columns(TRAY), tray, strict=False)):
        with column:
            st.image(_thumbnail(picture.image), alt=picture.name)
            st.button(f"{i + 1}", key=f"tray {i}", on_click=_take, args=(picture,), help=picture.name, width="stretch")


def _thumbnail(image: Image.Image) -> Image.Image:
    return ImageOps.fit(image, (96, 96))


def _take(picture: Picture) -> None:
    st.session_state.picture = picture
    st.session_state.pop("picture trouble", None)


def _use_link() -> None:
    link = st.session_state.link
    _try(lambda: from_bytes(fetch_image(link), "linked picture"))


def _try(make: Callable[[], Picture]) -> None:
    """Takes the new picture, or keeps the one on screen and says in one sentence why."""
    st.session_state.pop("picture trouble", None)
    try:
        picture = make()
        others = [kept for kept in st.session_state.get("tray", []) if kept.key != picture.key]
        st.session_state.tray = [picture, *others][:TRAY]
        st.session_state.picture = picture
    except InputError as error:
        st.session_state["picture trouble"] = str(error)


def png(image: Image.Image) -> bytes:
    """The picture as PNG, without whatever else its file held."""
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
