"""The graph, its Laplacian and its eigenvalues, against dense restatements of their definitions, and CoRelAy."""

import json
from pathlib import Path

import numpy as np
import pytest

from lrp.datasets.spectral import eigengap, embedding, neighbour_graph, normalised_laplacian, smallest_eigenpairs

GENERATOR = np.random.default_rng(1)
TOGETHER = GENERATOR.standard_normal((40, 5))
APART = np.concatenate([TOGETHER[:20], TOGETHER[20:] + 50])  # two parts without an edge between them
EACH = pytest.mark.parametrize("vectors", [TOGETHER, APART], ids=["together", "apart"])


def dense_graph(vectors: np.ndarray, neighbours: int) -> np.ndarray:
    distances = np.linalg.norm(vectors[:, None] - vectors[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    nearest = np.zeros_like(distances)
    for i, row in enumerate(distances):
        nearest[i, np.argsort(row)[:neighbours]] = 1
    return (nearest + nearest.T) / 2


def dense_laplacian(graph: np.ndarray) -> np.ndarray:
    degrees = graph.sum(1)
    return np.eye(len(graph)) - graph / np.sqrt(np.outer(degrees, degrees))


@EACH
def test_graph_laplacian_and_eigenvectors_are_those_of_dense_matrices(vectors: np.ndarray) -> None:
    graph = neighbour_graph(vectors, 6)
    np.testing.assert_array_equal(graph.toarray(), dense_graph(vectors, 6))
    laplacian = normalised_laplacian(graph)
    dense = dense_laplacian(dense_graph(vectors, 6))
    np.testing.assert_allclose(laplacian.toarray(), dense, atol=1e-12)
    expected, expected_vectors = np.linalg.eigh(dense)
    values, found = smallest_eigenpairs(laplacian, 8)
    np.testing.assert_allclose(values, expected[:8], atol=1e-9)
    np.testing.assert_allclose(dense @ found, found * values, atol=1e-7)
    np.testing.assert_allclose(found.T @ found, np.eye(8), atol=1e-9)
    # Eigenvectors of one eigenvalue are known up to a rotation among them, what they span is unique.
    parts = int((expected[:8] < 1e-9).sum())
    for chosen in (slice(0, parts), slice(parts, 8)):
        own, other = found[:, chosen], expected_vectors[:, :8][:, chosen]
        np.testing.assert_allclose(own @ own.T, other @ other.T, atol=1e-6)


def test_each_step_is_that_of_corelay() -> None:
    """By CoRelAy 1.0.0 (Anders et al. 2021): SciPyPDist, SparseKNN(n_neighbors=5), SymmetricNormalLaplacian and
    EigenDecomposition(n_eigval=6, which="LA") of these vectors. Its rows are compared by their products, which do not depend on
    the signs of the eigenvectors.
    """  # fmt: skip
    known = json.loads(Path(__file__).with_name("corelay.json").read_text())
    graph = neighbour_graph(np.array(known["vectors"]), 5)
    np.testing.assert_array_equal(graph.toarray(), known["graph"])
    values, found = smallest_eigenpairs(normalised_laplacian(graph), 6)
    np.testing.assert_allclose(values, known["eigenvalues"], atol=1e-9)
    rows = embedding(found)
    np.testing.assert_allclose((rows @ rows.T)[:6], known["products of the first rows"], atol=1e-6)


def test_there_are_as_many_zeros_as_parts_and_the_gap_comes_after_them() -> None:
    values, vectors = smallest_eigenpairs(normalised_laplacian(neighbour_graph(APART, 6)), 8)
    assert (values < 1e-9).sum() == 2
    assert eigengap(values) == 2
    rows = embedding(vectors[:, :2])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1)
    same = rows @ rows.T
    np.testing.assert_allclose(same[:20, :20], 1, atol=1e-6)
    np.testing.assert_allclose(same[:20, 20:], 0, atol=1e-6)


def test_the_gap_is_the_largest_step_that_is_allowed() -> None:
    values = np.array([0, 0.5, 0.6, 0.9, 1.0])
    assert (eigengap(values), eigengap(values, least=2)) == (1, 3)


def test_too_few_vectors_are_refused() -> None:
    with pytest.raises(ValueError, match="more than 10 vectors, got 10"):
        neighbour_graph(TOGETHER[:10])
