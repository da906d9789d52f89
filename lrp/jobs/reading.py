"""Reads, decodes and prepares the pictures of a job: what the network is given, or the sentence that says why not."""

import hashlib
from collections import deque
from typing import NamedTuple

from PIL import Image
from torch import Tensor

from lrp.files.plain_text import plain_text
from lrp.jobs.listing import SourceFile, file_system, is_address
from lrp.models.backbone import Backbone
from lrp.pictures.decode import InputError
from lrp.pictures.picture_files import MAX_BYTES, read, too_large, unreadable_picture
from lrp.pictures.sandbox import Decoder


class Loaded(NamedTuple):
    """A picture of a job as it was read.

    sha256, size: of the file's bytes; "" and the listed size where it could not be read. x: (1, C, H, W), what the network is
    given; None for a bad file. problem: the sentence that says why it is none, "" for a good one.
    """

    entry: SourceFile
    sha256: str
    size: int
    x: Tensor | None
    problem: str


class Reader:
    """Reads pictures for a network, in several threads at a time, each with a process that decodes them."""

    def __init__(self, backbone: Backbone) -> None:
        self._backbone, self._cut_out, self._free = backbone, backbone.cut_out, deque[Decoder]()

    def load(self, entry: SourceFile) -> Loaded:
        """Returns the picture, ready for the network, or with the sentence that says what is wrong with its file."""
        data = None
        try:
            data = _read(entry)
            x = self._backbone.as_input(self._seen(data))
        except InputError as error:
            sha256, size = ("", entry.size) if data is None else (hashlib.sha256(data).hexdigest(), len(data))
            return Loaded(entry, sha256, size, None, plain_text(str(error)))
        return Loaded(entry, hashlib.sha256(data).hexdigest(), len(data), x, "")

    def close(self) -> None:
        """Ends the processes, while no thread reads."""
        while self._free:
            self._free.pop().close()

    def _seen(self, data: bytes) -> Image.Image:
        try:
            decoder = self._free.pop()
        except IndexError:
            decoder = Decoder()
        try:
            return decoder.decode(data, self._cut_out)
        finally:
            self._free.append(decoder)


def _read(entry: SourceFile) -> bytes:
    if not is_address(entry.file):
        return read(entry.file)
    if entry.size > MAX_BYTES:
        raise InputError(too_large())
    try:
        place, path = file_system(entry.file)
        data: bytes = place.cat_file(path, end=MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError(unreadable_picture("no such file or directory")) from None
    except Exception as error:  # each file system raises what its own library does
        raise InputError(unreadable_picture(plain_text(f"{type(error).__name__}: {error}"))) from None
    if len(data) > MAX_BYTES:
        raise InputError(too_large())
    return data
