"""Clusters of explanations: which pictures of a class are decided in the same way (SpRAy, Lapuschkin et al. 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import adaptive_avg_pool2d

from lrp.datasets.dataset import ChannelRows, DataSet, ExplainedPicture, Maps
from lrp.datasets.mean_map import normalised
from lrp.datasets.spectral import (
    NEIGHBOURS,
    Vectors,
    eigengap,
    embedding,
    neighbour_graph,
    normalised_laplacian,
    smallest_eigenpairs,
)
from lrp.progress import Progress

SIDE = 16  # places along each axis to which a map is pooled
MIN_PICTURES = 8  # that are grouped at all
MOST = 12  # clusters that the eigengap may find
PERPLEXITY = 30.0
ROUNDING = 1e-4  # of the largest value: maps of copies of one picture may differ by so much

ClusterIndices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Clusters:
    """How the maps of N pictures, or their relevance per channel, fall into groups.

    spectral: (N,), the group of each by spectral clustering, 0 for the largest group; as many as the largest step between
    eigenvalues says, but at least two. density: the same by HDBSCAN, which decides by itself how many there are; -1 for a
    picture of none. eigenvalues: the smallest of the Laplacian, ascending. places: (N, 2), where t-SNE puts each, similar ones
    together.
    """

    spectral: ClusterIndices
    density: ClusterIndices
    eigenvalues: NDArray[np.float64]
    places: NDArray[np.float64]

    @property
    def count(self) -> int:
        """How many groups the eigenvalues speak for; 1 where nothing is clearly apart, of fewer than 16 maps by chance more."""
        return eigengap(self.eigenvalues)


def pooled(maps: Maps, side: int = SIDE) -> Maps:
    """Returns maps (N, H, W) as means over side x side places, (N, side, side)."""
    found: Maps = adaptive_avg_pool2d(torch.from_numpy(maps)[:, None], side)[:, 0].numpy()
    return found


def pooled_maps(dataset: DataSet, pictures: Sequence[ExplainedPicture], progress: Progress | None = None) -> Maps:
    """Returns the pooled maps of these pictures, (N, SIDE, SIDE), in logits, read some at a time.

    progress: called with the share done; raising from it stops the work. Raises StoreError where maps cannot be read.
    """
    found: list[Maps] = []
    for maps in dataset.map_chunks(pictures):
        found.append(pooled(maps))
        if progress:
            progress(min(1.0, sum(map(len, found)) / len(pictures)))
    return np.concatenate(found) if found else np.empty((0, SIDE, SIDE), np.float32)


def cluster_maps(maps: Maps, progress: Progress | None = None) -> Clusters:
    """Returns how pooled maps (N, h, w) of one class fall into groups.

    Each is divided by its sum of |R|; its nearest neighbours make a graph, of whose normalised Laplacian the smallest eigenvalues
    are found; their largest step says how many groups there are, at least two, and k-means finds these in the rows of as many
    eigenvectors.
    progress: called with the share done; raising from it stops the work. Same maps, same groups.
    Raises ValueError with a sentence for less than MIN_PICTURES maps, and where all are equal to rounding.
    """
    return _clusters(maps, "maps", progress)


def cluster_channels(rows: ChannelRows, progress: Progress | None = None) -> Clusters:
    """Returns how pictures of one class fall into groups by the relevance of each channel of a layer, (N, K).

    In the same steps as `cluster_maps`, but wherever in the pictures the channels find what they look for: what is shown at
    another place in each picture sets none apart. Raises as `cluster_maps` does.
    """
    return _clusters(rows, "rows of relevance per channel", progress)


def _clusters(values: Maps, what: str, progress: Progress | None) -> Clusters:
    from sklearn.cluster import HDBSCAN, KMeans

    count = len(values)
    if count < MIN_PICTURES:
        raise ValueError(f"clusters need at least {MIN_PICTURES} pictures, and there are {count}")
    vectors = normalised(values).reshape(count, -1).astype(np.float64)
    if np.ptp(vectors, axis=0).max() <= ROUNDING * np.abs(vectors).max():
        raise ValueError(f"all these {what} are equal, so nothing sets one picture apart from another")
    _note(progress, 0.1)
    neighbours = min(NEIGHBOURS, count // 4)
    laplacian = normalised_laplacian(neighbour_graph(vectors, neighbours))
    eigenvalues, eigenvectors = smallest_eigenpairs(laplacian, min(MOST + 1, count // 2))
    groups = eigengap(eigenvalues, least=2)
    rows = embedding(eigenvectors[:, :groups])
    _note(progress, 0.3)
    spectral = KMeans(groups, n_init=10, random_state=0).fit_predict(rows)
    density = HDBSCAN(min_cluster_size=max(4, count // 20), copy=True).fit_predict(rows)
    _note(progress, 0.5)
    return Clusters(_by_size(spectral), _by_size(density), eigenvalues, _places(vectors))


def _places(vectors: Vectors) -> NDArray[np.float64]:
    """Where t-SNE puts each vector, (N, 2)."""
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
    found = TSNE(2, perplexity=perplexity, init="pca", random_state=0, n_jobs=1).fit_transform(vectors)
    return np.asarray(found, np.float64)


def _by_size(labels: NDArray[np.integer]) -> ClusterIndices:
    """The labels, renumbered so that the largest group is 0; -1 stays."""
    names, counts = np.unique(labels[labels >= 0], return_counts=True)
    order = names[np.argsort(-counts, kind="stable")]
    rank = {int(name): place for place, name in enumerate(order)}
    return np.array([rank.get(int(label), -1) for label in labels], np.int64)


def _note(progress: Progress | None, share: float) -> None:
    if progress:
        progress(share)
