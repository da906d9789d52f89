"""What is given with a network, what its file says of itself, and what of both is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import lrp
from lrp.models.fitted import read_fitted
from tests.lrp.models.kit import saved
from tests.networks import SLIM, random_resnet

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
def test_settings_that_cannot_be_are_one_sentence(tmp_path: Path, case: str) -> None:
    load, words = REFUSED[case]
    file = saved(random_resnet(18, SLIM, 3, torch.bfloat16), tmp_path / "brain.safetensors")
    with pytest.raises(ValueError, match=words) as caught:
        load(file)
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


def test_what_was_assumed_stays_said_until_it_is_given(tmp_path: Path) -> None:
    bare = saved(random_resnet(18, SLIM, 3, torch.float32), tmp_path / "bare.safetensors")
    fitted = read_fitted(bare, {})
    save_file(fitted.tensors, tmp_path / "own.safetensors", fitted.metadata())
    backbone = lrp.load_network(tmp_path / "own.safetensors")
    assert backbone.report.missing == fitted.report.missing
    assert {"size 224", "resize 256", "no dilation", "class names (class 0, class 1, ...)"} <= set(backbone.report.missing)
    given = {"size": 64, "mean": 0.5, "std": 0.2, "categories": ["a", "b", "c"], "architecture": "resnet18"}
    told = lrp.load_network(tmp_path / "own.safetensors", **given).report.missing
    assert told == ("resize 73", "interpolation bilinear", "classes that exclude each other (softmax)")
    for wrong in ("size", ["size"], [["size", 224]]):
        with pytest.raises(lrp.WeightsError, match="assumed must"):
            lrp.load_network(described(tmp_path / "wrong.safetensors", assumed=wrong))


def test_one_output_is_said_to_be_taken_as_a_label(tmp_path: Path) -> None:
    model = random_resnet(18, SLIM, 1, torch.float32)
    path = saved(model, tmp_path / "one.safetensors")
    words = "a label that is there or not, by sigmoid (for a predicted value say head regression)"
    for backbone in (lrp.load_network(path, size=64), lrp.Backbone.of(model, size=64)):
        assert words in backbone.report.missing
        assert backbone.head == "sigmoid"
    for head in ("regression", "sigmoid"):
        assert words not in lrp.load_network(path, size=64, head=head).report.missing


def test_channels_that_no_picture_has_are_named(tmp_path: Path) -> None:
    model = random_resnet(18, SLIM, 3, torch.float32)
    model.conv1 = torch.nn.Conv2d(6, SLIM[0], 7, 2, 3, bias=False)
    with pytest.raises(lrp.WeightsError, match=r"takes 6 channels, and networks of 1, 3 or 4 .*lrp\.canonize"):
        lrp.load_network(saved(model, tmp_path / "six.safetensors"))


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
