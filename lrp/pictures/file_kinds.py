"""Detects the format of a file, and the colours it declares, from its bytes and without a decoder.

A file's name and declared type are not trusted. The bytes are untrusted too, so every loop is bounded.
"""

import re
import struct

from lrp.pictures import boxes

MAX_PARTS = 10_000  # chunks or segments of a file that are read

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
_HEVC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_CONTAINERS = {b"mif1", b"msf1", b"mif2", b"miaf", b"1pic"}


def kind_of(data: bytes) -> str | None:
    """Returns a name for the format, such as "JPEG" or "a video"; None for an unknown one."""
    if data[4:8] == b"ftyp" and (named := _by_brand(data)):
        return named
    head = data[:1024]
    return next((name for name, signature in _SIGNATURES.items() if re.match(signature, head, re.DOTALL)), None)


def _by_brand(data: bytes) -> str | None:
    """AVIF or HEIC by the brands of an ISO media file; None for other brands."""
    major, brands = data[8:12], boxes.brands(data)
    if major in _HEVC:
        return "HEIC"
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    return "HEIC" if brands & _HEVC or major in _CONTAINERS else None


def cicp_numbers(data: bytes) -> tuple[int, int] | None:
    """Returns the (primaries, transfer) numbers of ITU-T H.273 that an AVIF, HEIC or PNG file declares; None if it does not."""
    name = kind_of(data)
    if name in ("AVIF", "HEIC"):
        return boxes.contents(data).colours
    return _png_colours(data) if name == "PNG" else None


def _png_colours(data: bytes) -> tuple[int, int] | None:
    """The numbers in the cICP chunk of a PNG."""
    at = 8
    for _ in range(MAX_PARTS):
        size, name = struct.unpack(">I4s", data[at : at + 8].ljust(8, b"\0"))
        if name == b"cICP":
            sound = size == 4 and data[at + 10 : at + 12] == b"\0\1"  # full-range RGB, the only kind that PNG allows
            return (data[at + 8], data[at + 9]) if sound else None
        if name in (b"IDAT", b"\0\0\0\0"):
            return None
        at += 12 + size
    return None
