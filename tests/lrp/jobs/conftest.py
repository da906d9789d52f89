"""A small network and a folder of pictures, once for each file of tests."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import lrp
from tests.lrp.jobs.kit import CLASSES, photos
from tests.networks import SLIM, random_resnet


@pytest.fixture(scope="package")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "own.safetensors"
    metadata = {"depth": 18, "categories": CLASSES, "size": 64, "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.1]}
    tensors = random_resnet(18, SLIM, len(CLASSES), torch.float32).state_dict()
    save_file(tensors, path, {key: json.dumps(value) for key, value in metadata.items()})
    return path


@pytest.fixture(scope="package")
def small(weights: Path) -> lrp.Backbone:
    return lrp.load_backbone(18, weights)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return photos(tmp_path / "photos")
