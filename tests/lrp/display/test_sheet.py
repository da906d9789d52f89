"""The sheet: panels and words on one page, and the settings in its PNG, read back from its own file."""

import io
import json
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from lrp.display.sheet import SIDE, SheetPanel, draw_sheet, png_text
from tests.pictures import pixels

COLOURS = ((255, 0, 0), (0, 160, 0), (0, 0, 255))


def panels(*sizes: tuple[int, int]) -> list[SheetPanel]:
    return [
        SheetPanel(f"SheetPanel {i}", Image.new("RGB", size, colour), (f"note {i}", "a longer note " * 5))
        for i, (size, colour) in enumerate(zip(sizes, COLOURS, strict=False))
    ]


def where(page: Image.Image, colour: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.nonzero((pixels(page) == colour).all(-1))
    return rows, columns


@pytest.mark.parametrize("sizes", [[(160, 160)], [(1, 1), (7, 7)], [(224, 224), (33, 33), (500, 500)]])
def test_a_sheet_holds_every_panel_whole_and_in_order(sizes: list[tuple[int, int]]) -> None:
    page = draw_sheet("What the network sees", panels(*sizes), ["one line", "another"], {})
    assert page.mode == "RGB"
    places = [where(page, colour) for colour, _ in zip(COLOURS, sizes, strict=False)]
    for rows, columns in places:
        assert (rows.max() - rows.min() + 1, columns.max() - columns.min() + 1, len(rows)) == (SIDE, SIDE, SIDE**2)
    assert len({rows.min() for rows, _ in places}) == 1
    lefts = [columns.min() for _, columns in places]
    assert lefts == sorted(lefts)
    assert all(b - a > SIDE for a, b in pairwise(lefts))


def test_the_pixels_of_a_panel_are_enlarged_but_not_smoothed() -> None:
    board = Image.fromarray(np.array(COLOURS[:2], np.uint8)[np.indices((4, 4)).sum(0) % 2])
    page = draw_sheet("", [SheetPanel("Board", board)], [], {})
    (rows, columns), others = (where(page, colour) for colour in COLOURS[:2])
    assert len(rows) == len(others[0]) == SIDE**2 // 2
    top, left = rows.min(), columns.min()
    cut = page.crop((left, top, left + SIDE, top + SIDE)).resize((4, 4), Image.Resampling.BOX)
    np.testing.assert_array_equal(pixels(cut), pixels(board))


def test_words_of_a_sheet_take_room_and_stay_within_it() -> None:
    few, many = (draw_sheet("A", panels((8, 8), (8, 8)), [line], {}) for line in ("short", "some words " * 120))
    assert few.width == many.width
    assert many.height > few.height + 200
    for page in (few, many):
        ink = (pixels(page) < 128).all(-1)
        assert not ink[:, -12:].any()
        assert not ink[-12:].any()
        assert not ink[:, :12].any()


@pytest.mark.parametrize(
    ("headline", "line"),
    [("ResNet-152 sees a black-and-tan coonhound and is almost sure of it (97%).", ""), ("A", f"picture: {'x' * 100}.jpg")],
    ids=["headline", "word"],
)
def test_long_words_and_headlines_stay_within_a_narrow_sheet(headline: str, line: str) -> None:
    page = draw_sheet(headline, panels((8, 8), (8, 8)), [line], {})
    assert not (pixels(page) < 128).all(-1)[:, -12:].any()


def test_the_settings_of_a_sheet_read_back_from_its_png() -> None:
    record = {"methods": [{"method": "LRP-ε", "epsilon": 0.25, "relative": False}], "name": "Käse - 猫", "logit": -1.5}
    page = draw_sheet("An ε and a z⁺", panels((9, 9)), ["ε-z⁺: α2β1"], record)
    file = io.BytesIO()
    page.save(file, "PNG", pnginfo=png_text(page))
    again = Image.open(io.BytesIO(file.getvalue()))
    again.load()
    assert json.loads(again.text["settings"]) == record
    np.testing.assert_array_equal(pixels(again), pixels(page))


def test_a_picture_without_settings_says_so_in_its_png() -> None:
    file, picture = io.BytesIO(), Image.new("RGB", (2, 2))
    picture.save(file, "PNG", pnginfo=png_text(picture))
    assert json.loads(Image.open(io.BytesIO(file.getvalue())).text["settings"]) == {}
