"""How pictures become the input of a network of one's own: any sides, any channels, cut or squashed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import lrp
from lrp._torchvision import torchvision
from lrp.models.preparation import preparation_of
from tests.lrp.models.live_models import live
from tests.networks import SLIM, random_resnet
from tests.pictures import picture

functional = torchvision.transforms.functional
PLAIN: dict[str, Any] = {"mean": (0.0,) * 3, "std": (1.0,) * 3}


@pytest.fixture(scope="module")
def backbone() -> lrp.Backbone:
    return lrp.Backbone.of(random_resnet(18, SLIM, 3, torch.float32), size=64, resize=64, **PLAIN)


@pytest.mark.parametrize("sides", [(90, 70), (70, 90), (300, 40), (64, 96), (96, 64)])
@pytest.mark.parametrize(("height", "width"), [(48, 96), (96, 48), (64, 80)])
def test_a_picture_covers_an_input_that_is_not_square(
    backbone: lrp.Backbone, sides: tuple[int, int], height: int, width: int
) -> None:
    own, original = replace(backbone, size=min(height, width), shape=(height, width), margin=0), picture(*sides)
    x = own.preprocess(original)
    assert x.shape == (1, 3, height, width)
    scale = max(height / original.height, width / original.width)
    scaled = original.resize(
        tuple(max(least, int(side * scale + 1e-9)) for side, least in zip(original.size, (width, height), strict=True)),
        Image.Resampling.BILINEAR,
    )
    assert torch.equal(x[0], functional.to_tensor(functional.center_crop(scaled, [height, width])))


def test_a_squashed_picture_is_seen_whole(backbone: lrp.Backbone) -> None:
    own, original = replace(backbone, shape=(48, 96), squash=True), picture(90, 170)
    assert torch.equal(own.preprocess(original)[0], functional.to_tensor(functional.resize(original, [48, 96], antialias=True)))


def test_a_network_of_one_channel_sees_grey_and_one_of_four_sees_transparency(tmp_path: Path) -> None:
    grey, clear = (lrp.Backbone.of(live(name)[0], size=64, resize=64, mean=(0.0,) * n, std=(1.0,) * n)
                   for name, n in (("one channel", 1), ("four channels", 4)))  # fmt: skip
    original = picture(64, 64)
    assert torch.equal(grey.preprocess(original)[0], functional.to_tensor(original.convert("L")))
    translucent = original.copy()
    translucent.putalpha(100)
    assert torch.equal(clear.preprocess(translucent)[0], functional.to_tensor(translucent))
    assert torch.equal(clear.preprocess(original)[0, 3], torch.ones(64, 64))
    assert np.array_equal(np.asarray(grey.as_seen(grey.preprocess(original))), np.asarray(original.convert("L").convert("RGB")))
    assert np.array_equal(np.asarray(clear.as_seen(clear.preprocess(translucent))), np.asarray(original))


@pytest.mark.parametrize(
    ("said", "channels", "expected"),
    [
        ({}, 3, (224, 224, 32, False, "bilinear", (0.485, 0.456, 0.406))),
        ({"size": 64, "crop_pct": 1}, 1, (64, 64, 0, False, "bilinear", (0.449,))),
        ({"size": [64, 96], "mean": 0.5}, 3, (64, 96, 0, False, "bilinear", (0.5, 0.5, 0.5))),
        ({"size": 32, "interpolation": "bicubic"}, 4, (32, 32, 0, False, "bicubic", (0.485, 0.456, 0.406, 0.0))),
        ({"size": 128, "squash": True}, 1, (128, 128, 0, True, "bilinear", (0.449,))),
        ({"size": 100, "resize": 120, "mean": (0.5, 0.5, 0.5)}, 1, (100, 100, 20, False, "bilinear", (0.5,))),
    ],
)  # fmt: skip
def test_what_is_not_said_is_taken_as_usual(said: dict[str, object], channels: int, expected: tuple[object, ...]) -> None:
    found, assumed = preparation_of(said, channels, 224)
    assert (found.height, found.width, found.margin, found.squash, found.interpolation, found.mean) == expected
    assert not [word for word in assumed if word.split(" ")[0] in said]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"size": 8}, "16 to 1024"), ({"size": (64, 64, 64)}, "height and a width"), ({"size": (64, 1024)}, "at most 8 times"),
        ({"size": True}, "16 to 1024"), ({"size": 64, "resize": 63}, "64 to 256"), ({"squash": "yes"}, "true or false"),
        ({"squash": True, "crop_pct": 0.9}, "give one"), ({"mean": (0.5, 0.5)}, "three numbers"), ({"std": 0}, "positive"),
        ({"mean": 127}, "divided by 255"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(said: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        preparation_of(said, 3, 224)
