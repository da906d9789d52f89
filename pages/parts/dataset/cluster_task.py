"""The clusters of one class as work of the queue, with a thumbnail of each picture."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from lrp.datasets.clusters import Clusters, cluster_maps, pooled_maps
from lrp.datasets.dataset import DataSet, ExplainedPicture, Maps
from lrp.jobs.attributes import StoreError
from lrp.progress import Progress, part_of
from pages.parts.dataset.seen_pictures import seen_pictures
from pages.parts.dataset.stores import stamp_of
from pages.parts.work.question import RefusedTask, Task

MOST = 300  # pictures with a thumbnail; the others are dots
SIDE = 48  # pixels of a thumbnail
READING, GROUPING = 0.2, 0.5  # of the progress bar


@dataclass(frozen=True)
class ClusteredClass:
    """The pictures of a class, their pooled maps (N, h, w), how these fall into groups, and the thumbnails of the first MOST.

    thumbnails: None for a picture that cannot be shown.
    """

    pictures: tuple[ExplainedPicture, ...]
    maps: Maps
    clusters: Clusters
    thumbnails: tuple[Image.Image | None, ...]

    def chosen(self, positions: frozenset[int]) -> np.ndarray:
        """Returns which of the pictures, (N,), have one of these positions in the store."""
        return np.array([picture.position in positions for picture in self.pictures])


def cluster_task(dataset: DataSet, name: str) -> Task:
    """Returns a task that gives the ClusteredClass of a class, or RefusedTask where that cannot be."""
    pictures = tuple(dataset.of_class(name))

    def work(progress: Progress | None) -> ClusteredClass | RefusedTask:
        try:
            maps = pooled_maps(dataset, pictures, part_of(progress, 0.0, READING))
            clusters = cluster_maps(maps, part_of(progress, READING, GROUPING))
        except StoreError as error:
            return RefusedTask(str(error))
        except ValueError as error:
            return RefusedTask(f"{name}: {error}.")
        thumbnails = []
        for seen in seen_pictures(dataset, pictures[:MOST]):
            thumbnails.append(ImageOps.fit(seen, (SIDE, SIDE)) if isinstance(seen, Image.Image) else None)
            if progress:
                progress(GROUPING + (1 - GROUPING) * len(thumbnails) / len(pictures[:MOST]))
        return ClusteredClass(pictures, maps, clusters, tuple(thumbnails))

    key: Hashable = ("clusters", stamp_of(dataset.store.path), dataset.method, name)
    return Task(key, "The clusters", True, work, patience=3.0)
