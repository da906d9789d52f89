"""Backbones: what those that are bundled know and say, and how weights of one's own become one."""

import dataclasses
import hashlib

import pytest
import torch
from PIL import Image
from skimage import data as samples
from torch import nn

import lrp
from lrp._torchvision import torchvision
from lrp.models import demo
from lrp.models.architectures import RESNET_LAYERS
from lrp.models.backbone import Backbone
from lrp.models.loading import bundled_depths

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
    published = torchvision.models.get_model(f"resnet{bundled.depth}")
    assert bundled.model.state_dict().keys() == published.state_dict().keys()
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


def test_every_bundled_file_is_in_the_table_and_small() -> None:
    files = {path.name: path.stat().st_size for path in demo.FOLDER.glob("*.safetensors")}
    assert set(files) == {f"resnet{depth}.safetensors" for depth in demo.SHA256}
    assert sum(files.values()) <= 60_000_000


# Any backbone


def test_a_backbone_cannot_be_changed(backbone: Backbone) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        backbone.depth = 34  # type: ignore[misc]


def test_modules_are_never_shared_between_two_backbones(backbone: Backbone) -> None:
    other = lrp.load_backbone()
    mine, theirs = ({p.data_ptr() for p in b.model.parameters()} for b in (backbone, other))
    assert not mine & theirs
    assert isinstance(other.model, nn.Module)
