"""Pictures as strangers bring them: what they look like afterwards."""

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps
from PIL.Image import Exif, Transpose

from lrp.pictures.decode import decode as decode_image
from lrp.pictures.rgb import to_rgb
from tests.files import BLUE, FORMATS, GREEN, ORIENTATION, RED, WHITE, difference, encoded, photo, png, profile


@pytest.mark.parametrize("format", FORMATS)
def test_every_promised_format_is_decoded_to_rgb(format: str) -> None:
    options = {} if format == "GIF" else {"quality": 95}
    decoded = decode_image(encoded(photo(), format, **options))
    assert (decoded.mode, type(decoded)) == ("RGB", Image.Image)
    assert difference(decoded, photo()) <= {"PNG": 0, "BMP": 0, "GIF": 60}.get(format, 20)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (2, Transpose.FLIP_LEFT_RIGHT),
        (3, Transpose.ROTATE_180),
        (4, Transpose.FLIP_TOP_BOTTOM),
        (5, Transpose.TRANSPOSE),
        (6, Transpose.ROTATE_90),
        (7, Transpose.TRANSVERSE),
        (8, Transpose.ROTATE_270),
    ],
)
def test_a_picture_stored_turned_or_mirrored_comes_out_upright(format: str, orientation: int, stored: Transpose) -> None:
    exif = Exif()
    exif[ORIENTATION] = orientation
    assert difference(decode_image(encoded(photo().transpose(stored), format, quality=95, exif=exif)), photo()) <= 20


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about the metadata
@pytest.mark.parametrize("exif", [b"garbage", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff\x12\x01"])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_broken_metadata_does_not_cost_the_picture(format: str, exif: bytes) -> None:
    assert difference(decode_image(encoded(photo(), format, quality=95, exif=b"Exif\0\0" + exif)), photo()) <= 20


def test_a_turned_picture_comes_out_upright_even_if_its_other_metadata_is_broken() -> None:
    letters = b"\x01\x1e\0\2\0\0\0\4abc\0"  # a page position in letters: can be read, cannot be written back
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\2\x01\x12\0\3\0\0\0\1\0\6\0\0" + letters + bytes(4)
    turned = encoded(photo().transpose(Transpose.ROTATE_90), "PNG", exif=exif)
    with Image.open(BytesIO(turned)) as picture, pytest.raises(TypeError):
        ImageOps.exif_transpose(picture)
    assert difference(decode_image(turned), photo()) == 0


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_nothing_but_the_pixels_is_kept(format: str) -> None:
    exif = Exif()
    exif[0x010F] = "secret camera"
    exif.get_ifd(0x8825)[2] = (47.0, 22.0, 1.0)
    decoded = decode_image(encoded(photo(), format, exif=exif, icc_profile=profile()))
    assert decoded.info == {}
    assert dict(decoded.getexif()) == {}
    assert b"secret" not in encoded(decoded)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "AVIF", "PNG"])
def test_of_an_animation_the_first_frame_is_shown(format: str) -> None:
    first, second = Image.new("RGB", (32, 32), RED), Image.new("RGB", (32, 32), BLUE)
    animation = encoded(first, format, save_all=True, append_images=[second, first], duration=100)
    assert difference(decode_image(animation), first) <= 5


@pytest.mark.parametrize("format", ["PNG", "WEBP", "AVIF"])
def test_transparent_parts_lie_on_white_and_hide_their_colour(format: str) -> None:
    picture = Image.new("RGBA", (64, 32), (*RED, 0))
    picture.paste((*BLUE, 255), (32, 0, 64, 32))
    decoded = decode_image(encoded(picture, format, lossless=True) if format == "WEBP" else encoded(picture, format))
    assert np.abs(np.subtract(decoded.getpixel((8, 8)), WHITE)).max() <= 3
    assert np.abs(np.subtract(decoded.getpixel((56, 8)), BLUE)).max() <= 3


def test_half_transparent_parts_are_mixed_with_white() -> None:
    assert decode_image(encoded(Image.new("RGBA", (4, 4), (*RED, 51)))).getpixel((0, 0)) == (255, 204, 204)
    assert decode_image(encoded(Image.new("LA", (4, 4), (0, 51)))).getpixel((0, 0)) == (204, 204, 204)


@pytest.mark.parametrize("format", ["PNG", "GIF"])
def test_transparent_entries_of_a_palette_lie_on_white(format: str) -> None:
    picture = Image.new("P", (4, 4))
    picture.putpalette([*RED, *GREEN])
    ImageDraw.Draw(picture).point((1, 0), 1)
    decoded = decode_image(encoded(picture, format, transparency=0))
    assert [decoded.getpixel((x, 0)) for x in (0, 1)] == [WHITE, GREEN]


def test_palettes_with_graded_transparency_are_mixed_with_white() -> None:
    graded = png(2, 1, 8, 3, b"\0\0\1", PLTE=bytes([*RED, *BLUE]), tRNS=bytes([51, 255]))
    assert [decode_image(graded).getpixel((x, 0)) for x in (0, 1)] == [(255, 204, 204), BLUE]


