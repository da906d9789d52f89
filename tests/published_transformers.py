"""Small transformers with random weights in the place of torchvision's published ones, whose files are in the cache."""

import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from lrp._torchvision import torchvision
from lrp.models import imagenet
from tests.lrp.network.transformers import swin, vit

SIDE = 64
SMALL = {"vit_b_16": vit, "swin_t": lambda: swin(1), "swin_v2_t": lambda: swin(2)}  # torchvision's name -> what stands for it
NAMES = ("ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen", "jay", "owl")


def view() -> SimpleNamespace:
    """What of a picture the small networks see, as torchvision's transforms say it."""
    numbers = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    return SimpleNamespace(crop_size=[SIDE], resize_size=[SIDE + 8], interpolation=SimpleNamespace(value="bilinear"), **numbers)


def made(name: str) -> nn.Module:
    """The small network of that name, in which every kind of parameter does something."""
    torch.manual_seed(0)
    model = SMALL[name]().eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter += 0.1 * torch.randn_like(parameter)
    return model


@pytest.fixture
def published_transformers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, nn.Module]:
    """The small networks by name, which torchvision makes and publishes while the test runs; others are not to be had."""
    models, entries = {name: made(name) for name in SMALL}, {}
    for name, model in models.items():
        torch.save(model.state_dict(), tmp_path / name)
        file = f"{name}-{hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()[:8]}.pth"
        (tmp_path / name).rename(tmp_path / file)
        entries[name] = SimpleNamespace(url=f"https://elsewhere.invalid/{file}", meta={"categories": NAMES}, transforms=view)
    plain_entry, plain_model = imagenet.imagenet_entry, torchvision.models.get_model
    monkeypatch.setenv("LRP_WEIGHTS_CACHE", str(tmp_path))
    monkeypatch.setenv("LRP_WEIGHTS_URL", "http://127.0.0.1:1/")
    monkeypatch.setattr(imagenet, "imagenet_entry", lambda depth, name="resnet": entries.get(name) or plain_entry(depth, name))
    monkeypatch.setattr(
        torchvision.models, "get_model", lambda name, **given: SMALL[name]() if name in SMALL else plain_model(name, **given)
    )
    return models
