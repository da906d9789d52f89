"""Pictures in unusual layouts that are not read are called by their name, with a way on."""

import struct

import pillow_heif
import pytest

from tests.files import encoded, photo, png, refusal

pillow_heif.register_heif_opener(decode_threads=1)  # writes HEIC, too


def bmp(bits: int, masks: tuple[int, ...] = (), *, compression: int = 0, size: int = 40) -> bytes:
    head = struct.pack("<IiiHHIIiiII", size, 8, 8, 1, bits, compression, 0, 2835, 2835, 0, 0)
    rest = struct.pack(f"<{len(masks)}I", *masks).ljust(max(size - 40, 0), b"\0")
    return b"BM" + struct.pack("<IHHI", 14 + len(head + rest) + 1024, 0, 0, 14 + len(head + rest)) + head + rest + bytes(4096)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (bmp(16, (0xF00, 0xF0, 0xF), compression=3, size=56), "16 bits a pixel: 0xf00, 0xf0, 0xf"),
        (bmp(32, (0x3FF00000, 0xFFC00, 0x3FF), compression=3, size=56), "32 bits a pixel: 0x3ff00000, 0xffc00, 0x3ff, 0x0"),
        (bmp(16, (0xFF00, 0xFF, 0), compression=3), "16 bits a pixel: 0xff00, 0xff, 0x0"),
        (bmp(2), "2 bits a pixel"),
        (bmp(64), "64 bits a pixel"),
        (bmp(24, compression=4), "a JPEG inside"),
        (bmp(24, compression=5), "a PNG inside"),
        (bmp(24, compression=4, size=64), "24-bit run lengths"),
        (bmp(1, compression=3, size=64), "fax (Huffman) compression"),
        (bmp(32, compression=6), "unusual layout of bits (32 bits a pixel, with transparency)"),
        (bmp(24, compression=9), "compression 9"),
        (bmp(24, size=80), "a head of 80 bytes"),
    ],
)
def test_a_bmp_in_an_unusual_layout_is_called_so(data: bytes, what: str) -> None:
    told = refusal(data)
    assert told.startswith("This BMP has ")
    assert what in told
    assert told.endswith("which we cannot read; save it as an ordinary JPEG or PNG and try again.")


@pytest.mark.parametrize("bits", [1, 4, 8, 24, 32])
def test_a_bmp_in_a_usual_layout_that_ends_too_early_is_called_damaged(bits: int) -> None:
    assert "damaged or incomplete" in refusal(bmp(bits)[:58])


def jpeg_with(marker: int, bits: int = 8, channels: int | None = None) -> bytes:
    """A JPEG whose frame says that it is another kind."""
    data = bytearray(encoded(photo(), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 1], data[at + 4] = marker, bits
    if channels:
        data[at + 9] = channels
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (jpeg_with(0xC1, 12), "This is a 12-bit JPEG, as medical devices write"),
        (jpeg_with(0xC2, 12), "This is a 12-bit JPEG"),
        (jpeg_with(0xC3), "This is a lossless JPEG"),
        (jpeg_with(0xC3, 16), "This is a lossless JPEG"),
        (jpeg_with(0xCB), "This is a lossless JPEG"),
        (jpeg_with(0xC5), "This is a hierarchical JPEG"),
        (jpeg_with(0xF7), "This is a JPEG-LS picture"),
        (jpeg_with(0xC0, channels=2), "This JPEG has 2 colour channels"),
    ],
)
def test_an_unusual_jpeg_is_called_by_its_name(data: bytes, what: str) -> None:
    assert refusal(data).startswith(what)
    assert refusal(data).endswith("; save it as an ordinary JPEG or PNG and try again.")


def test_an_iphone_png_is_called_by_its_name() -> None:
    whole = png(8, 8, 8, 6, bytes(300))
    apple = whole[:8] + struct.pack(">I4sII", 4, b"CgBI", 0x50002002, 0x2BD5CE0A) + whole[8:]
    assert refusal(apple).startswith("This is an iPhone PNG (CgBI)")


def test_an_avif_that_is_whole_but_not_read_is_not_just_called_damaged() -> None:
    whole = encoded(photo(), "AVIF")
    at = whole.index(b"av01")
    other = whole[:at] + b"sato" + whole[at + 4 :]
    assert refusal(other) == (
        "This AVIF holds a picture of the kind “sato”, which we cannot read; save it as an ordinary JPEG or PNG and try again."
    )
    data = bytearray(whole)
    data[whole.index(b"mdat") + 4 :] = bytes(len(whole) - whole.index(b"mdat") - 4)
    assert refusal(bytes(data)).startswith("This AVIF (8-bit picture) is damaged or stored in a way that we cannot read; save it")


OTHERS = {
    "a medical picture (DICOM)": bytes(128) + b"DICM", "a GIMP file": b"gimp xcf v011\0", "OpenEXR": b"\x76\x2f\x31\x01\2\0\0\0",
    "Radiance HDR": b"#?RADIANCE\n", "an icon file": b"icns\0\0\0\0", "QOI": b"qoif\0\0\0\1", "FITS": b"SIMPLE  =        T",
    "a portable bitmap (PNM)": b"P6\n4 4\n255\n" + bytes(48), "JPEG XR": b"II\xbc\1\x08\0\0\0",
    "a Windows metafile": b"\1\0\0\0" + bytes(36) + b" EMF",
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_other_kinds_of_picture_are_named(name: str) -> None:
    assert refusal(OTHERS[name]).startswith(f"This looks like {name}, which we cannot read; convert the picture to JPEG or PNG")