@pytest.mark.parametrize(
    ("depth", "colour", "row", "key"),
    [
        (8, 0, bytes([7, 0]), struct.pack(">H", 7)),
        (16, 0, struct.pack(">2H", 300, 0), struct.pack(">H", 300)),
        (8, 2, bytes([*RED, 0, 0, 0]), struct.pack(">3H", *RED)),
        (1, 0, bytes([0b10000000]), struct.pack(">H", 1)),
    ],
    ids=["grey", "grey of 16 bits", "colour", "black and white"],
)
def test_a_colour_declared_transparent_lies_on_white(depth: int, colour: int, row: bytes, key: bytes) -> None:
    decoded = decode_image(png(2, 1, depth, colour, b"\0" + row, tRNS=key))
    assert [decoded.getpixel((x, 0)) for x in (0, 1)] == [WHITE, (0, 0, 0)]


def test_sixteen_bits_are_scaled_over_their_full_range() -> None:
    ramp = np.arange(256, dtype=np.uint16) * 257
    decoded = decode_image(encoded(Image.fromarray(ramp[None, :].repeat(32, axis=0))))
    assert np.array_equal(np.asarray(decoded)[0], np.arange(256)[:, None].repeat(3, axis=1))


def test_colours_of_sixteen_bits_are_scaled_over_their_full_range() -> None:
    row = struct.pack(">6H", 65535, 32896, 0, 257, 514, 65278)
    decoded = decode_image(png(2, 1, 16, 2, b"\0" + row))
    assert [decoded.getpixel((x, 0)) for x in (0, 1)] == [(255, 128, 0), (1, 2, 254)]


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16", "I", "F"])
def test_white_and_black_stay_white_and_black_in_every_mode(mode: str) -> None:
    for value, expected in ((0, (0, 0, 0)), (255, WHITE)):
        if mode in ("I;16", "I", "F"):
            white = {"I;16": np.uint16(65535), "I": np.int32(65535), "F": np.float32(1)}[mode]
            picture = Image.fromarray(np.full((4, 4), white * (value // 255), dtype=white.dtype))
        else:
            picture = Image.new("RGB", (4, 4), (value,) * 3).convert(mode)
        assert picture.mode == mode
        assert to_rgb(picture).getpixel((1, 1)) == expected


def test_floats_outside_0_to_1_are_clipped() -> None:
    values = np.array([[-1.0, 0.2, 7.0, np.nan, np.inf]], dtype=np.float32)
    assert np.asarray(to_rgb(Image.fromarray(values)))[0, :, 0].tolist() == [0, 51, 255, 0, 255]


@pytest.mark.parametrize("colour", [RED, GREEN, BLUE, WHITE])
def test_a_cmyk_jpeg_keeps_its_colours(colour: tuple[int, int, int]) -> None:
    decoded = decode_image(encoded(Image.new("RGB", (32, 32), colour).convert("CMYK"), "JPEG", quality=95))
    assert np.abs(np.subtract(decoded.getpixel((9, 9)), colour)).max() <= 3




@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_colour_profile_is_converted_to_srgb(format: str) -> None:
    red = Image.new("RGB", (32, 32), RED)
    for swap, expected in ((False, RED), (True, BLUE)):
        decoded = decode_image(encoded(red, format, quality=100, icc_profile=profile(swap)))
        assert np.abs(np.subtract(decoded.getpixel((9, 9)), expected)).max() <= 12


def test_a_colour_profile_holds_for_transparent_and_palette_pictures_too() -> None:
    for picture in (Image.new("RGBA", (4, 4), (*RED, 255)), Image.new("RGB", (4, 4), RED).convert("P")):
        assert np.abs(np.subtract(decode_image(encoded(picture, icc_profile=profile(True))).getpixel((0, 0)), BLUE)).max() <= 12


@pytest.mark.parametrize("broken", [b"no profile at all", profile()[:200], b"\0" * 128])
def test_a_broken_or_unfitting_colour_profile_is_ignored(broken: bytes) -> None:
    assert decode_image(encoded(Image.new("RGB", (4, 4), RED), icc_profile=broken)).getpixel((0, 0)) == RED
    assert decode_image(encoded(Image.new("L", (4, 4), 77), icc_profile=profile())).getpixel((0, 0)) == (77, 77, 77)


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_large_picture_is_reduced_to_a_shorter_side_of_1024_or_more(format: str) -> None:
    decoded = decode_image(encoded(photo(3000, 2100), format, compress_level=1))
    assert decoded.size == (1500, 1050)
    assert difference(decoded, photo(1500, 1050)) <= 20


def test_a_long_picture_is_reduced_to_twelve_megapixels_or_fewer() -> None:
    decoded = decode_image(encoded(photo(9000, 1500), compress_level=1))
    assert decoded.size == (4500, 750)
    assert difference(decoded, photo(4500, 750)) <= 20
    assert decode_image(encoded(photo(8000, 1500), compress_level=1)).size == (8000, 1500)


def test_a_picture_that_is_not_large_keeps_its_size() -> None:
    assert decode_image(encoded(photo(2500, 2000), "JPEG")).size == (2500, 2000)
    assert decode_image(encoded(photo(1, 1))).size == (1, 1)
