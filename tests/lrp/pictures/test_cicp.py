"""Wide colours and HDR come out in sRGB as a browser shows them."""

import struct
from io import BytesIO

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from lrp.pictures import boxes
from lrp.pictures.cicp import to_srgb
from lrp.pictures.decode import decode as decode_image
from tests.files import encoded, png

pillow_heif.register_heif_opener(decode_threads=1)  # writes HEIC, too

ORANGE, BLUE, GREEN = (200, 100, 50), (60, 120, 180), (128, 200, 90)

# What Chromium 156, on a screen without HDR, shows of ORANGE, BLUE and GREEN in an AVIF with these numbers.
SHOWN = {
    (1, 1): (ORANGE, BLUE, GREEN),
    (1, 13): (ORANGE, BLUE, GREEN),
    (2, 2): (ORANGE, BLUE, GREEN),
    (12, 13): ((215, 93, 31), (30, 122, 185), (103, 202, 71)),
    (12, 1): ((215, 93, 31), (30, 122, 185), (103, 202, 71)),
    (9, 13): ((241, 76, 29), (0, 125, 186), (28, 207, 65)),
    (9, 14): ((241, 76, 29), (0, 125, 186), (28, 207, 65)),
    (9, 16): ((255, 0, 0), (0, 87, 253), (0, 255, 0)),
    (9, 18): ((230, 48, 17), (0, 95, 155), (0, 207, 43)),
    (1, 16): ((255, 51, 8), (18, 88, 249), (78, 255, 33)),
    (12, 16): ((255, 0, 0), (0, 88, 252), (0, 255, 0)),
    (1, 4): ((201, 100, 46), (57, 121, 181), (129, 201, 90)),
    (1, 5): ((189, 76, 26), (36, 98, 165), (106, 189, 66)),
    (1, 8): ((229, 168, 122), (133, 183, 219), (188, 229, 160)),
    (4, 4): ((233, 93, 22), (0, 127, 186), (81, 197, 78)),
    (5, 6): ((203, 100, 51), (55, 120, 179), (123, 200, 92)),
    (6, 6): ((196, 102, 49), (67, 121, 180), (133, 198, 89)),
    (7, 7): ((202, 117, 67), (84, 134, 189), (145, 204, 105)),
    (8, 1): ((222, 92, 32), (0, 121, 184), (86, 204, 75)),
    (11, 17): ((212, 78, 0), (14, 111, 183), (97, 203, 49)),
    (22, 13): ((202, 102, 49), (58, 122, 180), (125, 196, 90)),
}
LEVELS = (0, 16, 32, 64, 96, 128, 150, 160, 176, 192, 208, 224, 240, 255)
GREYS = {  # of LEVELS
    16: (0, 1, 5, 30, 70, 132, 193, 213, 237, 255, 255, 255, 255, 255),
    18: (0, 3, 14, 43, 71, 99, 122, 135, 160, 189, 212, 228, 243, 255),
}


def flat(*colours: tuple[int, int, int]) -> Image.Image:
    """Fields of 64 x 64 pixels in a row."""
    return Image.fromarray(np.array([colours], dtype=np.uint8).repeat(64, axis=0).repeat(64, axis=1))


def numbered(format: str, picture: Image.Image, primaries: int, transfer: int, **options: object) -> bytes:
    """An AVIF or HEIC whose box for colours says these numbers."""
    whole = encoded(picture, format, quality=100, **options)
    at = whole.index(b"colrnclx") + 8
    return whole[:at] + struct.pack(">2H", primaries, transfer) + whole[at + 4 :]


def centres(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture, dtype=int)[32, 32::64]


@pytest.mark.parametrize(("primaries", "transfer"), SHOWN)
def test_numbered_colours_are_what_a_browser_shows(primaries: int, transfer: int) -> None:
    shown = to_srgb(flat(ORANGE, BLUE, GREEN), primaries, transfer)
    assert np.abs(centres(shown) - SHOWN[primaries, transfer]).max() <= 1


@pytest.mark.parametrize("transfer", GREYS)
def test_hdr_greys_are_what_a_browser_shows(transfer: int) -> None:
    shown = centres(to_srgb(flat(*((level,) * 3 for level in LEVELS)), 9, transfer))
    assert np.abs(shown - np.array(GREYS[transfer])[:, None]).max() <= 1


