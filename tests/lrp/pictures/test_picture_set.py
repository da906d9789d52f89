"""Sets of pictures: alike if their pixels are, and short in words."""

import copy
import pickle
from dataclasses import asdict

import pytest
from PIL import Image

import lrp

DIGEST = "399039705646"  # of the size and the pixels


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (4, 3)) -> Image.Image:
    return Image.new("RGB", size, colour)


def test_sets_are_alike_if_their_names_and_pixels_are():
    one, other = (lrp.PictureSet("mine", [picture((1, 2, 3)), picture((0, 0, 0))]) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    for different in (
        lrp.PictureSet("mine", [picture((0, 0, 0)), picture((1, 2, 3))]),
        lrp.PictureSet("mine", [picture((1, 2, 3))]),
        lrp.PictureSet("yours", one.images),
        lrp.PictureSet("mine", [picture((1, 2, 3)), picture((0, 0, 0), (3, 4))]),
    ):
        assert one != different
        assert str(one) != str(different)
    assert pickle.loads(pickle.dumps(one)) == one
    assert copy.deepcopy(one) is one


def test_in_words_it_is_its_name_number_and_digest():
    assert str(lrp.PictureSet("trip", [picture((1, 2, 3))])) == f"trip (1 picture, SHA-256 {DIGEST})"
    assert " (2 pictures, SHA-256 " in str(lrp.PictureSet("trip", [picture((1, 2, 3)), picture((1, 2, 4))]))


def test_methods_that_compare_with_the_same_pictures_are_alike():
    one, other = (lrp.ExpectedGradients(lrp.PictureSet("mine", [picture((9, 9, 9))])) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert asdict(one)["references"] is one.references


def test_a_set_holds_rgb_pictures():
    with pytest.raises(ValueError, match="a set of pictures must hold at least one, got none"):
        lrp.PictureSet("mine", [])
    with pytest.raises(ValueError, match="a picture must be RGB, got L"):
        lrp.PictureSet("mine", [Image.new("L", (2, 2))])
