"""A crop is exactly the pixels that it says, and nothing else is taken for one."""

import numpy as np
import pytest
from PIL import Image

from pages.parts.frame import crop as crops
from pages.parts.frame.album import Picture
from pages.parts.frame.crop import Crop, CroppedSource, parse_crop

BARS = (9, 8, 7)


def numbered(width: int, height: int) -> Picture:
    """A picture whose pixels tell their column in red and their row in green."""
    rows, columns = np.indices((height, width))
    pixels = np.stack([columns, rows, rows * 0], -1).astype(np.uint8)
    return Picture("numbered", Image.fromarray(pixels), "numbered", False)


@pytest.mark.parametrize("crop", [Crop(), Crop(0, 100, 10), Crop(33, 7, 62), Crop(whole=True)])
def test_the_link_holds_the_crop(crop: Crop) -> None:
    assert parse_crop(crop.text) == crop


@pytest.mark.parametrize("text", ["", "none", "50,50", "50,50,9", "50,50,101", "101,0,50", "-1,0,50", "²,0,50", "1,1,1,1"])
def test_what_is_no_crop_is_none(text: str) -> None:
    assert parse_crop(text) is None


@pytest.mark.parametrize(
    ("crop", "size", "aspect", "place"),
    [
        (Crop(), (90, 60), 1.0, (15, 0, 75, 60)),
        (Crop(size=50), (90, 60), 1.0, (30, 15, 60, 45)),
        (Crop(0, 100, 50), (90, 60), 1.0, (0, 30, 30, 60)),  # no nearer to the border than there is room
        (Crop(100, 0), (90, 60), 2.0, (0, 0, 90, 45)),
        (Crop(whole=True), (90, 60), 1.0, (0, -15, 90, 75)),
        (Crop(whole=True), (30, 60), 2.0, (-45, 0, 75, 60)),
    ],
)
def test_a_crop_lies_where_its_numbers_say(
    crop: Crop, size: tuple[int, int], aspect: float, place: tuple[float, float, float, float]
) -> None:
    assert crop.place(size, aspect) == pytest.approx(place)


def test_the_pixels_are_those_of_the_place_and_bars_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = CroppedSource(numbered(30, 20), (4, 6, 14, 16), BARS)
    pixels = np.asarray(inside())
    assert inside.size == (10, 10)
    assert (pixels[..., 0] == np.arange(4, 14)).all()
    assert (pixels[..., 1] == np.arange(6, 16)[:, None]).all()
    beyond = CroppedSource(numbered(30, 20), (-5, -8, 35, 28), BARS)
    pixels = np.array(beyond())
    assert pixels.shape == (36, 40, 3)
    assert (pixels[8:28, 5:35] == np.asarray(numbered(30, 20).image)).all()
    pixels[8:28, 5:35] = BARS
    assert (pixels == BARS).all()
    monkeypatch.setattr(crops, "LARGEST_SIDE", 20)  # a long panorama, whose bars would take memory
    small = np.asarray(beyond())
    assert small.shape == (18, 20, 3) == (*beyond.size[::-1], 3)
    assert (small[0] == BARS).all()
    assert abs(int(small[9, 10, 0]) - 15) <= 2