@pytest.mark.parametrize(("primaries", "transfer"), [(12, 13), (9, 14), (9, 16), (9, 18)])
@pytest.mark.parametrize("format", ["AVIF", "HEIF"])
def test_wide_colours_and_hdr_in_files_come_out_in_srgb(format: str, primaries: int, transfer: int) -> None:
    options = {"subsampling": "4:4:4"} if format == "AVIF" else {"chroma": 444}
    decoded = decode_image(numbered(format, flat(ORANGE, BLUE, GREEN), primaries, transfer, **options))
    assert np.abs(centres(decoded) - SHOWN[primaries, transfer]).max() <= 12  # the lossy format's levels, made steeper by PQ


def test_a_png_may_number_its_colours_too() -> None:
    row = b"\0" + bytes(ORANGE)
    assert decode_image(png(1, 1, 8, 2, row, cICP=bytes([12, 13, 0, 1]))).getpixel((0, 0)) == SHOWN[12, 13][0]
    assert decode_image(png(1, 1, 8, 2, row, cICP=bytes([1, 13, 0, 1]))).getpixel((0, 0)) == ORANGE
    assert decode_image(png(1, 1, 8, 2, row)).getpixel((0, 0)) == ORANGE


def test_transparency_stays_with_converted_colours() -> None:
    translucent = to_srgb(Image.new("RGBA", (4, 4), (*ORANGE, 77)), 12, 13)
    assert translucent.getpixel((1, 1)) == (*SHOWN[12, 13][0], 77)


def test_a_large_picture_is_converted_in_strips_like_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = Image.effect_noise((70, 50), 90).convert("RGB")
    whole = np.asarray(to_srgb(noise, 9, 16))
    monkeypatch.setattr("lrp.pictures.cicp.PIXELS_AT_ONCE", 333)
    np.testing.assert_array_equal(np.asarray(to_srgb(noise, 9, 16)), whole)


@pytest.mark.parametrize("transfer", [0, 3, 9, 10, 19, 65535])
def test_a_curve_without_a_meaning_leaves_the_picture_as_it_is(transfer: int) -> None:
    picture = flat(ORANGE)
    assert to_srgb(picture, 9, transfer) is picture
    assert to_srgb(picture, 3, 13) is picture


def display_p3() -> bytes:
    """An ICC profile of Display P3: that of sRGB with other primaries, adapted to D50."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    columns = {b"rXYZ": (0.51512, 0.24120, -0.00105), b"gXYZ": (0.29198, 0.69225, 0.04189), b"bXYZ": (0.15710, 0.06657, 0.78407)}
    for i in range(struct.unpack_from(">I", data, 128)[0]):
        name, at, _ = struct.unpack_from(">4s2I", data, 132 + 12 * i)
        if name in columns:
            struct.pack_into(">3i", data, at + 8, *(round(value * 65536) for value in columns[name]))
    return bytes(data)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "HEIF"])
def test_an_icc_profile_of_display_p3_comes_out_in_srgb(format: str) -> None:
    decoded = decode_image(encoded(flat(ORANGE, BLUE, GREEN), format, quality=100, icc_profile=display_p3()))
    assert np.abs(centres(decoded) - SHOWN[12, 13]).max() <= (2 if format in ("PNG", "TIFF") else 8)


def test_the_profile_of_an_avif_is_preferred_to_its_numbers() -> None:
    whole = encoded(flat(ORANGE), "AVIF", quality=100, icc_profile=display_p3())
    assert boxes.contents(whole).colours is not None
    at = whole.index(b"colrnclx") + 8
    both = whole[:at] + struct.pack(">2H", 9, 16) + whole[at + 4 :]
    assert np.abs(centres(decode_image(both)) - SHOWN[12, 13][0]).max() <= 8


def test_what_pillow_writes_back_needs_no_second_conversion() -> None:
    decoded = decode_image(numbered("AVIF", flat(ORANGE), 12, 13))
    assert decode_image(encoded(decoded)).tobytes() == decoded.tobytes()
    with Image.open(BytesIO(encoded(decoded))) as again:
        assert "icc_profile" not in again.info
