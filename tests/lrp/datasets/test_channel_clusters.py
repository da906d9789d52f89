"""What is shown at another place in each picture is a cluster by relevance per channel, and none by the maps."""


import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

import lrp
from lrp.datasets.clusters import cluster_channels, cluster_maps, pooled_maps
from lrp.datasets.dataset import DataSet, read_dataset
from lrp.datasets.selection_words import channel_sentence, foremost_channels
from tests.lrp.datasets.kit import make_store, pictures, write


@pytest.fixture(scope="module")
def dataset(backbone: lrp.Backbone, tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    """Cats, half of which carry a watermark, each at a place of its own."""
    folder = tmp_path_factory.mktemp("anywhere")
    for marked in (True, False):
        write(folder / "cat", pictures(marked, anywhere=True), "marked" if marked else "plain")
    return read_dataset(make_store(folder / "store", folder / "cat", backbone, backbone.categories.index("cat"), "layer4"))


def test_a_watermark_at_any_place_is_a_cluster_by_channels_alone(dataset: DataSet) -> None:
    planted = np.array(["marked" in picture.file for picture in dataset.pictures])
    rows = dataset.channels(dataset.pictures)
    found = cluster_channels(rows)
    assert found.count == 2
    assert adjusted_rand_score(planted, found.spectral) > 0.9
    by_place = cluster_maps(pooled_maps(dataset, dataset.pictures))
    assert adjusted_rand_score(planted, by_place.spectral) < 0.5
    said = channel_sentence(rows[planted], rows[~planted], dataset.channel_layer)
    apart = foremost_channels(rows[planted], rows[~planted])
    first, second, third = (each.channel for each in apart)
    assert said.startswith(f"Of the channels of layer4, {first}, {second} and {third} set them apart most: they have ")


def test_channels_that_differ_most_come_first() -> None:
    selected, others = np.zeros((3, 4), np.float32), np.zeros((5, 4), np.float32)
    selected[:] = (1, -5, 3, 0)  # what speaks against the class does not count
    others[:] = (2, 1, 1, 0)
    first, second = foremost_channels(selected, others, 2)
    assert (first.channel, first.share, first.others) == (2, 0.75, 0.25)
    assert (second.channel, second.share, second.others) == (3, 0.0, 0.0)
    with pytest.raises(ValueError, match="got 3 and 0 rows"):
        foremost_channels(selected, others[:0])
    with pytest.raises(ValueError, match="all these rows of relevance per channel are equal"):
        cluster_channels(np.ones((9, 4), np.float32))
