"""The sentence shown for a file that could not be decoded: what it is, and what to do.

The bytes are untrusted, so every loop is bounded.
"""

import struct
from collections.abc import Callable

from lrp.pictures import boxes, tiff
from lrp.pictures.file_kinds import MAX_PARTS, kind_of

TRY_AGAIN = "save it as an ordinary JPEG or PNG and try again"

_READABLE = "JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF or BMP"
_READ = ("JPEG", "PNG", "WebP", "AVIF", "HEIC", "TIFF", "GIF", "BMP")


def failure_message(data: bytes) -> str:
    """Returns one plain sentence on a file that no decoder could read: what it is, and what to do."""
    name = kind_of(data)
    if name in _READ:
        damaged = f"This {name} picture is damaged or incomplete; save or download it again, or try another one."
        return _specific_message(name, data) or damaged
    if name:
        return f"This looks like {name}, which we cannot read; convert the picture to JPEG or PNG and try again."
    return f"This file is not a picture that we can read; choose a {_READABLE} file."


def _specific_message(name: str, data: bytes) -> str | None:
    """A sentence on what is unusual in the file; None if nothing is, or if its header does not parse."""
    readers: dict[str, Callable[[bytes], str | None]] = {
        "JPEG": _jpeg, "PNG": _png, "BMP": _bmp, "AVIF": _avif_or_heic, "HEIC": _avif_or_heic, "TIFF": _tiff,
    }  # fmt: skip
    try:
        return readers[name](data) if name in readers else None
    except (struct.error, IndexError):
        return None


_JPEG_FRAMES = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}


def _jpeg(data: bytes) -> str | None:
    """A sentence on a JPEG whose first frame is of a kind that is not read."""
    at = 2
    for _ in range(MAX_PARTS):
        marker = data[at + 1]
        if data[at] != 0xFF:
            return None
        if marker == 0xFF:  # fill byte before a marker
            at += 1
            continue
        if marker in _JPEG_FRAMES:
            return _jpeg_frame(marker, bits=data[at + 4], channels=data[at + 9])
        if marker == 0xDA:
            return None
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _jpeg_frame(marker: int, bits: int, channels: int) -> str | None:
    """A sentence on a JPEG frame with this marker; None for an ordinary one."""
    if marker == 0xF7:
        return f"This is a JPEG-LS picture, as medical devices write, which we cannot read; {TRY_AGAIN}."
    if marker in (0xC3, 0xC7, 0xCB, 0xCF):
        return f"This is a lossless JPEG, as medical devices and cameras' raw files hold, which we cannot read; {TRY_AGAIN}."
    if marker in (0xC5, 0xC6, 0xCD, 0xCE):
        return f"This is a hierarchical JPEG, which we cannot read; {TRY_AGAIN}."
    if bits != 8:
        return f"This is a {bits}-bit JPEG, as medical devices write, and we read those of 8 bits; {TRY_AGAIN}."
    if channels not in (1, 3, 4):
        return f"This JPEG has {channels} colour channels, and we read those with 1, 3 or 4; {TRY_AGAIN}."
    return None


def _png(data: bytes) -> str | None:
    """A sentence on Apple's variant of PNG."""
    if data[12:16] == b"CgBI":
        return (
            "This is an iPhone PNG (CgBI), as Xcode packs into apps and only Apple's programs read; open it in Preview "
            "on a Mac, export it as an ordinary PNG and try again."
        )
    return None


_BMP_MASKS: dict[int, set[tuple[int, ...]]] = {  # bits per pixel -> the usual masks of red, green, blue and alpha
    16: {(0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F)},
    24: {(0xFF0000, 0xFF00, 0xFF)},
    32: {
        (0xFF0000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF0000, 0xFF00, 0), (0xFF000000, 0xFF00, 0xFF, 0),
        (0xFF000000, 0xFF0000, 0xFF00, 0xFF), (0xFF, 0xFF00, 0xFF0000, 0xFF000000), (0xFF0000, 0xFF00, 0xFF, 0xFF000000),
        (0xFF000000, 0xFF00, 0xFF, 0xFF0000), (0, 0, 0, 0),
    },
}  # fmt: skip


def _bmp(data: bytes) -> str | None:
    """A sentence on a BMP with an unusual header, compression or pixel layout."""
    (size,) = struct.unpack_from("<I", data, 14)
    bits, compression = (struct.unpack_from("<HI", data, 28)) if size >= 40 else (struct.unpack_from("<H", data, 24)[0], 0)
    masks: tuple[int, ...] = _bmp_masks(data, size, bits) if compression == 3 and size >= 40 else ()
    layout = f"{bits} bits a pixel"
    if size not in (12, 40, 52, 56, 64, 108, 124):
        what = f"a head of {size} bytes"
    elif size == 64 and compression in (3, 4):
        what = {3: "fax (Huffman) compression", 4: "24-bit run lengths"}[compression] + ", as OS/2 wrote"
    elif compression in (4, 5):
        what = f"a {'JPEG' if compression == 4 else 'PNG'} inside, as printers take"
    elif compression > 5:
        what = f"compression {compression}" if compression != 6 else f"an unusual layout of bits ({layout}, with transparency)"
    elif bits not in (1, 4, 8, 16, 24, 32):
        what = layout
    elif masks and masks not in _BMP_MASKS.get(bits, ()):
        what = f"an unusual layout of bits ({layout}: " + ", ".join(f"{mask:#x}" for mask in masks) + ")"
    else:
        return None
    return f"This BMP has {what}, which we cannot read; {TRY_AGAIN}."


def _bmp_masks(data: bytes, size: int, bits: int) -> tuple[int, ...]:
    """The bit masks of red, green and blue, and of alpha for 32 bits per pixel."""
    masks = struct.unpack_from("<3I", data, 54)
    if bits != 32:
        return masks
    return (*masks, struct.unpack_from("<I", data, 66)[0] if size >= 56 else 0)


def _avif_or_heic(data: bytes) -> str | None:
    """A sentence on an AVIF or HEIC file that is complete, as far as its boxes tell, but was not decoded."""
    name, found = kind_of(data), boxes.contents(data)
    usual = {"AVIF": ("av01", "grid"), "HEIC": ("hvc1", "grid")}[name or "AVIF"]
    if found.cut:
        return None
    bits = f"{found.bits}-bit " if found.bits else ""
    if found.item and found.item not in (*usual, "iden", "iovl"):
        return f"This {name} holds a picture of the kind “{found.item}”, which we cannot read; {TRY_AGAIN}."
    derived = {"grid": "grid of tiles", "iovl": "picture of several layers", "iden": "picture made from another"}
    how = derived.get(found.item, "picture")
    return f"This {name} ({bits}{how}) is damaged or stored in a way that we cannot read; {TRY_AGAIN}."


def _tiff(data: bytes) -> str | None:
    """A sentence on a camera raw file, or on the pixel layout of a TIFF."""
    found = tiff.read_tiff_header(data)
    if found is None or not found.tags:
        return None
    if found.is_camera_raw:
        return "This looks like a camera raw file, which we cannot read; convert the picture to JPEG or PNG and try again."
    return f"This TIFF ({found.layout}) is damaged or stored in a way that we cannot read; {TRY_AGAIN}."
