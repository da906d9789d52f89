"""A data set with a planted watermark: cats, half of which carry a small cat's face in their lower left corner."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

import lrp
from lrp.jobs.job import JobSettings
from lrp.jobs.listing import list_pictures
from lrp.jobs.pipeline import explain_shards
from lrp.jobs.store import open_store
from lrp.pictures.samples import SAMPLES
from lrp.region import Region
from lrp.walk.objective_choice import ObjectiveChoice

SIDE, MARK = 160, 64  # pixels of a picture, and of the watermark in it
CORNER = Region(0, SIDE - MARK, MARK, SIDE)
EACH = 16  # pictures with the watermark, and as many without


def pictures(marked: bool, count: int = EACH, anywhere: bool = False) -> list[Image.Image]:
    """Pale crops of the sample cat, in which the network hardly sees one; the watermark is what it knows a cat by.

    anywhere: whether each has the watermark at a random place, and not all in the same corner.
    """
    cat = Image.fromarray(SAMPLES["Cat"]())
    face = cat.crop((110, 30, 310, 230)).resize((MARK, MARK))
    generator = np.random.default_rng(int(marked))
    found = []
    for _ in range(count):
        left, top = generator.integers(40, 140), generator.integers(0, 60)
        values = np.asarray(cat.crop((left, top, left + 230, top + 230)).resize((SIDE, SIDE)), float)
        pale = values * 0.08 + 128 * 0.92 + generator.normal(0, 6, values.shape)
        picture = Image.fromarray(pale.clip(0, 255).astype(np.uint8))
        if marked:
            place = generator.integers(0, SIDE - MARK, 2).tolist() if anywhere else (CORNER.left, CORNER.top)
            picture.paste(face, tuple(place))
        found.append(picture)
    return found


def write(folder: Path, shown: Sequence[Image.Image], name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(shown):
        picture.save(folder / f"{name}{number:02}.png")


def make_store(store: Path, folder: Path, backbone: lrp.Backbone, target: int | None = None, channels: str = "") -> Path:
    """Explains the pictures of a folder, for a class where one is given; keeps the relevance per channel of a layer if named."""
    job = JobSettings(backbone, (lrp.EpsilonPlusFlat(),), ObjectiveChoice(target=target), batch=8, shard=16, channels=channels)
    with open_store(store, job, list_pictures([str(folder)])) as opened:
        list(explain_shards(job, opened, opened.shards))
    return store
