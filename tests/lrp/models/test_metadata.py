"""What a file says of how pictures are prepared: the picture that the network sees is the one it was trained on."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import lrp
from lrp._torchvision import torchvision
from lrp.heads import HEADS
from lrp.models.metadata import INTERPOLATIONS, parse_metadata
from tests.checkpoints import METADATA, refusal, write
from tests.networks import SLIM, random_resnet
from tests.pictures import picture

transforms = torchvision.transforms
SIZES = [(375, 500), (500, 375), (64, 64), (80, 80), (63, 64), (65, 500), (30, 20)]


def seen_in_training(image: Image.Image, size: int, resize: int, how: str) -> torch.Tensor:
    """torchvision's own pipeline: (3, H, W) of whole numbers."""
    steps = [transforms.Resize(resize, transforms.InterpolationMode(how), antialias=True), transforms.CenterCrop(size)]
    return transforms.Compose([*steps, transforms.PILToTensor()])(image)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("how", INTERPOLATIONS)
def test_weights_from_a_file_see_the_crop_they_were_trained_on(tmp_path: Path, size: tuple[int, int], how: str) -> None:
    path = write(tmp_path / "own.safetensors", resize_size=73, interpolation=how, antialias=True)
    backbone, image = lrp.load_backbone(18, path), picture(*size)
    want = seen_in_training(image, 64, 73, how)
    x = backbone.preprocess(image)
    assert torch.equal(x, (want[None].float() / 255 - backbone.mean) / backbone.std)
    assert np.array_equal(np.asarray(backbone.as_seen(x)), want.permute(1, 2, 0).numpy())


@pytest.mark.parametrize(
    ("said", "resize"),
    [
        ({}, 64), ({"resize_size": 64}, 64), ({"resize_size": 100}, 100), ({"crop_pct": 0.875}, 73), ({"crop_pct": 1}, 64),
        ({"crop_pct": 0.9}, 71), ({"crop_pct": 0.875, "resize_size": 73}, 73), ({"crop_pct": 0.875, "resize_size": 74}, 74),
    ],
)  # fmt: skip
def test_the_shorter_side_is_what_the_file_says(tmp_path: Path, said: dict[str, Any], resize: int) -> None:
    backbone = lrp.load_backbone(18, write(tmp_path / "own.safetensors", **said))
    assert backbone.size + backbone.margin == resize


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"resize_size": 63}, ("resize_size", "64 to 256", "63")),
        ({"resize_size": 257}, ("resize_size", "64 to 256", "257")),
        ({"resize_size": 73.0}, ("resize_size", "73.0")),
        ({"resize_size": True}, ("resize_size", "True")),
        ({"resize_size": [73]}, ("resize_size", "[73]")),
        ({"crop_pct": 0}, ("crop_pct", "0.25 to 1")),
        ({"crop_pct": 87.5}, ("crop_pct", "87.5")),
        ({"crop_pct": float("nan")}, ("crop_pct", "nan")),
        ({"crop_pct": 0.875, "resize_size": 96}, ("96", "0.875", "contradict")),
        ({"interpolation": "cubic"}, ("interpolation", "bilinear, bicubic", "'cubic'")),
        ({"interpolation": 3}, ("interpolation", "3")),
        ({"antialias": False}, ("antialias", "False")),
        ({"head": "logistic"}, ("head", "softmax, sigmoid, regression", "logistic")),
        ({"head": ["sigmoid"]}, ("head", "softmax, sigmoid, regression", "sigmoid")),
        ({"resize": 73}, ("resize", "not known", "resize_size")),
        ({"input_size": [3, 64, 64]}, ("input_size", "not known")),
        ({"crop_mode": "squash"}, ("crop_mode", "not known")),
        ({"mean": [123.7, 116.3, 103.5]}, ("mean", "0 to 1", "123.7", "divided by 255")),
        ({"std": [58.4, 57.1, 57.4]}, ("std", "up to 1", "58.4", "divided by 255")),
        ({"mean": [-0.1, 0, 0]}, ("mean", "0 to 1", "-0.1")),
        ({"mean": [0.5, 0.5, 1.01]}, ("mean", "0 to 1", "1.01")),
        ({"mean": 0.5}, ("mean", "three", "0.5")),
        ({"mean": [0.5] * 4}, ("mean", "three")),
        ({"mean": ["0.5"] * 3}, ("mean", "three")),
        ({"mean": [True] * 3}, ("mean", "three")),
        ({"std": [0.2, 0.2, -0.2]}, ("std", "positive", "-0.2")),
        ({"std": [0, 0, 0]}, ("std", "positive")),
        ({"std": [1e-300] * 3}, ("std", "positive")),
        ({"std": [float("inf")] * 3}, ("std", "inf")),
        ({"std": [float("nan")] * 3}, ("std", "nan")),
        ({"std": [0.2]}, ("std", "three")),
        ({"size": 0}, ("size", "16 to 1024", "0")),
        ({"size": [64, 64]}, ("size", "[64, 64]")),
        ({"categories": list("abcdefgh")}, ("8 classes", "is 7")),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_with_value_and_constraint(tmp_path: Path, said: dict[str, Any], words: tuple[str, ...]) -> None:
    message = refusal(write(tmp_path / "own.safetensors", metadata=said))
    assert all(word in message for word in words), message
    assert len(message) < 300


@pytest.mark.parametrize("numbers", [([0, 0, 0], [1, 1, 1]), ([0.5] * 3, [0.5] * 3), ([0.48, 0.46, 0.41], [1 / 255] * 3)])
def test_the_usual_means_are_taken(tmp_path: Path, numbers: tuple[list[float], list[float]]) -> None:
    mean, std = numbers
    backbone = lrp.load_backbone(18, write(tmp_path / "own.safetensors", mean=mean, std=std))
    assert backbone.mean.flatten().tolist() == pytest.approx(mean)
    assert backbone.std.flatten().tolist() == pytest.approx(std)


def test_notes_of_other_programs_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "own.safetensors", epoch=3, author="somebody", format="pt")
    assert lrp.load_backbone(18, tmp_path / "own.safetensors").depth == 18


def test_what_is_said_of_pictures_and_outputs_is_read() -> None:
    texts = {key: json.dumps(value) for key, value in METADATA.items()}
    said = parse_metadata(texts | {"resize_size": "73", "interpolation": '"bicubic"', "head": '"regression"'})
    assert (said.size + said.margin, said.interpolation, said.head) == (73, "bicubic", "regression")


@pytest.mark.parametrize(("said", "head"), [({}, "softmax"), *[({"head": head}, head) for head in HEADS]])
def test_what_the_outputs_mean_goes_with_the_network(tmp_path: Path, said: dict[str, str], head: str) -> None:
    backbone = lrp.load_backbone(18, write(tmp_path / "own.safetensors", **said))
    assert backbone.head == backbone.network.head == head


def test_one_logit_alone_is_a_score(tmp_path: Path) -> None:
    tensors = random_resnet(18, SLIM, 1, torch.float32).state_dict()
    assert lrp.load_backbone(18, write(tmp_path / "one.safetensors", tensors=tensors, categories=["rust"])).head == "sigmoid"
    path = write(tmp_path / "age.safetensors", tensors=tensors, categories=["age"], head="regression")
    assert lrp.load_backbone(18, path).head == "regression"


def test_a_head_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="head must be one of softmax, sigmoid, regression, got 'tanh'"):
        lrp.canonize(random_resnet(), head="tanh")
