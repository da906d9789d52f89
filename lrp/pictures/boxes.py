"""Reads the metadata boxes of AVIF and HEIC files without a decoder (ISO/IEC 14496-12 and 23008-12).

Such a file is a sequence of boxes, each with a size and a four-letter name; some contain boxes. The bytes are untrusted: every
loop is bounded, nothing is read beyond the enclosing box, and what does not parse is skipped.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAX_ENTRIES = 2000  # boxes of one sequence, or entries of one table, that are read

_TRACK = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_SAMPLE_HEADER = 8 + 78  # 8: version and count of the sample table; 78: fixed fields of a visual sample


@dataclass(frozen=True)
class MediaBox:
    """A box: its name and its content; `cut` if the file ends before the box does."""

    name: bytes
    body: bytes
    cut: bool = False


@dataclass(frozen=True)
class Contents:
    """What the boxes of a file declare about its picture.

    brands: of the file. item: the type of the primary item, such as "av01" or "grid". bits: per sample. colours: (primaries,
    transfer) numbers of ITU-T H.273. cut: whether the file ends inside a box.
    """

    brands: frozenset[bytes]
    item: str
    bits: int | None
    colours: tuple[int, int] | None
    cut: bool


def brands(data: bytes) -> frozenset[bytes]:
    """Returns the brands listed in the ftyp box; none if the file does not begin with one."""
    first = next(_boxes(data[:4096]), None)
    if first is None or first.name != b"ftyp":
        return frozenset()
    return frozenset(first.body[i : i + 4] for i in (0, *range(8, len(first.body) - 3, 4)))


def contents(data: bytes) -> Contents:
    """Returns what the boxes of an AVIF or HEIC file declare about its primary picture."""
    row = list(_boxes(data))
    meta = next((list(_boxes(box.body[4:])) for box in row if box.name == b"meta"), [])
    main = _main_item(meta)
    everything, own = _properties(meta, main)
    found = _colour_numbers(own) or _colour_numbers(everything) or _colour_numbers(_track_sample(row))
    return Contents(brands(data), _item_kind(meta, main), _bits(own) or _bits(everything), found, any(box.cut for box in row))


def _boxes(data: bytes) -> Iterator[MediaBox]:
    """The sequence of boxes in `data`; ends at the first one whose size is impossible."""
    start = 0
    for _ in range(MAX_ENTRIES):
        if start + 8 > len(data):
            return
        size, name = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1 and start + 16 <= len(data):
            size, head = struct.unpack_from(">Q", data, start + 8)[0], 16
        elif size == 0:  # up to the end
            size = len(data) - start
        if size < head:
            return
        yield MediaBox(name, data[start + head : start + size], start + size > len(data))
        start += size


def _body_of(row: list[MediaBox], name: bytes) -> bytes:
    """The content of the first box of this name; empty if there is none."""
    return next((box.body for box in row if box.name == name), b"")


def _main_item(meta: list[MediaBox]) -> int | None:
    """The number of the primary item (pitm)."""
    body = _body_of(meta, b"pitm")
    if len(body) < 6:
        return None
    return int.from_bytes(body[4 : 6 if body[0] == 0 else 8], "big")


def _item_kind(meta: list[MediaBox], main: int | None) -> str:
    """The four-letter type of the primary item (iinf); empty if it is not listed."""
    body = _body_of(meta, b"iinf")
    for box in _boxes(body[6 if body[:1] == b"\0" else 8 :]):
        wide = 2 if box.body[:1] == b"\x03" else 0
        if box.name == b"infe" and main == int.from_bytes(box.body[4 : 6 + wide], "big"):
            return box.body[8 + wide : 12 + wide].decode("ascii", "replace")
    return ""


def _properties(meta: list[MediaBox], main: int | None) -> tuple[list[MediaBox], list[MediaBox]]:
    """All item properties in the file (ipco), and those of the primary item (ipma)."""
    row = list(_boxes(_body_of(meta, b"iprp")))
    everything = list(_boxes(_body_of(row, b"ipco")))
    try:
        chosen = _property_numbers(_body_of(row, b"ipma"), main)
    except struct.error:
        chosen = []
    return everything, [everything[i - 1] for i in chosen if 0 < i <= len(everything)]


def _property_numbers(body: bytes, main: int | None) -> list[int]:
    """The 1-based indices of the properties of the primary item (ipma)."""
    version = struct.unpack_from(">B3xI", body)[0]
    flags = body[3]
    count = struct.unpack_from(">4xI", body)[0]
    number, index = (">I" if version else ">H"), (">H" if flags & 1 else ">B")
    at = 8
    for _ in range(min(count, MAX_ENTRIES)):
        (item,) = struct.unpack_from(number, body, at)
        at += struct.calcsize(number)
        width, many = struct.calcsize(index), body[at] if at < len(body) else 0
        found = [struct.unpack_from(index, body, at + 1 + i * width)[0] for i in range(many)]
        at += 1 + many * width
        if item == main:
            return [i & (0x7FFF if width == 2 else 0x7F) for i in found]  # the highest bit says "essential"
    return []


def _track_sample(row: list[MediaBox]) -> list[MediaBox]:
    """The boxes of the first sample description of the first track of an image sequence."""
    for name in _TRACK:
        body = _body_of(row, name)
        row = list(_boxes(body))
    return list(_boxes(body[8 + _SAMPLE_HEADER :]))


def _colour_numbers(properties: list[MediaBox]) -> tuple[int, int] | None:
    """The (primaries, transfer) numbers of a colr property of type nclx."""
    for box in properties:
        if box.name == b"colr" and box.body[:4] == b"nclx" and len(box.body) >= 8:
            return struct.unpack_from(">2H", box.body, 4)
    return None


def _bits(properties: list[MediaBox]) -> int | None:
    """The bits per sample of the first channel (pixi)."""
    body = _body_of(properties, b"pixi")
    return body[5] if len(body) > 5 else None
