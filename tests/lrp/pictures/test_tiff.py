"""TIFF in every usual layout and mode, and what is said of those that are not read."""

import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from lrp.pictures.decode import decode as decode_image
from tests.files import BLUE, GREEN, RED, WHITE, difference, encoded, photo, refusal


@pytest.mark.parametrize("compression", [None, "packbits", "tiff_lzw", "tiff_adobe_deflate", "zstd", "lzma"])
@pytest.mark.parametrize("big", [False, True])
def test_a_tiff_of_every_lossless_compression_is_decoded(compression: str | None, big: bool) -> None:
    assert difference(decode_image(encoded(photo(), "TIFF", compression=compression, big_tiff=big)), photo()) == 0


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "YCbCr"])
def test_a_tiff_of_every_mode_keeps_its_colours(mode: str) -> None:
    for colour in (WHITE, (0, 0, 0)) if mode in ("1", "L", "LA") else (RED, GREEN, BLUE, WHITE):
        decoded = decode_image(encoded(Image.new("RGB", (16, 16), colour).convert(mode), "TIFF"))
        assert np.abs(np.subtract(decoded.getpixel((9, 9)), colour)).max() <= 2


def test_a_lab_tiff_keeps_its_colours() -> None:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    stored = ImageCms.profileToProfile(Image.new("RGB", (8, 8), (200, 100, 50)), srgb, lab, outputMode="LAB")
    assert np.abs(np.subtract(decode_image(encoded(stored, "TIFF")).getpixel((1, 1)), (200, 100, 50))).max() <= 3


def ramp() -> np.ndarray:
    return (np.arange(256, dtype=np.uint16) * 257)[None].repeat(32, axis=0)


def test_greys_of_a_tiff_are_scaled_and_may_count_from_white() -> None:
    for values, tags in ((ramp(), {}), (65535 - ramp(), {262: 0}), ((ramp() / 65535).astype(np.float32), {})):
        decoded = decode_image(encoded(Image.fromarray(values), "TIFF", tiffinfo=tags))
        assert np.asarray(decoded)[0, :, 1].tolist() == list(range(256))


def twelve_bit_tiff(values: list[int]) -> bytes:
    """One row of 12-bit greys, two in three bytes."""
    packed = b"".join((a << 12 | b).to_bytes(3, "big") for a, b in zip(values[::2], values[1::2], strict=True))
    tags = [(256, len(values)), (257, 1), (258, 12), (259, 1), (262, 1), (273, 8), (277, 1), (278, 1), (279, len(packed))]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<I", 8 + len(packed)) + packed + directory + bytes(4)


def test_twelve_bits_are_scaled_over_their_full_range() -> None:
    assert np.asarray(decode_image(twelve_bit_tiff([0, 4095, 2048, 1024])))[0, :, 0].tolist() == [0, 255, 128, 64]


@pytest.mark.parametrize("values", [np.array([[-700, 1200]], np.int32), np.array([[0, 4095]], np.float32)])
def test_a_tiff_of_measured_values_is_told_with_its_range(values: np.ndarray) -> None:
    told = refusal(encoded(Image.fromarray(values.repeat(8, axis=0)), "TIFF"))
    low, high = values[0]
    assert told.startswith(f"This TIFF holds measured values from {low:.6g} to {high:.6g}, not shades of grey; scale them")


def test_of_a_tiff_with_pages_the_first_is_shown() -> None:
    pages = encoded(photo(), "TIFF", save_all=True, append_images=[photo().rotate(180), photo(7, 7)])
    assert difference(decode_image(pages), photo()) == 0


def test_a_camera_raw_file_in_tiff_is_not_taken_for_its_preview() -> None:
    for tags in ({50706: b"\1\4\0\0"}, {254: 1, 330: 8}):
        assert refusal(encoded(photo(), "TIFF", tiffinfo=tags)).startswith("This looks like a camera raw file")


def test_a_tiff_in_a_layout_that_is_not_read_says_which() -> None:
    tagged = bytearray(encoded(photo(), "TIFF", tiffinfo={339: 3}))
    assert "This TIFF (RGB of 8-bit floating-point numbers, compression 1)" in refusal(bytes(tagged))


def test_a_tiff_too_large_is_refused_by_its_head() -> None:
    tags = [(256, 30_000), (257, 3_000), (258, 8), (259, 5), (262, 1), (273, 8), (277, 1), (278, 3_000), (279, 9)]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    assert "limit is 40" in refusal(b"II*\0" + struct.pack("<I", 8) + directory + bytes(4))
