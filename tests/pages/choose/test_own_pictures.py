"""Samples, uploads, pasted pictures and the tray."""

import re
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

import lrp
from pages.parts.choose.samples import SAMPLES
from tests.pages.helpers import DEFAULTS, EPSILON, FAST, assert_one_sentence, assert_shows, expected, file_of, photo, stripes
from tests.png_file import png_file
from tests.visitor import Visitor


def test_every_sample_becomes_a_comparison(visitor: Visitor) -> None:
    network = lrp.load_backbone()
    for name in SAMPLES:
        visitor.put(sample=name).wait()
        seen = network.as_seen(network.preprocess(photo(name)))
        np.testing.assert_array_equal(np.asarray(visitor.seen.convert("RGB")), np.asarray(seen))
        for shown, method in zip(visitor.maps, DEFAULTS.values(), strict=True):
            assert_shows(shown, expected(photo(name), network, method))


def test_an_uploaded_picture_is_explained(visitor: Visitor) -> None:
    for kind in ("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "GIF", "BMP"):
        data = file_of(stripes(), kind)
        visitor.upload(data, f"stripes.{kind.lower()}").wait()
        assert visitor.sentences == []
        assert "90 x 60" in visitor.words
        for shown, method in zip(visitor.maps, DEFAULTS.values(), strict=True):
            assert_shows(shown, expected(lrp.decode_image(data), lrp.load_backbone(), method))


def test_an_uploaded_picture_stays_until_another_one_takes_its_place(visitor: Visitor) -> None:
    cat = visitor.data
    visitor.upload(file_of(stripes())).wait()
    upload = visitor.data
    assert visitor.put({EPSILON: 1.0}).put({EPSILON: 0.25}).data == upload != cat
    assert visitor.put(sample="Coffee").wait().data not in (cat, upload)
    assert visitor.put(sample="Cat").data == cat


def test_the_control_is_empty_again_once_a_file_was_taken_and_the_picture_stays(visitor: Visitor) -> None:
    cat = visitor.data
    visitor.upload(file_of(stripes())).wait()
    own = visitor.data
    assert visitor.at.file_uploader[0].value is None
    assert visitor.run().data == own != cat


def test_the_way_back_to_the_sample_is_one_button(visitor: Visitor) -> None:
    cat, buttons = visitor.data, visitor.buttons
    new = set(visitor.upload(file_of(stripes())).wait().buttons) - set(buttons)
    (back,) = (label for label in new if "Cat" in label)
    visitor.press(back)
    assert visitor.data == cat
    assert visitor.buttons == buttons


def bomb(side: int = 12_000) -> bytes:
    """A PNG of a few bytes that measures 144 megapixels."""
    packer = zlib.compressobj(9)
    rows = b"".join([*(packer.compress(bytes(side + 1)) for _ in range(side)), packer.flush()])
    return png_file(side, side, rows, colour=0)


BAD_FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "text": ("notes.png", lambda: b"Dear diary, this is no picture."),
    "bomb": ("bomb.png", bomb),
    "truncated": ("half.jpg", lambda: file_of(stripes(), "JPEG")[:900]),
    "empty": ("empty.png", lambda: b""),
    "page": ("page.png", lambda: b"<!doctype html><script>alert(1)</script>"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_picture_is_one_sentence_and_the_comparison_stays(visitor: Visitor, name: str) -> None:
    file, make = BAD_FILES[name]
    visitor.upload(file_of(stripes())).wait()
    before = visitor.data
    visitor.upload(make(), file)
    assert_one_sentence(visitor)
    assert visitor.data == before
    assert visitor.put(sample="Coffee").sentences == []


def test_results_of_samples_are_shared_but_those_of_uploads_never(small: None, asked: list[tuple[int, Any]]) -> None:
    data = file_of(stripes())
    first, second = Visitor().wait(), Visitor().wait()
    assert len(asked) == 3
    assert first.data == second.data
    asked.clear()
    for visitor in (first, second):
        visitor.upload(data).wait()
    assert sorted(method.name for _, method in asked) == sorted(2 * [method.name for method in DEFAULTS.values()])
    assert Visitor().upload(file_of(stripes(60, 90))).wait().data != second.data


def test_two_visitors_do_not_see_each_others_pictures(small: None) -> None:
    first, second = Visitor().wait(), Visitor().wait()
    cat = second.data
    first.upload(file_of(stripes())).wait()
    assert second.run().data == cat
    assert first.data != cat


def test_pictures_that_differ_in_a_small_spot_are_two_pictures(visitor: Visitor) -> None:
    # Streamlit's own cache looks at a sample of the pixels only and takes many such pictures for one.
    one = Image.fromarray(np.full((900, 900, 3), 120, np.uint8))
    two = one.copy()
    two.paste("red", (450, 450, 480, 480))
    shown = [visitor.upload(file_of(picture, "BMP"), "a.bmp").wait().maps for picture in (one, two)]
    for shown_map, method in zip(shown[1], DEFAULTS.values(), strict=True):
        assert_shows(shown_map, expected(two, lrp.load_backbone(), method))
    assert not np.array_equal(shown[0][0].values, shown[1][0].values)


@pytest.mark.parametrize(
    "colour",
    ["black", "white", "grey"],
)
def test_a_picture_without_anything_in_it_is_explained_as_well(visitor: Visitor, colour: str) -> None:
    visitor.upload(file_of(Image.new("RGB", (64, 64), colour))).wait()
    assert len(visitor.maps) == 3
    assert not re.search(r"\b(nan|inf)\b", visitor.words)


def test_own_pictures_stay_in_a_tray_to_switch_between(visitor: Visitor) -> None:
    visitor.put(FAST)
    shown = []
    for width in (60, 90, 120):
        shown.append(visitor.upload(file_of(stripes(width)), f"{width}.png").data)
    visitor.at.button(key="tray 2").click()
    assert visitor.run().data == shown[0]
    visitor.at.button(key="tray 0").click()
    assert visitor.run().data == shown[2]
    visitor.press("Back to the sample")
    assert "451 x 300" in visitor.words
    visitor.at.button(key="tray 1").click()
    assert visitor.run().data == shown[1]
    for width in (150, 180, 210):
        visitor.upload(file_of(stripes(width)), f"{width}.png")
    assert len([key for key in visitor.controls if key.startswith("tray ")]) == 4
