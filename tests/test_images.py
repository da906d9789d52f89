"""Pictures as strangers bring them: what they look like afterwards, and what is said of those that cannot be used."""

import struct
import time
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw, ImageOps
from PIL.Image import Exif, Transpose

from lrp.images import InputError, to_rgb
from lrp.images import decode as decode_image

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP")
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
ORIENTATION = 0x0112


def encoded(picture: Image.Image, format: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def photo(width: int = 48, height: int = 32) -> Image.Image:
    """Smooth colours, so that no lossy format strays far, and no symmetry."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return Image.fromarray((np.stack([x, y, 1 - x * y], axis=-1) * 255).astype(np.uint8))


def png(width: int, height: int, depth: int = 8, colour: int = 2, data: bytes = b"", **chunks: bytes) -> bytes:
    """A PNG written by hand: what Pillow would not write."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [
        (b"IHDR", header),
        *((name.encode(), value) for name, value in chunks.items()),
        (b"IDAT", zlib.compress(data)),
        (b"IEND", b""),
    ]
    packed = (struct.pack(">I", len(value)) + name + value + struct.pack(">I", zlib.crc32(name + value)) for name, value in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def difference(one: Image.Image, other: Image.Image) -> int:
    assert one.size == other.size
    return int(np.abs(np.asarray(one, int) - np.asarray(other, int)).max())


def refusal(data: bytes) -> str:
    with pytest.raises(InputError) as refused:
        decode_image(data)
    return str(refused.value)


# What a picture looks like afterwards


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


def profile(swap: bool = False) -> bytes:
    """An sRGB profile; with `swap` one that takes red for blue."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return data.replace(b"rXYZ", b"tmp_").replace(b"bXYZ", b"rXYZ").replace(b"tmp_", b"bXYZ") if swap else data


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


def test_a_picture_that_is_not_large_keeps_its_size() -> None:
    assert decode_image(encoded(photo(2500, 2000), "JPEG")).size == (2500, 2000)
    assert decode_image(encoded(photo(1, 1))).size == (1, 1)


# What cannot be used


def test_an_empty_file_is_called_empty() -> None:
    assert refusal(b"").startswith("This file is empty")


@pytest.mark.parametrize(
    "data",
    [b"just some words", b"<!DOCTYPE html><html><svg>", b"PK\x03\x04" + bytes(50), b"\0", bytes(5000), b"BMI is a number", b"{}"],
)
def test_what_is_no_picture_is_told_with_the_formats_that_are(data: bytes) -> None:
    assert refusal(data) == "This file is not a picture that we can read; choose a JPEG, PNG, WebP, AVIF, GIF or BMP file."


KNOWN = {
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "SVG": b'<?xml version="1.0"?>\n<!-- drawn by hand -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "PDF": b"%PDF-1.7\n",
    "TIFF or camera raw": encoded(photo(), "TIFF"),
    "a camera raw file": b"II*\0\x10\0\0\0CR\x02\0",
    "JPEG 2000": encoded(photo(), "JPEG2000"),
    "JPEG XL": b"\xff\x0a\xfa\x7f\x90",
    "a Photoshop file": b"8BPS\0\1",
    "an icon file": encoded(photo(), "ICO"),
    "PostScript": encoded(photo(), "EPS"),
    "a video": b"\0\0\0\x20ftypisom\0\0\2\0",
}


@pytest.mark.parametrize(("name", "data"), KNOWN.items(), ids=KNOWN)
def test_a_known_format_that_we_do_not_read_is_named_with_a_way_on(name: str, data: bytes) -> None:
    assert refusal(data) == f"This looks like {name}, which we cannot read; convert the picture to JPEG or PNG and try again."


@pytest.mark.parametrize("svg", [b"<svg>", b" \n<svg/>", b"\xef\xbb\xbf<?xml?><svg>", b"<!DOCTYPE svg PUBLIC><svg>"])
def test_svg_is_known_however_it_begins(svg: bytes) -> None:
    assert refusal(svg).startswith("This looks like SVG")


@pytest.mark.parametrize("share", [0.02, 0.2, 0.6])
@pytest.mark.parametrize(("format", "name"), [(format, format.replace("WEBP", "WebP")) for format in FORMATS])
def test_a_truncated_picture_is_called_damaged_or_incomplete(format: str, name: str, share: float) -> None:
    noise = Image.effect_noise((128, 96), 80).convert("RGB")
    whole = encoded(noise, format)
    data = whole[: max(20, int(len(whole) * share))]
    assert refusal(data) == f"This {name} picture is damaged or incomplete; save or download it again, or try another one."


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    ("width", "height"), [(12_000, 12_000), (12_001, 1_000), (8_000, 5_001), (1_000, 12_001), (9_000, 9_000)]
)
def test_a_picture_that_is_too_large_is_refused_with_its_size_before_decoding(width: int, height: int) -> None:
    started = time.perf_counter()
    told = refusal(png(width, height, 8, 2, bytes(10_000)))
    assert f"{width:,} x {height:,} pixels" in told
    assert "the limit is 40 megapixels and 12,000 pixels a side" in told
    assert time.perf_counter() - started < 0.2


@pytest.mark.parametrize(("width", "height"), [(12_000, 12_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_that_pillow_itself_objects_to_is_refused_too(width: int, height: int) -> None:
    assert "has more than 89 megapixels, and the limit is 40" in refusal(png(width, height))


def test_a_picture_as_large_as_allowed_is_decoded() -> None:
    decoded = decode_image(encoded(Image.new("L", (8_000, 5_000), 9), "PNG", compress_level=1))
    assert (decoded.size, decoded.getpixel((0, 0))) == ((2_000, 1_250), (9, 9, 9))


def test_a_strip_is_refused_and_the_longest_allowed_is_not() -> None:
    assert "at most 20 times the other; crop it" in refusal(encoded(Image.new("L", (2001, 100))))
    assert "measures 100 x 2,001 pixels" in refusal(encoded(Image.new("L", (100, 2001))))
    assert decode_image(encoded(Image.new("L", (2000, 100)))).size == (2000, 100)


SEEDS = {format: encoded(photo(24, 16), format) for format in FORMATS} | {
    "animation": encoded(photo(24, 16), "GIF", save_all=True, append_images=[photo(24, 16).rotate(90)]),
    "turned": encoded(photo(24, 16), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"),
    "profile": encoded(photo(24, 16), "PNG", icc_profile=profile()),
}


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(list(SEEDS.values()))))
    for position, byte in draw(st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), max_size=8)):
        data[position] = byte
    start = draw(st.integers(0, len(data)))
    del data[start : start + draw(st.sampled_from([0, 0, 1, 4, 1000]))]
    return bytes(data)


@settings(max_examples=600, deadline=None)
@given(st.one_of(damaged(), st.binary(max_size=64)))
def test_whatever_the_bytes_the_answer_is_a_picture_or_a_sentence(data: bytes) -> None:
    try:
        picture = decode_image(data)
    except InputError:
        return
    assert (picture.mode, picture.info) == ("RGB", {})
