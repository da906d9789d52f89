"""Photos made here, and what a short run of training on them leaves."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lrp.models.demo import train, training_run
from tests.lrp.models.demo.training_kit import CLASSES, command


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes that differ in colour, 8 photos each to train on and 4 to measure."""
    folder, random = tmp_path_factory.mktemp("photos"), np.random.default_rng(1)
    for part, count in (("train", 8), ("val", 4)):
        for name, colour in CLASSES.items():
            (folder / part / name).mkdir(parents=True)
            for number in range(count):
                pixels = (random.normal(0, 25, (160, 160, 3)) + colour).clip(0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / part / name / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def whole(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a run that nothing disturbed has left its files."""
    out = tmp_path_factory.mktemp("whole")
    train.main(command(photos, out))
    return out


@pytest.fixture(scope="module", autouse=True)
def small_batches() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_run, "BATCH", 8)
        yield
