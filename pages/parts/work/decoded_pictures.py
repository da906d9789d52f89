"""Pictures that visitors bring: kept as the files that they are, and decoded while there is room for their pixels."""

import hashlib
from dataclasses import dataclass, field
from typing import cast

from PIL import Image, ImageOps

from lrp import InputError, decode_image
from pages.parts.work.brought_bytes import BROUGHT
from pages.parts.work.cache import Budget, Store
from pages.parts.work.page_turns import decoding_turn

PIXEL_BYTES = 200_000_000  # of the decoded pictures of all visitors together
THUMBNAIL = 96  # pixels a side

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
        """Returns the decoded picture."""
        return cast(Image.Image, _DECODED.get_or_make(self.key, lambda: _decode(self.data)))


def open_file(data: bytes) -> PictureFile:
    """Returns the file with its picture decoded; raises InputError with a sentence for the page.

    The file counts as one of the visitor's for as long as what is returned is kept.
    """
    key, picture = hashlib.sha256(data).hexdigest(), _decode(data)
    file = PictureFile(key, data, picture.size, ImageOps.fit(picture, (THUMBNAIL, THUMBNAIL)))
    BROUGHT.count(file, len(data))
    _DECODED.put(key, picture)
    return file


def _decode(data: bytes) -> Image.Image:
    try:
        with decoding_turn():
            return decode_image(data)
    except TimeoutError:
        raise InputError("Many pictures are being read just now; try again in a minute.") from None
