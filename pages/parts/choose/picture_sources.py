"""Callbacks that put an upload, a linked picture, a photo or a pasted picture into the album."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from lrp import InputError, decode_image, fetch_image
from lrp.pictures.name_lookup import Visitor
from pages.parts.frame.album import Album, Picture
from pages.parts.frame.state import SessionValue
from pages.parts.work.visit import VISITOR

MAX_BYTES = 10_000_000  # of a file that the browser sends
LINK = SessionValue[str]("link")
PASTED = SessionValue[Mapping[str, Any]]("paste")  # what the browser has just sent
PHOTO = SessionValue[UploadedFile | None]("camera")


def from_bytes(data: bytes, name: str) -> Picture:
    """Decodes a picture of the visitor's own; raises InputError with a sentence for the page."""
    return Picture(hashlib.sha256(data).hexdigest(), decode_image(data), name, False)


def take_upload(album: Album, upload: SessionValue[UploadedFile | None]) -> None:
    """Takes the uploaded file into the album, and frees its bytes."""
    if uploaded := upload.get():
        album.take(lambda: from_bytes(uploaded.getvalue(), uploaded.name), uploaded.name)
        _free_upload(uploaded)
        album.uploads += 1


def _free_upload(uploaded: UploadedFile) -> None:
    """Frees the bytes of a file that has been read; Streamlit would keep them until the visit ends."""
    if (context := get_script_run_ctx()) and hasattr(context.uploaded_file_mgr, "remove_file"):
        context.uploaded_file_mgr.remove_file(context.session_id, uploaded.file_id)


def fetch_linked(album: Album) -> None:
    link, visitor = LINK.get() or "", Visitor(VISITOR.get(), st.context.ip_address or "")
    album.take(lambda: replace(from_bytes(fetch_image(link, visitor=visitor), "linked picture"), link=link))


def take_photo(album: Album) -> None:
    """Takes the photo of the camera into the album."""
    if taken := PHOTO.get():
        album.take(lambda: from_bytes(taken.getvalue(), "photo"))


def take_pasted(album: Album) -> None:
    """Takes a picture that was pasted or dropped into the album, once the run after this callback begins."""
    pasted = _just_sent("picture")  # is there in this callback only
    album.defer(partial(album.take, lambda: from_bytes(decoded(pasted), "pasted picture")))


def _just_sent(name: str) -> Any:
    return (PASTED.get() or {}).get(name)


def decoded(pasted: str | None) -> bytes:
    """Returns the bytes of a pasted picture from base64. None stands for too many; raises InputError then."""
    if pasted is None:
        raise InputError("The pasted picture is larger than 10 MB; make it smaller and try again.")
    return base64.b64decode(pasted)


def take_file(album: Album) -> None:
    if file := _just_sent("file"):  # one whose name says of no picture, as above
        album.defer(partial(album.take, lambda: from_bytes(base64.b64decode(file["content"]), file["name"]), file["name"]))


def note_refusal(album: Album) -> None:
    if told := _just_sent("refused"):  # as above
        album.defer(partial(album.refuse, *why_refused(told)))


def why_refused(told: Mapping[str, Any]) -> tuple[str, str]:
    """Returns in one sentence why the browser did not send the chosen files, and the name where it was one file."""
    files, name, size = int(told["files"]), str(told["name"]), int(told["size"])
    if files > 1:
        return f"One picture at a time can be explained, and these were {files}; choose one of them.", ""
    return f"It has {size / 1e6:.1f} MB, and 10 MB is the most; make the picture smaller and try again.", name
