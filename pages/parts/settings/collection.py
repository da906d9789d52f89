"""The pictures that settings are searched with: those of the visit and the samples, or a folder that the operator has named."""

import hashlib
import os
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lrp import Backbone, InputError, decode_image
from lrp.metrics.search_plan import draw_pictures
from lrp.pictures.picture_files import find_pictures, read
from lrp.progress import Progress
from pages.parts.choose.samples import SAMPLES, sample
from pages.parts.frame.album import Picture
from pages.parts.work.compute import logits

MOST = 60  # pictures of a folder, drawn at random


@dataclass(frozen=True)
class Collection:
    """Pictures to search with. shared: every visitor may see their results. load: returns them as input (N, 3, H, W)."""

    key: Hashable
    count: int
    shared: bool
    load: Callable[[Backbone, Progress | None], Tensor]


def visit_pictures(own: Sequence[Picture]) -> list[Picture]:
    """Returns the visitor's own pictures and the samples, each once."""
    return list({picture.key: picture for picture in (*own, *map(sample, SAMPLES))}.values())


def collection_of(pictures: Sequence[Picture]) -> Collection:
    """Returns pictures that are in memory as a collection."""

    def load(network: Backbone, progress: Progress | None) -> Tensor:
        return torch.cat([network.preprocess(picture.image) for picture in pictures])

    keys = tuple(picture.key for picture in pictures)
    return Collection(keys, len(pictures), all(picture.shared for picture in pictures), load)


def classes_seen(pictures: Sequence[Picture], network: Backbone) -> list[int]:
    """Returns the class that the network sees in each picture."""
    return [int(logits(picture, network).argmax()) for picture in pictures]


def pictures_folder() -> str:
    """Returns the folder of pictures that whoever runs the server has named, "" where there is none."""
    return os.environ.get("LRP_SEARCH_FOLDER", "")


def collection_in(folder: str) -> Collection:
    """Returns the pictures of a folder, MOST of them at most; those that cannot be read are left out.

    Raises ValueError for a folder without pictures.
    """
    found = find_pictures([folder])
    files = [found[i] for i in draw_pictures(len(found), MOST)]

    def load(network: Backbone, progress: Progress | None) -> Tensor:
        inputs = []
        for done, file in enumerate(files):
            if progress:
                progress(done / len(files))
            try:
                inputs.append(network.preprocess(decode_image(read(file))))
            except InputError:
                continue
        return torch.cat(inputs) if inputs else torch.empty(0, 3, network.size, network.size)

    stamps = "\n".join(f"{file} {os.stat(file).st_mtime_ns} {os.stat(file).st_size}" for file in files)
    return Collection(hashlib.sha256(stamps.encode()).hexdigest(), len(files), True, load)
