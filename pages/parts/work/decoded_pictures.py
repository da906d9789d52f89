"""Pictures that visitors bring: kept as the files that they are, and decoded while there is room for their pixels."""

import hashlib
from dataclasses import dataclass, field
from typing import cast

from PIL import Image, ImageOps

from lrp import InputError, decode_image
from lrp.pictures.sandbox import BUSY
from pages.parts.work.allocator import give_back_freed_memory
from pages.parts.work.brought_bytes import BROUGHT
from pages.parts.work.cache import Budget, Store
from pages.parts.work.page_turns import decoding_turn

PIXEL_BYTES = 200_000_000  # of the decoded pictures of all visitors together
THUMBNAIL = 96  # pixels a side
TRIES = 3  # to decode a picture that others push out of the cache before its page has its turn

PIXELS = Budget(PIXEL_BYTES)
_DECODED = Store(1000, PIXELS)


@dataclass(frozen=True)
class PictureFile:
    """A file whose picture can be had again: its SHA-256, its bytes, the picture's size, and a thumbnail."""

    key: str
    data: bytes = field(repr=False)
    size: tuple[int, int]
    thumbnail: Image.Image = field(compare=False, repr=False)

    def __call__(self) -> Image.Image:
        """Returns the decoded picture; raises InputError with a sentence for the page where there is no room for it."""
        picture, tries = _DECODED.get(self.key), 0
        while picture is None and tries < TRIES:
            _decode(self.key, self.data)
            picture, tries = _DECODED.get(self.key), tries + 1
        if picture is None:
            raise InputError(BUSY)
        return cast(Image.Image, picture)


def open_file(data: bytes) -> PictureFile:
    """Returns the file with its picture decoded; raises InputError with a sentence for the page.

    The file counts as one of the visitor's for as long as what is returned is kept.
    """
    key = hashlib.sha256(data).hexdigest()
    file = PictureFile(key, data, *_decode(key, data))
    BROUGHT.count(file, len(data))
    return file


def _decode(key: str, data: bytes) -> tuple[tuple[int, int], Image.Image]:
    """Decodes the picture, to be had from the cache then; returns its size and a thumbnail.

    Not the picture: the page waits for its turn now, and what many pages held meanwhile would be counted nowhere.
    """
    try:
        with decoding_turn():
            give_back_freed_memory()  # or what the pictures before it took would stay with the process, in pieces
            return _keep(key, decode_image(data))
    except TimeoutError:
        raise InputError(BUSY) from None


def _keep(key: str, picture: Image.Image) -> tuple[tuple[int, int], Image.Image]:
    _DECODED.put(key, picture)
    return picture.size, ImageOps.fit(picture, (THUMBNAIL, THUMBNAIL))
