"""What is told of the networks in a folder, of which only heads are read."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lrp.models.network_folder import MAX_FILES, describe, described_networks, network_places, stamp
from tests.networks import SLIM, random_resnet

NETWORK = random_resnet(18, SLIM, 3, torch.float32)
CONFIG = {"architecture": "resnet18", "label_names": ["x", "y", "z"], "pretrained_cfg": {"input_size": [3, 48, 48]}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_file(NETWORK.state_dict(), tmp_path / "bare.safetensors")
    torch.save(NETWORK.state_dict(), tmp_path / "best.pth")
    (tmp_path / "notes.txt").write_text("no network")
    (tmp_path / "pictures").mkdir()
    for name, kind in (("timm", "model.safetensors"), ("older", "pytorch_model.bin"), ("empty", "readme.md")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(json.dumps(CONFIG))
        (save_file if kind.endswith("s") else torch.save)(dict(NETWORK.state_dict()), tmp_path / name / kind)
    (tmp_path / "link.safetensors").symlink_to(tmp_path / "bare.safetensors")
    return tmp_path


def test_files_and_layouts_are_told_apart_by_what_can_be_used_at_once(folder: Path) -> None:
    told = {each.path.name: (each.usable, each.words) for each in described_networks(folder)}
    assert list(told) == ["bare.safetensors", "best.pth", "empty", "older", "timm"]
    assert told["bare.safetensors"] == (True, "ResNet-18, 3 classes: class 0, class 1, class 2")
    assert told["timm"] == (True, "ResNet-18, 3 classes: x, y, z")
    save_file(NETWORK.state_dict(), folder / "best.safetensors")
    assert describe(folder / "best.pth").words == "is added already, as best.safetensors"
    for name in ("best.pth", "older"):
        assert told[name] == (False, f"is to be added by `python -m lrp networks add {folder / name}`")
    assert told["empty"] == (False, "cannot be used: it is a folder with 0 files of weights; name one of them")


def test_a_folder_with_a_broken_description_is_not_usable(folder: Path) -> None:
    (folder / "timm" / "config.json").write_text("{")
    (told,) = (each for each in described_networks(folder) if each.path.name == "timm")
    assert (told.usable, told.words) == (False, "cannot be used: its config.json is not JSON")


def test_what_is_within_a_folder_is_in_its_stamp(folder: Path) -> None:
    before = stamp(folder / "timm"), stamp(folder / "bare.safetensors")
    assert (stamp(folder / "timm"), stamp(folder / "bare.safetensors")) == before
    (folder / "timm" / "config.json").write_text("{}")
    assert stamp(folder / "timm") != before[0]


def test_no_more_than_so_many_are_described(tmp_path: Path) -> None:
    for number in range(MAX_FILES + 5):
        (tmp_path / f"{number}.safetensors").touch()
    assert len(network_places(tmp_path)) == MAX_FILES
