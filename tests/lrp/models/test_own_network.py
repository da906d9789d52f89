"""Networks of one's own: every form of file and every kind of network becomes the live one, to its own logits."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import lrp
from tests.lrp.models.kit import assert_same_logits, saved
from tests.lrp.models.live_models import LIVE, live
from tests.networks import SLIM, random_resnet
from tests.pictures import picture

State = dict[str, torch.Tensor]


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


def test_networks_are_loaded_by_name_too() -> None:
    assert {"resnet18", "resnet152", "vgg16"} <= set(lrp.networks())
    backbone, same = lrp.load_network("resnet18"), lrp.load_backbone(18)
    assert (backbone.name, backbone.weights, backbone.sha256) == ("ResNet-18", "demo", same.sha256)


@pytest.mark.parametrize(("key", "value"), [("bn1.running_var", -1.0), ("conv1.weight", 3e38)])
def test_weights_that_make_no_numbers_are_refused(key: str, value: float, tmp_path: Path) -> None:
    state = dict(random_resnet(18, SLIM, 3, torch.float32).state_dict())
    save_file(state | {key: torch.full_like(state[key], value)}, tmp_path / "own.safetensors")
    with pytest.raises(lrp.WeightsError, match="logits that are not finite numbers"):
        lrp.load_network(tmp_path / "own.safetensors", size=64)
