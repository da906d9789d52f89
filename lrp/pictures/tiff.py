"""What the head of a TIFF file says of its first page, read without its decoder; and pixels that Pillow gives as stored."""

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST = 1000  # entries of a directory that are looked at
_WIDTHS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}  # the types of field that hold whole numbers, without sign

SUBFILE, BITS, COMPRESSION, PHOTOMETRIC, SUB_PAGES, FORMAT, DNG = 254, 258, 259, 262, 330, 339, 50706
_FORMATS = {1: "whole numbers", 2: "signed numbers", 3: "floating-point numbers", 5: "complex numbers", 6: "complex numbers"}
_COLOURS = {
    0: "grey", 1: "grey", 2: "RGB", 3: "palette", 4: "mask", 5: "CMYK", 6: "YCbCr", 8: "Lab", 9: "Lab", 10: "Lab",
    32803: "camera raw", 32844: "LogL", 32845: "LogLuv",
}  # fmt: skip


class Head(NamedTuple):
    """Tag -> its first eight whole numbers, of the first page."""

    tags: dict[int, tuple[int, ...]]

    def first(self, tag: int, default: int = 0) -> int:
        return next(iter(self.tags.get(tag, ())), default)

    @property
    def is_camera_raw(self) -> bool:
        """Whether it is a camera's raw file, whose first page is only a small preview."""
        preview = self.first(SUBFILE) & 1 and SUB_PAGES in self.tags
        return bool(DNG in self.tags or preview or self.first(PHOTOMETRIC) == 32803)

    @property
    def layout(self) -> str:
        """Such as "RGB of 32-bit floating-point numbers"."""
        colours = _COLOURS.get(self.first(PHOTOMETRIC), "colours of an unknown kind")
        numbers = _FORMATS.get(self.first(FORMAT, 1), "numbers")
        return f"{colours} of {self.first(BITS, 1)}-bit {numbers}, compression {self.first(COMPRESSION, 1)}"


def head(data: bytes) -> Head | None:
    """The tags of the first page of a TIFF or BigTIFF file; None where its directory lies outside the file."""
    try:
        return Head(_tags(data, "<" if data[:2] == b"II" else ">"))
    except struct.error:
        return None


def _tags(data: bytes, order: str) -> dict[int, tuple[int, ...]]:
    big = struct.unpack_from(f"{order}H", data, 2)[0] == 43
    offset, count, size = ("Q", "Q", 8) if big else ("I", "H", 4)
    (at,) = struct.unpack_from(order + offset, data, 8 if big else 4)
    (entries,) = struct.unpack_from(order + count, data, at)
    at += struct.calcsize(f"={count}")
    found = {}
    for _ in range(min(entries, MOST)):
        tag, kind, many = struct.unpack_from(f"{order}HH{offset}", data, at)
        code, many = _WIDTHS.get(kind, ""), min(many, 8)
        where = at + 4 + size
        if struct.calcsize(f"={many}{code or 'B'}") > size or struct.unpack_from(f"{order}{offset}", data, at + 4)[0] > many:
            (where,) = struct.unpack_from(order + offset, data, where)
        if code and where < len(data):
            found[tag] = struct.unpack_from(f"{order}{many}{code}", data[where : where + 64].ljust(64, b"\0"))
        at += 4 + 2 * size
    return found


def objection(values: NDArray[np.float32] | NDArray[np.int32]) -> str | None:
    """Why these values are no greys, as a sentence; None for floats in 0..1, of which one in a hundred may lie outside."""
    known = values[np.isfinite(values)]
    low, high = (known.min(), known.max()) if known.size else (0, 1)
    if values.dtype == np.float32 and np.mean((known < 0) | (known > 1)) <= 0.01:
        return None
    return (
        f"This TIFF holds measured values from {low:.6g} to {high:.6g}, not shades of grey; scale them to 8 or 16 bits, "
        "save the picture as PNG and try again."
    )
