"""A map of a part lies on the whole picture where its network looked."""

import numpy as np
import pytest
from PIL import Image

from lrp.display.colours import SCALES, colour_stops
from lrp.display.whole_picture import WholePicture
from lrp.region import Region

SCALE = next(iter(SCALES))
RED, BLUE = (colour_stops(SCALE)[end][1][:3] for end in (-1, 0))
GREY = Image.new("RGB", (40, 20), (100, 100, 100))
HALVES = np.array([[1.0, -1.0]] * 2, np.float32)  # for, beside against


def test_the_map_lies_in_its_part_and_nowhere_else() -> None:
    whole = WholePicture(GREY, (10.0, 0.0, 30.0, 20.0), 80)
    assert whole.pale.size == (80, 40)
    assert whole.region == Region(20, 0, 60, 40)
    shown, pale = np.asarray(whole.with_map(HALVES, 1.0, SCALE, 0.5)), np.asarray(whole.pale)
    assert (shown[:, 20:40] == RED).all()
    assert (shown[:, 40:60] == BLUE).all()
    for outside in (slice(0, 20), slice(60, 80)):
        assert (shown[:, outside] == pale[:, outside]).all()
        assert (np.abs(pale[:, outside].astype(int) - 178) <= 1).all()  # half way to white
    assert (pale[:, 20:60] == 100).all()


@pytest.mark.parametrize(("part", "colours"), [((0.0, -10.0, 40.0, 30.0), (RED, BLUE)), ((-20.0, 0.0, 20.0, 40.0), (BLUE, None))])
def test_what_lies_in_bars_is_left_out(part: tuple[float, float, float, float], colours: tuple[object, object]) -> None:
    whole = WholePicture(GREY, part, 80)
    shown = np.asarray(whole.with_map(HALVES, 1.0, SCALE, 0.0))
    for half, colour in zip((shown[:, :40], shown[:, 40:]), colours, strict=True):
        assert (half == (np.asarray(whole.pale)[:, 40:] if colour is None else colour)).all()


def test_a_narrow_picture_has_white_beside_it() -> None:
    whole = WholePicture(GREY.resize((10, 40)), (0.0, 0.0, 10.0, 10.0), 80)
    assert whole.pale.size == (40, 80)
    assert whole.region == Region(10, 0, 30, 20)
    shown = np.asarray(whole.with_map(HALVES, 1.0, SCALE, 0.0))
    assert (shown[:, :10] == 255).all()
    assert (shown[:20, 10:20] == RED).all()


def test_the_photo_shows_through_where_relevance_is_weak() -> None:
    whole = WholePicture(GREY, (0.0, 0.0, 20.0, 20.0), 80)
    shown = np.asarray(whole.with_map(np.zeros((4, 4), np.float32), 1.0, SCALE, 1.0))
    assert (shown[:, :40] == 100).all()
