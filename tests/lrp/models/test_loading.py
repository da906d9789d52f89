"""Loading a backbone: bundled weights, a file of one's own, and what is said of what does not exist."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import lrp
from lrp.models import demo
from lrp.models.loading import bundled_depths
from tests.networks import random_resnet
from tests.pictures import picture


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
    with pytest.raises(ValueError, match="architecture must be one of resnet, vgg, efficientnet_lite, got 'alexnet'"):
        lrp.load_backbone(architecture="alexnet")
    with pytest.raises(ValueError, match=r"depth must be 16, got 18"):
        lrp.load_backbone(18, "imagenet", architecture="vgg")
