"""Networks of one's own: every form of file and every kind of network becomes the live one, to its own logits."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

import lrp
from tests.lrp.models.live_models import LIVE, live, ready, torchvision_resnet
from tests.networks import SLIM, random_resnet
from tests.pictures import picture

State = dict[str, torch.Tensor]


def saved(model: nn.Module, path: Path) -> Path:
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, path)
    return path


def assert_same_logits(backbone: lrp.Backbone, model: nn.Module, image: Image.Image, **tolerance: float) -> torch.Tensor:
    """The network says of a picture what the live one does, and a map of it is finite and adds up."""
    x = backbone.preprocess(image)
    with torch.no_grad():
        expected = model(x)
    torch.testing.assert_close(backbone.model(x), expected, **tolerance or {"rtol": 0, "atol": 0})
    torch.testing.assert_close(backbone.network(x), expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))
    result = lrp.explain(backbone, x, 0, lrp.UniformEpsilon(1e-6))
    assert result.relevance.shape == x.shape
    assert result.relevance.isfinite().all()
    return x


@pytest.mark.parametrize("name", LIVE)
def test_every_kind_of_network_is_inferred_from_its_shapes(name: str, tmp_path: Path) -> None:
    model, title, side = live(name)
    backbone = lrp.load_network(saved(model, tmp_path / "own.safetensors"), size=side)
    assert (backbone.name, backbone.size) == (title, side)
    exact = name not in ("timm's VGG", "kuangliu")  # whose numbers are summed in another order
    x = assert_same_logits(backbone, model, picture(90, 70), **({} if exact else {"rtol": 1e-4, "atol": 1e-5}))
    assert backbone.channels == x.shape[1]
    assert len(backbone.categories) == model(x).shape[1]
    assert title in str(backbone.report)
    for stage in backbone.stages:
        backbone.network.find(stage)


def files_of(state: State, folder: Path) -> dict[str, Path]:
    """The same tensors in every form of file."""
    half, brain = ({key: v.to(kind) if v.is_floating_point() else v for key, v in state.items()} for kind in KINDS)
    torch.save(state, folder / "a.pth")
    torch.save({"state_dict": {f"model.module.{key}": v for key, v in state.items()}, "epoch": 3}, folder / "lightning.ckpt")
    torch.save({"model": state}, folder / "old.tar", _use_new_zipfile_serialization=False)
    torch.save(half, folder / "half.pt")
    save_file(brain, folder / "brain.safetensors", {"format": "pt"})
    sharded = folder / "sharded"
    sharded.mkdir()
    names = sorted(state)
    parts = {"model-1.safetensors": names[::2], "model-2.safetensors": names[1::2]}
    for name, keys in parts.items():
        save_file({key: state[key] for key in keys}, sharded / name)
    places = {key: name for name, keys in parts.items() for key in keys}
    (sharded / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))
    old = folder / "old sharded"
    old.mkdir()
    for name, keys in parts.items():
        torch.save({key: state[key] for key in keys}, old / name.replace("safetensors", "bin"))
    places = {key: name.replace("safetensors", "bin") for key, name in places.items()}
    (old / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": places}))
    return {path.name: path for path in folder.iterdir()}


KINDS = (torch.float16, torch.bfloat16)
FILES = ("a.pth", "lightning.ckpt", "old.tar", "half.pt", "brain.safetensors", "sharded", "old sharded")


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, dict[str, Path]]:
    model = random_resnet(18, SLIM, 3, torch.float32)
    return model, files_of(dict(model.state_dict()), tmp_path_factory.mktemp("forms"))


@pytest.mark.parametrize("form", FILES)
def test_every_form_of_file_is_the_same_network(forms: tuple[nn.Module, dict[str, Path]], form: str) -> None:
    files = forms[1]
    kind = {"half.pt": torch.float16, "brain.safetensors": torch.bfloat16}.get(form, torch.float32)
    rounded = random_resnet(18, SLIM, 3, torch.float32).to(kind).float()
    backbone = lrp.load_network(files[form], size=64, categories=["a", "b", "b"])
    assert_same_logits(backbone, rounded, picture(90, 70))
    assert backbone.categories == ("a", "b (1)", "b (2)")
    assert (backbone.weights, backbone.margin, len(backbone.sha256)) == (str(files[form]), 9, 64)


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


def test_networks_are_loaded_by_name_too() -> None:
    assert {"resnet18", "resnet152", "vgg16"} <= set(lrp.networks())
    backbone, same = lrp.load_network("resnet18"), lrp.load_backbone(18)
    assert (backbone.name, backbone.weights, backbone.sha256) == ("ResNet-18", "demo", same.sha256)


REFUSED: dict[str, tuple[Callable[[Path], lrp.Backbone], str]] = {
    "unknown setting": (lambda path: lrp.load_network(path, sizes=64), r"no setting 'sizes'; it has categories"),
    "weights of a file": (lambda path: lrp.load_network(path, weights="demo"), "weights go with a name"),
    "published and size": (lambda path: lrp.load_network("resnet18", size=64), "whose weights say size"),
    "large mean": (lambda path: lrp.load_network(path, mean=[123.7, 116.3, 103.5]), r"divided by 255"),
    "channels": (lambda path: lrp.load_network(path, channels=1), "said to be 1, and its first convolution takes 3"),
    "names": (lambda path: lrp.load_network(path, categories=["a"]), "each of the 3 classes, got 1"),
    "a control character": (lambda path: lrp.load_network(path, categories=["a", "b", "\x1b[31m"]), r"class 2 must be printable"),
    "half a character": (lambda path: lrp.load_network(path, categories=["a", "b", "\ud800"]), r"printable .*, got '\\ud800'"),
    "a wide size": (lambda path: lrp.load_network(path, size=(16, 1024)), "at most 8 times"),
    "crop and squash": (lambda path: lrp.load_network(path, squash=True, resize=100), "give one of them"),
    "head": (lambda path: lrp.load_network(path, head="logistic"), "head must be one of softmax, sigmoid, regression"),
    "architecture": (lambda path: lrp.load_network(path, architecture="resnet50"), "its shapes are those of resnet18"),
    "device": (lambda path: lrp.load_network(path, device="tpu"), "device must be one of"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_settings_that_cannot_be_are_one_sentence(forms: tuple[nn.Module, dict[str, Path]], case: str) -> None:
    load, words = REFUSED[case]
    with pytest.raises(ValueError, match=words) as caught:
        load(forms[1]["brain.safetensors"])
    assert "\n" not in str(caught.value)


def described(path: Path, **metadata: object) -> Path:
    """A file with metadata of ours."""
    usual = {"depth": 18, "categories": ["a", "b", "c"], "size": 64, "resize_size": 80, "mean": [0.5] * 3, "std": [0.5] * 3}
    written = {name: json.dumps(value) for name, value in {**usual, **metadata}.items()}
    save_file(random_resnet(18, SLIM, 3, torch.float32).state_dict(), path, written)
    return path


def test_what_is_given_goes_before_what_the_file_says(tmp_path: Path) -> None:
    path = described(tmp_path / "own.safetensors")
    for given, expected in (
        ({}, (64, 16, False)), ({"size": 96}, (96, 13, False)), ({"resize": 70}, (64, 6, False)),
        ({"squash": True}, (64, 0, True)), ({"size": 96, "crop_pct": 1.0}, (96, 0, False)), ({"mean": 0.4}, (64, 16, False)),
    ):  # fmt: skip
        backbone = lrp.load_network(path, **given)
        assert (backbone.size, backbone.margin, backbone.squash) == expected


def test_a_file_may_not_name_another_file(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("a\nb\nc\n")
    path = described(tmp_path / "own.safetensors", categories=str(tmp_path / "secret.txt"))
    with pytest.raises(lrp.WeightsError, match="categories must be a list of names"):
        lrp.load_network(path)
    assert lrp.load_network(path, categories=tmp_path / "secret.txt").categories == ("a", "b", "c")


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"size": [64]}, "16 to 1024"), ({"crop_mode": "border"}, "crop_mode in the file's metadata is not known"),
        ({"head": 3}, "head must be one of"), ({"channels": 1}, "channels is said to be 1"),
        ({"categories": ["a", "b\n", "c"]}, "class 1"),
        ({"architecture": "resnet34"}, "its shapes are those of resnet18"),
    ],
)  # fmt: skip
def test_metadata_that_cannot_be_are_refused(tmp_path: Path, metadata: dict[str, object], words: str) -> None:
    with pytest.raises(lrp.WeightsError, match=words):
        lrp.load_network(described(tmp_path / "own.safetensors", **metadata))
