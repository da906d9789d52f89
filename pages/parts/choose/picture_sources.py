"""Callbacks that put an upload, a linked picture, a photo or a pasted picture into the album."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from lrp import InputError, fetch_image
from lrp.files.plain_text import plain_name
from lrp.pictures.name_lookup import Visitor
from pages.parts.frame.album import Album, Picture
from pages.parts.frame.state import SessionValue
from pages.parts.work.decoded_pictures import open_file
from pages.parts.work.page_turns import outside_turn
from pages.parts.work.visit import current_visit

MAX_BYTES = 10_000_000  # of a file that the browser sends
MAX_BASE64 = 4 * -(-MAX_BYTES // 3)  # characters of base64 for so many bytes
MANY = 10**12  # files or bytes, more than a browser would tell of
LINK = SessionValue[str]("link")
PASTED = SessionValue[Mapping[str, object]]("paste")  # what the browser has just sent
PHOTO = SessionValue[UploadedFile | DeletedFile | None]("camera")


def from_bytes(data: bytes, name: str) -> Picture:
    """Decodes a picture of the visitor's own; raises InputError with a sentence for the page. name: of its file."""
    if len(data) > MAX_BYTES:
        raise InputError("This picture is larger than 10 MB; make it smaller and try again.")
    file = open_file(data)
    return Picture(file.key, file, plain_name(name), False)


def take_upload(album: Album, upload: SessionValue[UploadedFile | DeletedFile | None]) -> None:
    """Takes the uploaded file into the album, and frees its bytes."""
    uploaded = upload.get()
    if uploaded and not isinstance(uploaded, DeletedFile):  # as one is that a message names but nobody has sent
        album.take(lambda: from_bytes(uploaded.getvalue(), uploaded.name), uploaded.name)
        free_upload(uploaded)
        album.uploads += 1


def free_upload(uploaded: UploadedFile) -> None:
    """Frees the bytes of a file that has been read; Streamlit would keep them until the visit ends."""
    if (context := get_script_run_ctx()) and hasattr(context.uploaded_file_mgr, "remove_file"):
        context.uploaded_file_mgr.remove_file(context.session_id, uploaded.file_id)


def fetch_linked(album: Album) -> None:
    link, visit = LINK.get() or "", current_visit()

    def fetched() -> Picture:
        with outside_turn():
            data = fetch_image(link, visitor=Visitor(str(visit.key), visit.address))
        return replace(from_bytes(data, "linked picture"), link=link)

    album.take(fetched)


def take_photo(album: Album) -> None:
    """Takes the photo of the camera into the album."""
    taken = PHOTO.get()
    if taken and not isinstance(taken, DeletedFile):
        album.take(lambda: from_bytes(taken.getvalue(), "photo"))


def take_pasted(album: Album) -> None:
    """Takes a picture that was pasted or dropped into the album, once the run after this callback begins."""
    pasted = _just_sent("picture")  # is there in this callback only
    album.defer(partial(album.take, lambda: from_bytes(decoded(pasted), "pasted picture")))


def _just_sent(name: str) -> object:
    """Returns what the browser has just sent under this name, which may be of any type; None for nothing."""
    sent = PASTED.get()
    return sent.get(name) if isinstance(sent, Mapping) else None


def decoded(pasted: object) -> bytes:
    """Returns the bytes of a pasted picture from base64; None stands for too many. Raises InputError."""
    if pasted is None or (isinstance(pasted, str) and len(pasted) > MAX_BASE64):
        raise InputError("The pasted picture is larger than 10 MB; make it smaller and try again.")
    try:
        return base64.b64decode(pasted if isinstance(pasted, str) else "?", validate=True)
    except ValueError:  # no base64, or letters that are not ASCII
        raise InputError("The picture did not arrive as it was sent; paste or choose it again.") from None


def take_file(album: Album) -> None:
    if isinstance(file := _just_sent("file"), Mapping):  # one whose name says of no picture, as above
        name, content = plain_name(str(file.get("name", ""))), file.get("content", "")
        album.defer(partial(album.take, lambda: from_bytes(decoded(content), name), name))


def note_refusal(album: Album) -> None:
    if isinstance(told := _just_sent("refused"), Mapping):  # as above
        album.defer(partial(album.refuse, *why_refused(told)))


def why_refused(told: Mapping[str, object]) -> tuple[str, str]:
    """Returns in one sentence why the browser did not send the chosen files, and the name where it was one file."""
    files, name, size = (told.get(key) for key in ("files", "name", "size"))
    if isinstance(files, int) and 1 < files < MANY:
        return f"One picture at a time can be explained, and these were {files}; choose one of them.", ""
    much = f"It has {size / 1e6:.1f} MB, and" if isinstance(size, int | float) and 0 < size < MANY else "It is too large:"
    return f"{much} 10 MB is the most; make the picture smaller and try again.", plain_name(str(name))
