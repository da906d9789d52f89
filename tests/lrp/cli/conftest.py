"""An empty folder to run in, small weights, and the command itself."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from lrp.cli.main import main
from tests.lrp.cli.kit import CATEGORIES
from tests.networks import SLIM, random_resnet


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("weights") / "own.safetensors"
    metadata = {"depth": 18, "categories": CATEGORIES, "size": 64, "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.1]}
    tensors = random_resnet(18, dtype=torch.float32).state_dict()
    save_file(tensors, path, {key: json.dumps(value) for key, value in metadata.items()})
    return str(path)


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return random_resnet(50, SLIM, 3, torch.float32)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def explain(weights: str, here: Path) -> Callable[..., int]:
    return lambda *arguments: main(["explain", "--weights", weights, *map(str, arguments)])
