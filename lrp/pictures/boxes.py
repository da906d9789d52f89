"""The parts of an AVIF or HEIC file that say what it holds, read without its decoder (ISO/IEC 14496-12 and 23008-12).

Such a file is a row of boxes, each with a size and a name of four letters, some with boxes inside. The bytes may come from
anybody: every loop is bounded, nothing is read beyond the box that it belongs to, and what cannot be followed is left out.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MOST = 2000  # boxes of one row, or entries of one table, that are looked at

_TRACK = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_SAMPLE_HEAD = 8 + 78  # of a table of sample descriptions: version and count; of a sample: what comes before its boxes


@dataclass(frozen=True)
class Box:
    """A box's name and what it holds; `cut` where the file ends before the box does."""

    name: bytes
    body: bytes
    cut: bool = False


@dataclass(frozen=True)
class Contents:
    """What the boxes say of the picture: the brands of the file, the kind of its main item ("av01", "grid", ...), its bits a
    sample, its colours as (primaries, transfer) numbers of ITU-T H.273, and whether the file ends too early."""

    brands: frozenset[bytes]
    item: str
    bits: int | None
    colours: tuple[int, int] | None
    cut: bool


def brands(data: bytes) -> frozenset[bytes]:
    """The brands that the file's first box, if it is an ftyp, names."""
    first = next(_boxes(data[:4096]), None)
    if first is None or first.name != b"ftyp":
        return frozenset()
    return frozenset(first.body[i : i + 4] for i in (0, *range(8, len(first.body) - 3, 4)))


def contents(data: bytes) -> Contents:
    """What the boxes of an AVIF or HEIC file say of its picture."""
    row = list(_boxes(data))
    meta = next((list(_boxes(box.body[4:])) for box in row if box.name == b"meta"), [])
    main = _main_item(meta)
    everything, own = _properties(meta, main)
    found = _colours(own) or _colours(everything) or _colours(_track(row))
    return Contents(brands(data), _item_kind(meta, main), _bits(own) or _bits(everything), found, any(box.cut for box in row))


def _boxes(data: bytes) -> Iterator[Box]:
    start = 0
    for _ in range(MOST):
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
        yield Box(name, data[start + head : start + size], start + size > len(data))
        start += size


def _body(row: list[Box], name: bytes) -> bytes:
    return next((box.body for box in row if box.name == name), b"")


def _main_item(meta: list[Box]) -> int | None:
    body = _body(meta, b"pitm")
    if len(body) < 6:
        return None
    return int.from_bytes(body[4 : 6 if body[0] == 0 else 8], "big")


def _item_kind(meta: list[Box], main: int | None) -> str:
    body = _body(meta, b"iinf")
    for box in _boxes(body[6 if body[:1] == b"\0" else 8 :]):
        wide = 2 if box.body[:1] == b"\x03" else 0
        if box.name == b"infe" and main == int.from_bytes(box.body[4 : 6 + wide], "big"):
            return box.body[8 + wide : 12 + wide].decode("ascii", "replace")
    return ""


def _properties(meta: list[Box], main: int | None) -> tuple[list[Box], list[Box]]:
    """Every property in the file, and those of the main item."""
    row = list(_boxes(_body(meta, b"iprp")))
    everything = list(_boxes(_body(row, b"ipco")))
    try:
        chosen = _associated(_body(row, b"ipma"), main)
    except struct.error:
        chosen = []
    return everything, [everything[i - 1] for i in chosen if 0 < i <= len(everything)]


def _associated(body: bytes, main: int | None) -> list[int]:
    """The numbers, from 1 on, of the properties that belong to the main item."""
    version, flags, count = struct.unpack_from(">B3xI", body)[0], body[3], struct.unpack_from(">4xI", body)[0]
    number, index = (">I" if version else ">H"), (">H" if flags & 1 else ">B")
    at = 8
    for _ in range(min(count, MOST)):
        (item,) = struct.unpack_from(number, body, at)
        at += struct.calcsize(number)
        width, many = struct.calcsize(index), body[at] if at < len(body) else 0
        found = [struct.unpack_from(index, body, at + 1 + i * width)[0] for i in range(many)]
        at += 1 + many * width
        if item == main:
            return [i & (0x7FFF if width == 2 else 0x7F) for i in found]  # the highest bit says "essential"
    return []


def _track(row: list[Box]) -> list[Box]:
    """What describes the first kind of sample of the first track of a sequence."""
    for name in _TRACK:
        body = _body(row, name)
        row = list(_boxes(body))
    return list(_boxes(body[8 + _SAMPLE_HEAD :]))


def _colours(properties: list[Box]) -> tuple[int, int] | None:
    for box in properties:
        if box.name == b"colr" and box.body[:4] == b"nclx" and len(box.body) >= 8:
            return struct.unpack_from(">2H", box.body, 4)
    return None


def _bits(properties: list[Box]) -> int | None:
    body = _body(properties, b"pixi")
    return body[5] if len(body) > 5 else None
