"""Reads the header of a TIFF's first page without a decoder, and checks pixel values that Pillow returns as stored."""

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MAX_ENTRIES = 1000  # entries of a directory that are read
_INTEGER_CODES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}  # field type -> struct code, for unsigned integers

SUBFILE, BITS, COMPRESSION, PHOTOMETRIC, SUB_PAGES, FORMAT, DNG = 254, 258, 259, 262, 330, 339, 50706
_FORMATS = {1: "whole numbers", 2: "signed numbers", 3: "floating-point numbers", 5: "complex numbers", 6: "complex numbers"}
_COLOURS = {
    0: "grey", 1: "grey", 2: "RGB", 3: "palette", 4: "mask", 5: "CMYK", 6: "YCbCr", 8: "Lab", 9: "Lab", 10: "Lab",
    32803: "camera raw", 32844: "LogL", 32845: "LogLuv",
}  # fmt: skip


class Header(NamedTuple):
    """The header of the first page: tag -> its first eight integers."""

    tags: dict[int, tuple[int, ...]]

    def first(self, tag: int, default: int = 0) -> int:
        """The first number of a tag."""
        return next(iter(self.tags.get(tag, ())), default)

    @property
    def is_camera_raw(self) -> bool:
        """Whether it is a camera raw file, whose first page is only a small preview."""
        preview = self.first(SUBFILE) & 1 and SUB_PAGES in self.tags
        return bool(DNG in self.tags or preview or self.first(PHOTOMETRIC) == 32803)

    @property
    def layout(self) -> str:
        """The pixel layout in words, such as "RGB of 32-bit floating-point numbers, compression 1"."""
        colours = _COLOURS.get(self.first(PHOTOMETRIC), "colours of an unknown kind")
        numbers = _FORMATS.get(self.first(FORMAT, 1), "numbers")
        return f"{colours} of {self.first(BITS, 1)}-bit {numbers}, compression {self.first(COMPRESSION, 1)}"


def read_tiff_header(data: bytes) -> Header | None:
    """Returns the header of the first page of a TIFF or BigTIFF file; None if its directory lies outside the file."""
    try:
        return Header(_read_tags(data, "<" if data[:2] == b"II" else ">"))
    except struct.error:
        return None


def _read_tags(data: bytes, order: str) -> dict[int, tuple[int, ...]]:
    """Tag -> integers of the first directory; order: the byte order as struct writes it."""
    big = struct.unpack_from(f"{order}H", data, 2)[0] == 43
    offset, count, size = ("Q", "Q", 8) if big else ("I", "H", 4)
    (at,) = struct.unpack_from(order + offset, data, 8 if big else 4)
    (entries,) = struct.unpack_from(order + count, data, at)
    at += struct.calcsize(f"={count}")
    found = {}
    for _ in range(min(entries, MAX_ENTRIES)):
        tag, kind, many = struct.unpack_from(f"{order}HH{offset}", data, at)
        code, many = _INTEGER_CODES.get(kind, ""), min(many, 8)
        where = at + 4 + size
        if struct.calcsize(f"={many}{code or 'B'}") > size or struct.unpack_from(f"{order}{offset}", data, at + 4)[0] > many:
            (where,) = struct.unpack_from(order + offset, data, where)
        if code and where < len(data):
            found[tag] = struct.unpack_from(f"{order}{many}{code}", data[where : where + 64].ljust(64, b"\0"))
        at += 4 + 2 * size
    return found


def value_problem(values: NDArray[np.float32] | NDArray[np.int32]) -> str | None:
    """Returns a sentence if these values are not shades of grey; None for floats in 0..1, of which 1 % may lie outside."""
    known = values[np.isfinite(values)]
    low, high = (known.min(), known.max()) if known.size else (0, 1)
    if values.dtype == np.float32 and np.mean((known < 0) | (known > 1)) <= 0.01:
        return None
    return (
        f"This TIFF holds measured values from {low:.6g} to {high:.6g}, not shades of grey; scale them to 8 or 16 bits, "
        "save the picture as PNG and try again."
    )
