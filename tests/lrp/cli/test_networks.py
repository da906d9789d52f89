"""python -m lrp networks: a checkpoint becomes one file that says all that is needed, and files are listed."""

import re
from pathlib import Path

import pytest
import torch
from torch import nn

import lrp
from lrp.cli.main import main
from lrp.models import fitting
from tests.lrp.cli.kit import QUICK, numbers, picture, refusal
from tests.lrp.models.live_models import live
from tests.networks import SLIM, random_resnet

PREPARED = ["--size", "64", "96", "--resize", "80", "--mean", "0.5", "--std", "0.25", "--interpolation", "bicubic"]


@pytest.fixture(scope="module")
def grey() -> nn.Module:
    return live("one channel")[0]


def add(*arguments: str) -> int:
    return main(["networks", "add", *arguments])


def test_a_file_says_all_that_was_given_and_is_explained_and_measured(
    grey: nn.Module, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save({"state_dict": grey.state_dict(), "optimizer": {}}, here / "mine.pth.tar")
    (here / "names.csv").write_text("id,name\n0,ant\n1,bee\n2,cat\n")
    image = str(picture(here / "a.png"))
    assert add("mine.pth.tar", "--classes", "names.csv", "--head", "sigmoid", "--picture", "a.png", *PREPARED) == 0
    told = capsys.readouterr().out
    assert len(re.findall(r"(ant|bee|cat), score 0\.\d{3}", told.partition("In a.png it sees: ")[2])) == 3
    for words in ("mine.safetensors: a ResNet-10 with 3 labels, ant, bee, cat.", "1 channel", "Ignored: optimizer", "--network"):
        assert words in told
    usual = "ReLU between the layers of its body; BatchNorm with a stabilizer of 1e-05; no dilation"
    assert f"Not said, and assumed: {usual}." in told
    backbone = lrp.load_network("mine.safetensors")
    assert (backbone.categories, backbone.head, backbone.shape) == (("ant", "bee", "cat"), "sigmoid", (64, 96))
    assert (backbone.margin, backbone.interpolation, backbone.report.missing) == (16, "bicubic", tuple(usual.split("; ")))
    assert main(["explain", image, "--network", "mine.safetensors", "--target", "bee", "--out", "maps", *QUICK]) == 0
    assert numbers(here / "maps" / "a.npz")
    assert main(["measure", image, "--network", "mine.safetensors", *QUICK, "--steps", "2", "--random-orders", "1"]) == 0
    assert main(["rules", "--network", "mine.safetensors", "--method", "epsilon-plus-flat"]) == 0


def test_a_squashed_picture_and_half_precision_are_kept(here: Path) -> None:
    model = random_resnet(18, SLIM, 3, torch.float16)
    torch.save(model.state_dict(), here / "half.pth")
    assert add("half.pth", "--size", "64", "--squash", "--out", "it.safetensors") == 0
    backbone = lrp.load_network("it.safetensors")
    assert (backbone.squash, backbone.margin) == (True, 0)
    assert torch.equal(backbone.model.fc.weight, model.fc.weight.float())
    assert (here / "it.safetensors").stat().st_size < 1.2 * (here / "half.pth").stat().st_size
    with pytest.raises(lrp.WeightsError, match=r"lrp\.load_network"):
        lrp.load_backbone(18, "it.safetensors")


def test_files_are_written_to_the_folder_of_the_operator_and_listed(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "own").mkdir()
    monkeypatch.setenv("LRP_NETWORKS", str(here / "own"))
    torch.save(random_resnet(18, SLIM, 3, torch.float32).state_dict(), here / "a.pth")
    assert add("a.pth", "--size", "64") == 0
    (here / "own" / "bad.safetensors").write_text("no")
    (here / "own" / "link.safetensors").symlink_to("a.safetensors")
    (here / "own" / "names.txt").write_text("a")
    capsys.readouterr()
    assert main(["networks", "list"]) == 0
    names, good, bad = capsys.readouterr().out.partition(str(here / "own" / "a.safetensors"))
    assert {"resnet18", "vgg16"} <= set(names.split())
    assert good
    assert bad.splitlines()[0] == "  ResNet-18, 3 classes: class 0, class 1, class 2"
    assert "bad.safetensors  cannot be used" in bad
    assert "link" not in bad
    assert main(["networks", "list", str(here)]) == 0


@pytest.mark.usefixtures("unsandboxed")
def test_what_cannot_be_is_one_line(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save(random_resnet(18, SLIM, 3, torch.float32).state_dict(), here / "a.pth")
    for arguments, words in (
        (["networks", "add", "a.pth", "--size", "64", "--crop-pct", "0.9", "--squash"], "give one of them"),
        (["networks", "add", "a.pth", "--architecture", "resnet50"], "its shapes are those of resnet18"),
        (["networks", "list", "nowhere"], "FOLDER must be a folder, got nowhere"),
        (["explain", "a.png", "--network", "resnet18", "--depth", "50"], "leave out --depth, --weights and --architecture"),
        (["rules", "--method", "epsilon-plus", "--network", "resnet18", "--depth", "50"], "leave out --depth"),
    ):
        assert words in refusal(arguments, capsys)
    assert add("a.pth", "--size", "64", "--picture", "a.pth") == 1
    assert "a.pth: " in capsys.readouterr().err
    assert main(["explain", "a.png", "--network", "nowhere.pth"]) == 1
    assert "nowhere.pth cannot be used: there is no such file" in capsys.readouterr().err
    monkeypatch.setattr(fitting, "MAX_MULTIPLICATIONS", 1000)
    assert add("a.pth", "--size", "64") == 1
    assert "and the limits are 0 and 500; give a smaller size" in capsys.readouterr().err
    assert not (here / "a.safetensors").exists()
