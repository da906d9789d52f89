"""Pictures as strangers bring them: what is said of those that cannot be used."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lrp.pictures.decode import InputError
from lrp.pictures.decode import decode as decode_image
from tests.files import FORMATS, encoded, photo, png, profile, refusal


def test_an_empty_file_is_called_empty() -> None:
    assert refusal(b"").startswith("This file is empty")


@pytest.mark.parametrize(
    "data",
    [b"just some words", b"<!DOCTYPE html><html><svg>", b"PK\x03\x04" + bytes(50), b"\0", bytes(5000), b"BMI is a number", b"{}"],
)
def test_what_is_no_picture_is_told_with_the_formats_that_are(data: bytes) -> None:
    formats = "JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF or BMP"
    assert refusal(data) == f"This file is not a picture that we can read; choose a {formats} file."


KNOWN = {
    "SVG": b'<?xml version="1.0"?>\n<!-- drawn by hand -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "PDF": b"%PDF-1.7\n",
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
