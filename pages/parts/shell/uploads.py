"""Limits on uploads, looked at before the first byte of a file is taken."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope
from streamlit import runtime

from pages.parts.choose.brought_network import MAX_UPLOAD, uploads_allowed
from pages.parts.shell.rates import Bucket

VISITOR_FILES = 60  # that a visitor may have here or send at a time: the search for settings takes so many, other pages one
VISITOR_BYTES = 33_000_000  # of them together
ADDRESS_BYTES = 100_000_000  # of one network address
ALL_BYTES = 200_000_000  # of all visitors
NEWCOMER_BYTES = 50_000_000  # more, for addresses that have none
LARGEST = 11_000_000  # bytes of a picture, which a file is taken to have that does not say how many
NETWORK_BYTES = MAX_UPLOAD + 1_000_000  # of a checkpoint, where visitors may bring networks; one of a visitor, and so much of all

_PATH = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)$")


@dataclass(eq=False)
class Upload:
    """A file that comes or is kept."""

    session: str
    file: str
    address: str
    size: int

    def up_to_its_size(self, receive: Receive) -> Receive:
        """Returns `receive` for the request, which ends it where more bytes come than the file was taken to have."""
        came = 0

        async def receiving() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            return message if came <= self.size else {"type": "http.disconnect"}

        return receiving


def paced(receive: Receive, bytes_left: Bucket) -> Receive:
    """Returns `receive` for a request, which waits where more bytes come in a second than that."""

    async def receiving() -> Message:
        message = await receive()
        await asyncio.sleep(bytes_left.take(len(message.get("body", b""))))
        return message

    return receiving


async def throw_away(receive: Receive) -> None:
    """Takes the body of a request until it ends."""
    while (await receive()).get("more_body"):
        pass


class Uploads:
    """What comes and what is kept, of all visitors."""

    def __init__(self) -> None:
        self._coming: list[Upload] = []
        self._addresses: dict[str, str] = {}  # of sessions that have sent a file

    def upload_of(self, scope: Scope, address: str) -> Upload | None:
        """Returns the file that a request brings, None if it brings none."""
        found = _PATH.search(scope["path"]) if scope["method"] in ("PUT", "POST") else None
        if found is None:
            return None
        length = dict(scope["headers"]).get(b"content-length", b"")
        return Upload(found[1], found[2], address, int(length) if length.isdigit() else LARGEST)

    def refusal(self, upload: Upload) -> PlainTextResponse | None:
        """Returns the answer to a file beyond what one visitor, one address or all may have here; None where it may come."""
        stored = list(self._stored())
        if upload.size > LARGEST:
            others = [*self._coming, *stored]
            return self._network_refusal(upload, [other.size for other in others if other.size > LARGEST])
        coming, stored = ([other for other in part if other.size <= LARGEST] for part in (self._coming, stored))
        held = [*coming, *stored]
        own = [other.size for other in coming if other.session == upload.session]  # of one name, too: each takes memory
        own += [other.size for other in stored if other.session == upload.session and other.file != upload.file]
        if len(own) >= VISITOR_FILES or sum(own) + upload.size > VISITOR_BYTES:
            return PlainTextResponse("Too many files; remove one first.", 429)
        near = sum(other.size for other in held if other.address == upload.address)
        if near + upload.size > ADDRESS_BYTES:
            return PlainTextResponse("Too many files of your network address; try again in a minute.", 429)
        if sum(other.size for other in held) + upload.size > ALL_BYTES + (0 if near else NEWCOMER_BYTES):
            return PlainTextResponse("Too many files of others; try again in a minute.", 503)
        return None

    def _network_refusal(self, upload: Upload, others: list[int]) -> PlainTextResponse | None:
        if not uploads_allowed() or upload.size > NETWORK_BYTES:
            return PlainTextResponse("The file is too large.", 413)
        if sum(others) + upload.size > NETWORK_BYTES:
            return PlainTextResponse("Another network is being read; try again in a minute.", 503)
        return None

    @contextmanager
    def arriving(self, upload: Upload) -> Iterator[None]:
        """Counts the file while it comes."""
        self._addresses[upload.session] = upload.address
        self._coming.append(upload)
        try:
            yield
        finally:
            self._coming.remove(upload)

    def _stored(self) -> Iterator[Upload]:
        """Yields the files that Streamlit keeps, after letting go of those whose visitors have left."""
        app = runtime.get_instance()
        manager = app.uploaded_file_mgr
        stored = manager.file_storage  # type: ignore[attr-defined]
        for session in [session for session in list(stored) if not app.is_active_session(session)]:
            manager.remove_session_files(session)
        self._addresses = {session: address for session, address in self._addresses.items() if app.is_active_session(session)}
        for session, files in list(stored.items()):
            for name, found in list(files.items()):
                yield Upload(session, name, self._addresses.get(session, ""), len(found.data))
