"""Folders as transformers and timm write them: names of classes and preparation are read with the weights."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import lrp
from tests.lrp.models.kit import assert_same_logits, saved
from tests.lrp.models.live_models import live, ready, torchvision_resnet
from tests.pictures import picture


def transformers_names(key: str) -> str:
    """What transformers' ResNet calls a tensor."""
    if key.startswith("fc."):
        return key.replace("fc.", "classifier.1.")
    stem = {"conv1": "convolution", "bn1": "normalization"}
    if key.partition(".")[0] in stem:
        return f"resnet.embedder.embedder.{stem[key.partition('.')[0]]}.{key.partition('.')[2]}"
    stage, block, module, rest = key.split(".", 3)
    if module == "downsample":
        place, _, leaf = rest.partition(".")
        inner = f"shortcut.{('convolution', 'normalization')[int(place)]}.{leaf}"
    else:
        inner = f"layer.{int(module[-1]) - 1}.{'convolution' if module.startswith('conv') else 'normalization'}.{rest}"
    return f"resnet.encoder.stages.{int(stage[-1]) - 1}.layers.{block}.{inner}"


def transformers_folder(model: nn.Module, folder: Path, **config: object) -> Path:
    folder.mkdir()
    state = {transformers_names(key): value.contiguous() for key, value in model.state_dict().items()}
    save_file(state, folder / "model.safetensors", {"format": "pt"})
    names = {"0": "cat", "1": "dog", "2": "elk"}
    described = {"architectures": ["ResNetForImageClassification"], "id2label": names, "num_channels": 3, "hidden_act": "relu"}
    (folder / "config.json").write_text(json.dumps(described | config))
    pictures = {
        "crop_pct": 0.875, "do_normalize": True, "do_resize": True, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.2, 0.1],
        "resample": 3, "size": {"shortest_edge": 64},
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(pictures))
    return folder


@pytest.mark.parametrize("block", ["BasicBlock", "Bottleneck"])
def test_a_folder_of_transformers_says_names_and_pictures(tmp_path: Path, block: str) -> None:
    torch.manual_seed(0)
    model = ready(torchvision_resnet(block))
    backbone = lrp.load_network(transformers_folder(model, tmp_path / "resnet"))
    assert_same_logits(backbone, model, picture(90, 70))
    assert backbone.categories == ("cat", "dog", "elk")
    assert (backbone.size, backbone.margin, backbone.interpolation) == (64, 9, "bicubic")
    assert backbone.mean.flatten().tolist() == pytest.approx([0.5, 0.4, 0.3])
    assert backbone.report.missing == ()


def test_a_folder_of_timm_says_names_and_pictures(tmp_path: Path) -> None:
    model, _, _ = live("ResNet-D")
    saved(model, tmp_path / "model.safetensors")
    pictures = {
        "input_size": [3, 64, 96], "crop_pct": 0.875, "interpolation": "bicubic", "mean": [0.5] * 3, "std": [0.25] * 3,
        "first_conv": "conv1.0", "classifier": "fc",
    }  # fmt: skip
    described = {"architecture": "resnet14d", "num_classes": 3, "label_names": ["x", "y", "z"], "pretrained_cfg": pictures}
    (tmp_path / "config.json").write_text(json.dumps(described))
    backbone = lrp.load_network(tmp_path)
    assert assert_same_logits(backbone, model, picture(90, 70)).shape == (1, 3, 64, 96)
    assert (backbone.categories, backbone.shape, backbone.margin) == (("x", "y", "z"), (64, 96), 9)
    assert backbone.report.missing == ()
    (tmp_path / "config.json").write_text(json.dumps(described | {"architecture": "resnetblur14d.a1_in1k"}))
    with pytest.raises(lrp.WeightsError, match=r"said to be resnetblur14d\.a1_in1k, and its .* resnet14d or resnet14t"):
        lrp.load_network(tmp_path)


@pytest.mark.parametrize(
    ("config", "words"),
    [({"hidden_act": "gelu"}, "hidden_act = gelu"), ({"downsample_in_first_stage": True}, "downsample_in_first_stage"),
     ({"num_channels": 1}, "channels is said to be 1"), ({"id2label": {"0": "a"}}, "each of the 3 classes, got 1")],
)  # fmt: skip
def test_a_folder_that_says_otherwise_is_refused(tmp_path: Path, config: dict[str, object], words: str) -> None:
    torch.manual_seed(0)
    folder = transformers_folder(ready(torchvision_resnet()), tmp_path / "resnet", **config)
    with pytest.raises(lrp.WeightsError, match=words):
        lrp.load_network(folder)
