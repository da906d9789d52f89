"""python -m lrp convert: checkpoints as training programs leave them become files that the other commands read."""

import json
import shlex
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import lrp
from lrp.cli.main import main
from tests.lrp.cli.kit import picture, with_prefix
from tests.networks import SLIM, random_resnet


def assert_is(path: Path, model: nn.Module) -> lrp.Backbone:
    """The file is that network, to the last bit."""
    backbone = lrp.load_backbone(50, path)
    x = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    assert torch.equal(backbone.model(x), model(x))
    return backbone


def test_a_checkpoint_becomes_the_same_network(model: nn.Module, here: Path) -> None:
    torch.save({"state_dict": dict(model.state_dict()), "epoch": 3}, here / "best.pth")
    assert main(["convert", "best.pth"]) == 0
    backbone = assert_is(here / "best.safetensors", model)
    assert backbone.categories == ("class 0", "class 1", "class 2")
    assert (backbone.size, backbone.margin, backbone.interpolation) == (224, 32, "bilinear")


@pytest.mark.parametrize(
    ("suffix", "old"),
    [(".pth", True), (".ckpt", False), (".pth.tar", False), (".weights", False), ("", True), (".PTH", False)],
)
def test_the_command_in_the_refusal_leads_to_a_backbone(model: nn.Module, suffix: str, old: bool, tmp_path: Path) -> None:
    folder = tmp_path / "my models $(x) 'n'"
    folder.mkdir()
    file = folder / f"best model{suffix}"
    wrapped = {"state_dict": with_prefix(dict(model.state_dict()), "module."), "epoch": 3}
    torch.save(wrapped, file, _use_new_zipfile_serialization=not old)
    with pytest.raises(lrp.WeightsError) as caught:
        lrp.load_backbone(50, file)
    python, dash, package, *arguments = shlex.split(str(caught.value).split("`")[1])
    assert (python, dash, package) == ("python", "-m", "lrp")
    assert main(arguments) == 0
    assert_is(folder / "best model.safetensors", model)


@pytest.mark.usefixtures("unsandboxed")
def test_half_precision_is_kept_and_read(here: Path) -> None:
    half = random_resnet(18, SLIM, 3, torch.float16)
    torch.save(half.state_dict(), here / "half.pth")
    assert main(["convert", "half.pth"]) == 0
    assert torch.equal(lrp.load_backbone(18, "half.safetensors").model.fc.weight, half.fc.weight.float())
    assert (here / "half.safetensors").stat().st_size < 1.2 * (here / "half.pth").stat().st_size


def test_bare_safetensors_and_a_pickle_named_so_are_described_under_another_name(
    model: nn.Module, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_file(model.state_dict(), here / "bare.safetensors", {"format": "pt"})
    torch.save(model.state_dict(), here / "false.safetensors")
    for name in ("bare", "false"):
        with pytest.raises(lrp.WeightsError, match=rf"`python -m lrp convert {name}\.safetensors`\.$"):
            lrp.load_backbone(50, f"{name}.safetensors")
        assert main(["convert", f"{name}.safetensors"]) == 0
        assert_is(here / f"{name}-described.safetensors", model)


@pytest.mark.usefixtures("unsandboxed")
def test_names_and_view_are_those_given_and_a_picture_can_be_explained_with_them(
    model: nn.Module, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(model.state_dict(), here / "best.pth")
    (here / "names.txt").write_text("\ufeffred fox\n\nGrünfink \r\nred fox\n", "utf-8")
    how = ["--size", "96", "--resize", "110", "--interpolation", "bicubic", "--mean", ".5", ".4", ".3", "--std", ".2", ".2", ".1"]
    assert main(["convert", "best.pth", "--classes", "names.txt", *how, "--depth", "50", "--out", "it.safetensors"]) == 0
    backbone = assert_is(here / "it.safetensors", model)
    assert backbone.categories == ("red fox (0)", "Grünfink", "red fox (2)")
    assert (backbone.size, backbone.margin, backbone.interpolation) == (96, 14, "bicubic")
    assert backbone.mean.flatten().tolist() == pytest.approx([0.5, 0.4, 0.3])
    assert backbone.std.flatten().tolist() == pytest.approx([0.2, 0.2, 0.1])
    told = capsys.readouterr().out
    command = told.splitlines()[-1].partition("python -m lrp ")[2].replace("PICTURE", str(picture(here / "p.png")))
    assert main([*shlex.split(command), "--method", "epsilon-plus-flat"]) == 0


@pytest.mark.usefixtures("unsandboxed")
def test_names_may_be_a_list_in_json(model: nn.Module, here: Path) -> None:
    torch.save(model.state_dict(), here / "best.pth")
    (here / "names.json").write_text(json.dumps(["a", "b", "c"]))
    assert main(["convert", "best.pth", "--classes", "names.json"]) == 0
    assert lrp.load_backbone(50, "best.safetensors").categories == ("a", "b", "c")


@pytest.mark.usefixtures("unsandboxed")
def test_what_was_assumed_and_left_out_is_told(model: nn.Module, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = with_prefix(dict(model.state_dict()), "model.") | {"loss.weight": torch.ones(3)}
    torch.save({"state_dict": state, "ema": dict(model.state_dict())}, here / "best.pth")
    assert main(["convert", "best.pth", "--part", "state_dict.model"]) == 0
    told = capsys.readouterr().out
    for words in ("ResNet-50 with 3 classes", "state_dict.model", "also ema", "loss.weight", "--classes", "256", "224", "0.485"):
        assert words in told
