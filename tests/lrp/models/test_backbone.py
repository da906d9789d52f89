"""Backbones: what those that are bundled know and say, and how weights of one's own become one."""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from skimage import data as samples
from torch import nn

import lrp
from lrp._torchvision import torchvision
from lrp.models import demo
from lrp.models.architectures import RESNET_LAYERS
from lrp.models.backbone import Backbone
from lrp.models.loading import bundled_depths
from tests.networks import random_resnet
from tests.pictures import picture

CLASSES = (
    "cassette player", "cat", "chain saw", "church", "English springer", "French horn", "garbage truck", "gas pump",
    "golf ball", "parachute", "tench",
)  # fmt: skip


@pytest.fixture(scope="module", params=bundled_depths())
def bundled(request: pytest.FixtureRequest) -> Backbone:
    return lrp.load_backbone(request.param)


# Bundled weights


def test_a_bundled_network_knows_a_cat_and_a_church(bundled: Backbone) -> None:
    from sklearn.datasets import load_sample_image

    for photo, name in ((samples.chelsea(), "cat"), (load_sample_image("china.jpg"), "church")):
        logits = bundled.network(bundled.preprocess(Image.fromarray(photo)))
        assert bundled.categories[int(logits.argmax())] == name


def test_a_bundled_network_is_what_it_says(bundled: Backbone) -> None:
    file = demo.FOLDER / f"resnet{bundled.depth}.safetensors"
    blocks = [len(getattr(bundled.model, f"layer{stage}")) for stage in (1, 2, 3, 4)]
    assert blocks == list(RESNET_LAYERS[bundled.depth])
    assert bundled.categories == CLASSES
    assert (bundled.size, bundled.weights, bundled.name) == (160, "demo", f"ResNet-{bundled.depth}")
    assert bundled.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert isinstance(bundled.model, torchvision.models.ResNet)
    assert not bundled.model.training
    assert not any(parameter.requires_grad for parameter in bundled.model.parameters())


def test_the_canonized_network_agrees_with_the_model_and_knows_the_bounds_of_pixels(bundled: Backbone) -> None:
    white, black = (bundled.preprocess(Image.new("RGB", (160, 160), colour)) for colour in ("white", "black"))
    assert bundled.network.low is not None
    assert bundled.network.high is not None
    assert bundled.network.low.shape == bundled.network.high.shape == (1, 3, 1, 1)
    torch.testing.assert_close(white, bundled.network.high.expand_as(white))
    torch.testing.assert_close(black, bundled.network.low.expand_as(black))
    torch.testing.assert_close(bundled.network(white), bundled.model(white), rtol=1e-4, atol=1e-4)


def test_a_depth_that_is_not_bundled_names_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SHA256", {18: "0" * 64, 34: "0" * 64})
    assert bundled_depths() == (18, 34)
    with pytest.raises(lrp.WeightsError, match=r"^The demo weights come for depth 18 and 34, not for 50; choose .* ImageNet"):
        lrp.load_backbone(50)


def test_a_damaged_bundled_file_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = (demo.FOLDER / "resnet18.safetensors").read_bytes()
    (tmp_path / "resnet18.safetensors").write_bytes(whole[:-2] + bytes([whole[-2] ^ 4, whole[-1]]))
    monkeypatch.setattr(demo, "FOLDER", tmp_path)
    with pytest.raises(lrp.WeightsError, match=r"^The weights in resnet18.safetensors are damaged; install .* again"):
        lrp.load_backbone()


def test_every_bundled_file_is_in_the_table_and_small() -> None:
    files = {path.name: path.stat().st_size for path in demo.FOLDER.glob("*.safetensors")}
    assert set(files) == {f"resnet{depth}.safetensors" for depth in demo.SHA256}
    assert sum(files.values()) <= 60_000_000


# Weights of one's own


def test_a_file_of_ones_own_becomes_a_backbone(tmp_path: Path) -> None:
    path, original = tmp_path / "own.safetensors", random_resnet(34, dtype=torch.float32)
    metadata = {"depth": 34, "categories": list("abcdefg"), "size": 96, "mean": [0.5] * 3, "std": [0.25] * 3}
    save_file(original.state_dict(), path, {key: json.dumps(value) for key, value in metadata.items()})
    for weights in (path, str(path)):
        own = lrp.load_backbone(34, weights)
        x = own.preprocess(picture(200, 100))
        assert (own.weights, own.categories, x.shape) == (str(path), tuple("abcdefg"), (1, 3, 96, 96))
        torch.testing.assert_close(own.model(x), original(x))
    with pytest.raises(lrp.WeightsError, match="those of a ResNet-34; choose that depth"):
        lrp.load_backbone(18, path)


def test_an_unknown_depth_and_unknown_weights_are_named() -> None:
    with pytest.raises(ValueError, match=r"depth must be one of 18, 34, 50, 101, 152, got 19"):
        lrp.load_backbone(19)
    with pytest.raises(lrp.WeightsError, match="other formats can hold code"):
        lrp.load_backbone(18, "demonstration")


def test_an_unknown_architecture_and_a_depth_it_does_not_have_are_named() -> None:
    with pytest.raises(ValueError, match="architecture must be one of resnet, vgg, got 'alexnet'"):
        lrp.load_backbone(architecture="alexnet")
    with pytest.raises(ValueError, match=r"depth must be 16, got 18"):
        lrp.load_backbone(18, "imagenet", architecture="vgg")


# Any backbone


def test_a_backbone_cannot_be_changed(backbone: Backbone) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        backbone.depth = 34  # type: ignore[misc]


def test_modules_are_never_shared_between_two_backbones(backbone: Backbone) -> None:
    other = lrp.load_backbone()
    mine, theirs = ({p.data_ptr() for p in b.model.parameters()} for b in (backbone, other))
    assert not mine & theirs
    assert isinstance(other.model, nn.Module)
