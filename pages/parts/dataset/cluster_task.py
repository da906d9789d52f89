"""The clusters of one class as work of the queue, with a thumbnail of each picture."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from lrp.datasets.clusters import Clusters, cluster_channels, cluster_maps, pooled_maps
from lrp.datasets.dataset import ChannelRows, DataSet, ExplainedPicture, Maps
from lrp.datasets.selection_words import channel_sentence
from lrp.jobs.attributes import StoreError
from lrp.progress import Progress, part_of
from pages.parts.dataset.seen_pictures import seen_pictures
from pages.parts.dataset.stores import sentence_of, stamp_of
from pages.parts.work.question import RefusedTask, Task

MOST = 300  # pictures with a thumbnail; the others are dots
SIDE = 48  # pixels of a thumbnail
READING, GROUPING = 0.2, 0.5  # of the progress bar


@dataclass(frozen=True)
class ClusteredClass:
    """The pictures of a class, their pooled maps (N, h, w), how these fall into groups, and the thumbnails of the first MOST.

    thumbnails: None for a picture that cannot be shown. channels: (N, K), the relevance per channel of `layer`, where these rows
    were clustered and not the maps; else None.
    """

    pictures: tuple[ExplainedPicture, ...]
    maps: Maps
    clusters: Clusters
    thumbnails: tuple[Image.Image | None, ...]
    channels: ChannelRows | None = None
    layer: str = ""

    def chosen(self, positions: frozenset[int]) -> np.ndarray:
        """Returns which of the pictures, (N,), have one of these positions in the store."""
        return np.array([picture.position in positions for picture in self.pictures])

    @property
    def alike(self) -> str:
        """In words, which pictures are close together in the scatter."""
        if self.channels is None:
            return "similar maps"
        return f"similar relevance per channel of {self.layer}"


def channel_words(found: ClusteredClass, selected: np.ndarray) -> list[str]:
    """Returns a sentence on the channels that set a selection (N,) apart, where channels were clustered; else none."""
    if found.channels is None or selected.all():
        return []
    return [channel_sentence(found.channels[selected], found.channels[~selected], found.layer)]


def cluster_task(dataset: DataSet, name: str, by_channels: bool = False) -> Task:
    """Returns a task that gives the ClusteredClass of a class, or RefusedTask where that cannot be.

    by_channels: whether relevance per channel is clustered, which the store must then have, and not the maps.
    """
    pictures = tuple(dataset.of_class(name))

    def work(progress: Progress | None) -> ClusteredClass | RefusedTask:
        try:
            maps = pooled_maps(dataset, pictures, part_of(progress, 0.0, READING))
            rest, channels = part_of(progress, READING, GROUPING), dataset.channels(pictures) if by_channels else None
            clusters = cluster_maps(maps, rest) if channels is None else cluster_channels(channels, rest)
        except StoreError as error:
            return RefusedTask(sentence_of(error))
        except ValueError as error:
            return RefusedTask(f"{name}: {error}.")
        thumbnails = []
        for seen in seen_pictures(dataset, pictures[:MOST]):
            thumbnails.append(ImageOps.fit(seen, (SIDE, SIDE)) if isinstance(seen, Image.Image) else None)
            if progress:
                progress(GROUPING + (1 - GROUPING) * len(thumbnails) / len(pictures[:MOST]))
        return ClusteredClass(pictures, maps, clusters, tuple(thumbnails), channels, dataset.channel_layer)

    key: Hashable = ("clusters", stamp_of(dataset.store.path), dataset.method, name, by_channels)
    return Task(key, "The clusters", True, work, patience=3.0)
