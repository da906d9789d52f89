"""Pictures in and out: how a picture becomes the input of a network, and how that input is shown again."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lrp._torchvision import torchvision
from lrp.models.backbone import Backbone
from lrp.models.metadata import INTERPOLATIONS
from tests.pictures import picture


@pytest.mark.parametrize(("width", "height"), [(160, 160), (451, 300), (300, 451), (16, 9), (320, 16)])
def test_any_picture_becomes_one_input_of_the_right_size(backbone: Backbone, width: int, height: int) -> None:
    x = backbone.preprocess(picture(width, height))
    assert (x.shape, x.dtype) == ((1, 3, 160, 160), torch.float32)
    assert torch.isfinite(x).all()


@settings(deadline=None, max_examples=40)
@given(
    width=st.integers(1, 90), height=st.integers(1, 90), size=st.integers(16, 48), margin=st.integers(0, 16),
    interpolation=st.sampled_from(INTERPOLATIONS),
)
def test_a_picture_is_scaled_and_cropped_as_torchvision_does(
    backbone: Backbone, width: int, height: int, size: int, margin: int, interpolation: str
) -> None:
    functional, original = torchvision.transforms.functional, picture(width, height)
    scaled = functional.resize(original, size + margin, torchvision.transforms.InterpolationMode(interpolation))
    expected = functional.center_crop(scaled, size)
    own = replace(backbone, size=size, margin=margin, interpolation=interpolation, mean=torch.tensor(0.0), std=torch.tensor(1.0))
    x = own.preprocess(original)
    assert torch.equal(x[0], functional.to_tensor(expected))
    assert np.array_equal(np.asarray(own.as_seen(x)), np.asarray(expected))


def test_a_picture_of_the_right_size_is_only_normalized(backbone: Backbone) -> None:
    original = picture(160, 160)
    expected = (np.asarray(original) / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    np.testing.assert_allclose(backbone.preprocess(original)[0].permute(1, 2, 0), expected, rtol=0, atol=1e-6)


def test_the_centre_of_a_wide_picture_is_taken_without_a_margin(backbone: Backbone) -> None:
    wide = Image.new("RGB", (480, 160), "red")
    wide.paste("blue", (160, 0, 320, 160))
    assert backbone.as_seen(backbone.preprocess(wide)).getcolors() == [(160 * 160, (0, 0, 255))]


def test_a_picture_that_is_made_smaller_is_smoothed(backbone: Backbone) -> None:
    board = np.indices((1600, 1600)).sum(0) % 2 * 255
    seen = np.asarray(backbone.as_seen(backbone.preprocess(Image.fromarray(board.astype(np.uint8)).convert("RGB"))))
    assert np.abs(seen.astype(int) - 127).max() < 12


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_what_the_network_saw_comes_back_to_the_last_bit(backbone: Backbone, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (160, 160, 3), dtype=np.uint8)
    x = backbone.preprocess(Image.fromarray(pixels))
    np.testing.assert_array_equal(np.asarray(backbone.as_seen(x)), pixels)
    np.testing.assert_array_equal(np.asarray(backbone.as_seen(x[0])), pixels)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "I;16"])
def test_pictures_of_other_modes_are_understood(backbone: Backbone, mode: str) -> None:
    grey = Image.new("RGB", (160, 160), (128,) * 3).convert(mode.split(";")[0], palette=Image.Palette.ADAPTIVE)
    if mode == "I;16":
        grey = Image.new("I;16", (160, 160), 128 * 257)
    seen = np.asarray(backbone.as_seen(backbone.preprocess(grey)))
    assert np.abs(seen.astype(int) - 128).max() <= 2


@pytest.mark.parametrize("shape", [(2, 3, 160, 160), (1, 1, 160, 160), (160, 160)])
def test_only_one_picture_can_be_shown_as_seen(backbone: Backbone, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"one picture of shape .*, got"):
        backbone.as_seen(torch.zeros(shape))


def test_values_that_no_pixel_has_are_clipped(backbone: Backbone) -> None:
    x = torch.full((1, 3, 8, 8), 100.0)
    assert backbone.as_seen(x).getcolors() == [(64, (255, 255, 255))]
    assert backbone.as_seen(-x).getcolors() == [(64, (0, 0, 0))]
