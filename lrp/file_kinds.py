"""Which kind of file some bytes are, and one plain sentence for those that no decoder here could make a picture of.

Judged by the bytes: a file's name and declared type are only claims. They may come from anybody, so every loop is bounded.
"""

import re
import struct

from lrp import boxes, tiff

TRY_AGAIN = "save it as an ordinary JPEG or PNG and try again"
READABLE = "JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF or BMP"
MOST = 10_000  # parts of a file that are looked at

_SIGNATURES = {
    "JPEG": rb"\xff\xd8\xff",
    "PNG": rb"\x89PNG\r\n",
    "WebP": rb"RIFF.{4}WEBP",
    "GIF": rb"GIF8[79]a",
    "BMP": rb"BM.{4}\0{4}",
    "SVG": rb"(?:\xef\xbb\xbf)?\s*(?:(?:<\?xml|<!--|<!DOCTYPE svg).*)?<svg",
    "PDF": rb"%PDF-",
    "a camera raw file": rb".{4}ftypcrx|FUJIFILMCCD-RAW|IIU\0|IIR[OS]|MMOR|II\*\0.{4}CR",
    "JPEG XR": rb"II\xbc[\0\1]",
    "TIFF": rb"II[*+]\0|MM\0[*+]|II\0\*|MM\*\0",
    "JPEG 2000": rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51",
    "JPEG XL": rb"\0\0\0\x0cJXL |\xff\x0a",
    "a Photoshop file": rb"8BP[SB]",
    "a GIMP file": rb"gimp xcf",
    "a medical picture (DICOM)": rb".{128}DICM",
    "OpenEXR": rb"\x76\x2f\x31\x01",
    "Radiance HDR": rb"#\?(?:RADIANCE|RGBE)",
    "an icon file": rb"\0\0[\1\2]\0|icns",
    "a DirectDraw texture": rb"DDS \x7c",
    "PostScript": rb"%!PS|\xc5\xd0\xd3\xc6",
    "a Windows metafile": rb"\xd7\xcd\xc6\x9a|\x01\0{3}.{36} EMF",
    "a portable bitmap (PNM)": rb"P[1-7]\s[\s\d#WH]",
    "QOI": rb"qoif",
    "FITS": rb"SIMPLE  =",
    "a video": rb".{4}ftyp|\x1a\x45\xdf\xa3|RIFF.{4}AVI ",
}
_READ = ("JPEG", "PNG", "WebP", "AVIF", "HEIC", "TIFF", "GIF", "BMP")
_HEVC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}


def kind_of(data: bytes) -> str | None:
    """A name for the format, such as "JPEG" or "a video"; None where the bytes begin like no picture."""
    if data[4:8] == b"ftyp" and (named := _by_brand(data)):
        return named
    head = data[:1024]
    return next((name for name, signature in _SIGNATURES.items() if re.match(signature, head, re.DOTALL)), None)


def _by_brand(data: bytes) -> str | None:
    major, brands = data[8:12], boxes.brands(data)
    if major in (b"avif", b"avis"):
        return "AVIF"
    if major in _HEVC:
        return "HEIC"
    if major in (b"mif1", b"msf1", b"mif2", b"miaf", b"mif3", b"1pic"):
        return "AVIF" if brands & {b"avif", b"avis"} else "HEIC"
    return None


def numbered_colours(data: bytes) -> tuple[int, int] | None:
    """The (primaries, transfer) numbers of ITU-T H.273 that an AVIF, HEIC or PNG file declares for its colours."""
    name = kind_of(data)
    if name in ("AVIF", "HEIC"):
        return boxes.contents(data).colours
    return _png_colours(data) if name == "PNG" else None


def _png_colours(data: bytes) -> tuple[int, int] | None:
    at = 8
    for _ in range(MOST):
        size, name = struct.unpack(">I4s", data[at : at + 8].ljust(8, b"\0"))
        if name == b"cICP" and size == 4 and at + 12 <= len(data):
            return data[at + 8], data[at + 9]
        if name in (b"IDAT", b"\0\0\0\0"):
            return None
        at += 12 + size
    return None


def complaint(data: bytes) -> str:
    """What to say of bytes that no decoder could make a picture of."""
    name = kind_of(data)
    if name in _READ and (special := _special(name, data)):
        return special
    if name in _READ:
        return f"This {name} picture is damaged or incomplete; save or download it again, or try another one."
    if name:
        return f"This looks like {name}, which we cannot read; convert the picture to JPEG or PNG and try again."
    return f"This file is not a picture that we can read; choose a {READABLE} file."


def _special(name: str, data: bytes) -> str | None:
    """What is unusual in the file, as a sentence; None where nothing is found, or the head of the file is broken."""
    looks = {"JPEG": _jpeg, "PNG": _png, "BMP": _bmp, "AVIF": _boxed, "HEIC": _boxed, "TIFF": _tiff}
    try:
        return looks[name](data) if name in looks else None
    except (struct.error, IndexError):
        return None


_FRAMES = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}


def _jpeg(data: bytes) -> str | None:
    at = 2
    for _ in range(MOST):
        marker = data[at + 1]
        if data[at] != 0xFF:
            return None
        if marker == 0xFF:  # filling before a marker
            at += 1
            continue
        if marker in _FRAMES:
            return _frame(marker, bits=data[at + 4], channels=data[at + 9])
        if marker == 0xDA:
            return None
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _frame(marker: int, bits: int, channels: int) -> str | None:
    """What is unusual in a JPEG whose frame begins with this marker."""
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
    if data[12:16] == b"CgBI":
        return (
            "This is an iPhone PNG (CgBI), as Xcode packs into apps and only Apple's programs read; open it in Preview "
            "on a Mac, export it as an ordinary PNG and try again."
        )
    return None


_BMP_MASKS = {  # bits of red, green, blue and transparency that are usual, by bits a pixel
    16: {(0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F)},
    24: {(0xFF0000, 0xFF00, 0xFF)},
    32: {
        (0xFF0000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF0000, 0xFF00, 0), (0xFF000000, 0xFF00, 0xFF, 0),
        (0xFF000000, 0xFF0000, 0xFF00, 0xFF), (0xFF, 0xFF00, 0xFF0000, 0xFF000000), (0xFF0000, 0xFF00, 0xFF, 0xFF000000),
        (0xFF000000, 0xFF00, 0xFF, 0xFF0000), (0, 0, 0, 0),
    },
}  # fmt: skip


def _bmp(data: bytes) -> str | None:
    (size,) = struct.unpack_from("<I", data, 14)
    bits, compression = (struct.unpack_from("<HI", data, 28)) if size >= 40 else (struct.unpack_from("<H", data, 24)[0], 0)
    masks = _bmp_masks(data, size, bits) if compression == 3 and size >= 40 else ()
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
    masks = struct.unpack_from("<3I", data, 54)
    if bits != 32:
        return masks
    return (*masks, struct.unpack_from("<I", data, 66)[0] if size >= 56 else 0)


def _boxed(data: bytes) -> str | None:
    """AVIF or HEIC: whole, as far as its boxes tell, and yet not read."""
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
    found = tiff.head(data)
    if found is None or not found.tags:
        return None
    if found.is_camera_raw:
        return "This looks like a camera raw file, which we cannot read; convert the picture to JPEG or PNG and try again."
    return f"This TIFF ({found.layout}) is damaged or stored in a way that we cannot read; {TRY_AGAIN}."
