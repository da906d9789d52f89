"""A folder of pictures of two labels that the operator has named, and the store of their explanations."""

from pathlib import Path

import pytest

import lrp
from lrp.datasets.dataset import DataSet, read_dataset
from tests.lrp.cli.kit import picture
from tests.lrp.datasets.kit import make_store
from tests.small import NAMES

EACH = 6  # pictures of each of two labels


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's folder, with a folder of pictures of two labels."""
    for place, name in enumerate(NAMES[:2]):
        for seed in range(EACH):
            picture(tmp_path / "photos" / name / f"{seed}.png", 10 * place + seed)
    monkeypatch.setenv("LRP_DATASETS", str(tmp_path))
    return tmp_path


@pytest.fixture
def dataset(root: Path) -> DataSet:
    """The data set in a store of these pictures."""
    return read_dataset(make_store(root / "store", root / "photos", lrp.load_backbone(18)))
