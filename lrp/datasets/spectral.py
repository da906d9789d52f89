"""The steps of spectral relevance analysis on vectors: neighbours, the Laplacian of their graph, and its smallest eigenvalues.

Lapuschkin et al., "Unmasking Clever Hans predictors and assessing what machines really learn", Nature Communications 10 (2019),
and von Luxburg, "A tutorial on spectral clustering", Statistics and Computing 17 (2007).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Vectors = NDArray[np.float64]  # (N, D)

NEIGHBOURS = 10


def neighbour_graph(vectors: Vectors, neighbours: int = NEIGHBOURS) -> csr_array:
    """Returns A = (B + B^T) / 2, (N, N), with B[i, j] = 1 where j is one of the nearest `neighbours` of i, by Euclidean distance.

    Raises ValueError unless there are more vectors than neighbours.
    """
    from scipy.sparse import csr_array
    from sklearn.neighbors import kneighbors_graph

    if len(vectors) <= neighbours:
        raise ValueError(f"there must be more than {neighbours} vectors, got {len(vectors)}")
    nearest = csr_array(kneighbors_graph(vectors, neighbours, mode="connectivity", include_self=False))
    return csr_array((nearest + nearest.T) / 2)


def normalised_laplacian(graph: csr_array) -> csr_array:
    """Returns L = I - D^(-1/2) A D^(-1/2), (N, N), with D the sums of the rows of A."""
    from scipy.sparse import csr_array, diags_array, eye_array

    scale = diags_array(1 / np.sqrt(graph.sum(axis=1)))
    return csr_array(eye_array(graph.shape[0]) - scale @ graph @ scale)


def smallest_eigenpairs(laplacian: csr_array, count: int) -> tuple[NDArray[np.float64], Vectors]:
    """Returns the `count` smallest eigenvalues (ascending) of L and their eigenvectors (N, count).

    There are as many zeros among them as the graph has parts. `eigsh` finds the smallest algebraically; by magnitude would be the
    same here, where none is negative, but the usual detour by the largest of D^(-1/2) A D^(-1/2) in magnitude would let its
    negative ones in. Same graph, same bits: it begins with a fixed vector.
    """
    from scipy.sparse.linalg import eigsh

    start = np.random.default_rng(0).standard_normal(laplacian.shape[0])
    values, vectors = eigsh(laplacian, count, which="SA", v0=start, ncv=min(laplacian.shape[0], max(4 * count, 40)))
    order = np.argsort(values)
    return values[order].clip(min=0), vectors[:, order]


def eigengap(values: NDArray[np.float64], least: int = 1) -> int:
    """Returns how many clusters ascending eigenvalues speak for: those before the largest step, `least` to len(values) - 1."""
    return int(np.argmax(np.diff(values)[least - 1 :])) + least


def embedding(vectors: Vectors) -> Vectors:
    """Returns the rows of eigenvectors (N, count), each of length 1  [Ng, Jordan, Weiss 2001]."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Vectors = vectors / np.where(lengths > 0, lengths, 1)
    return found
