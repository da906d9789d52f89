"""Clusters of a class on the page of data sets, and the test of what they lead to suspect."""

import re
from pathlib import Path

import numpy as np
import pyarrow
import pytest
import torch

import lrp
from lrp.datasets.clusters import MIN_PICTURES, cluster_channels, cluster_maps, pooled_maps
from lrp.datasets.dataset import read_dataset
from lrp.datasets.selection_words import channel_sentence
from lrp.datasets.suspicion import draw_pairs, measure_suspicion
from lrp.files.table_bytes import table_bytes
from lrp.region import Region
from pages.parts.dataset.choices import CHANNELS, MAPS
from pages.parts.dataset.cluster_chart import group_name, group_sizes
from pages.parts.dataset.cluster_task import ClusteredClass, cluster_task
from pages.parts.dataset.dataset_report import dataset_report
from pages.parts.dataset.suspicion_task import SuspicionAnswer, suspicion_sentence
from tests.lrp.cli.kit import picture
from tests.lrp.datasets.kit import make_store
from tests.pages.dataset.conftest import EACH
from tests.small import NAMES, Reader, array, small, small_folder  # noqa: F401

pytestmark = pytest.mark.usefixtures("small")


def test_clusters_of_a_class_are_drawn_and_a_group_is_told_in_words(root: Path) -> None:
    for seed in range(EACH):
        picture(root / "photos" / NAMES[1] / f"more {seed}.png", 40 + seed)
    dataset = read_dataset(make_store(root / "store", root / "photos", lrp.load_backbone(18), target=2))
    found = cluster_maps(pooled_maps(dataset, dataset.pictures))
    link = {"dataset": "store", "set_view": "Clusters", "set_class": NAMES[2], "set_group": "group 2"}
    reader = Reader("dataset", link).settle()
    assert not reader.at.info
    own = found.spectral == 1
    assert f"These {own.sum()} of {3 * EACH} pictures" in reader.words or f"No place sets these {own.sum()} of" in reader.words
    chart = reader.chart_of()
    (points,) = chart["data"]
    assert points["customdata"] == [each.position for each in dataset.pictures]
    assert array(points["selectedpoints"]) == np.flatnonzero(own).tolist()
    assert len(chart["layout"]["images"]) == 3 * EACH
    before = np.array([array(points["x"]), array(points["y"])])
    assert before.min() == 0
    assert before.max() == 1
    reader.put(set_grouping="HDBSCAN").settle()
    assert sum(f"{group_name(label)}: {count} pictures" in reader.words for label, count in group_sizes(found.density)) >= 1


def test_a_class_of_two_pictures_is_a_sentence(root: Path) -> None:
    for seed in (1, 2):
        picture(root / "two" / f"{seed}.png", seed)
    make_store(root / "store", root / "two", lrp.load_backbone(18), target=2)
    (sentence,) = Reader("dataset", {"dataset": "store", "set_view": "Clusters"}).settle().sentences
    assert f"clusters need at least {MIN_PICTURES} pictures, and there are 2." in sentence


def test_maps_that_are_all_equal_and_rows_that_do_not_fit_are_a_sentence(root: Path) -> None:
    photo = picture(root / "same" / "0.png", 1).read_bytes()
    for copy in range(1, MIN_PICTURES):
        (root / "same" / f"{copy}.png").write_bytes(photo)
    store = make_store(root / "store", root / "same", lrp.load_backbone(18), target=2)
    (sentence,) = Reader("dataset", {"dataset": "store", "set_view": "Clusters"}).settle().sentences
    assert "all these maps are equal, so nothing sets one picture apart from another." in sentence
    (store / "rows" / "000001.parquet").write_bytes(table_bytes(pyarrow.table({"position": ["one"]}), ".parquet"))
    (sentence,) = Reader("dataset", {"dataset": "store"}).sentences
    assert "cannot be read (ArrowInvalid); choose another data set." in re.sub(r"[\\\u2060]", "", sentence)


def test_relevance_per_channel_is_clustered_where_the_store_has_it(root: Path) -> None:
    for seed in range(EACH):
        picture(root / "photos" / NAMES[1] / f"more {seed}.png", 40 + seed)
    dataset = read_dataset(make_store(root / "store", root / "photos", lrp.load_backbone(18), target=2, channels="layer4"))
    found = cluster_channels(dataset.channels(dataset.pictures))
    link = {"dataset": "store", "set_view": "Clusters", "set_clustered": CHANNELS, "set_group": "group 2"}
    reader = Reader("dataset", link).settle()
    own = found.spectral == 1
    (points,) = reader.chart_of()["data"]
    assert array(points["selectedpoints"]) == np.flatnonzero(own).tolist()
    rows = dataset.channels(dataset.pictures)
    said = channel_sentence(rows[own], rows[~own], "layer4")
    assert said in re.sub(r"[\\\u2060]", "", reader.words)
    clustered = cluster_task(dataset, NAMES[2], by_channels=True).work(None)
    assert isinstance(clustered, ClusteredClass)
    assert said in dataset_report(dataset, "store", clustered, found.spectral, "Blue - white - red", "").decode()
    assert "Pictures with similar relevance per channel of layer4 are close together." in reader.words
    reader.put(set_clustered=MAPS).settle()
    assert "Of the channels of" not in reader.words


def test_a_suspicion_is_tested_as_the_engine_tests_it(root: Path) -> None:
    for seed in range(EACH):
        picture(root / "photos" / NAMES[1] / f"more {seed}.png", 40 + seed)
    network = lrp.load_backbone(18)
    dataset = read_dataset(make_store(root / "store", root / "photos", network, target=2))
    link = {"dataset": "store", "set_view": "Clusters", "set_group": "group 1", "set_region": "2,3,12,14"}
    reader = Reader("dataset", link).settle()
    assert not reader.at.info
    reader.press("Test the suspicion").settle()
    chosen = cluster_maps(pooled_maps(dataset, dataset.pictures)).spectral == 0
    sides = [[each for each, own in zip(dataset.pictures, chosen, strict=True) if own == side] for side in (True, False)]
    pairs = draw_pairs(len(sides[0]), len(sides[1]))
    x, others = (
        torch.cat([network.preprocess(lrp.decode_image(Path(side[i].file).read_bytes())) for i in drawn])
        for side, drawn in zip(sides, pairs, strict=True)
    )
    expected = measure_suspicion(network, x, others, 2, Region(2, 3, 12, 14))
    assert suspicion_sentence(SuspicionAnswer(expected, 0), NAMES[2], "blur", network.kind) in reader.words
    reader.put({"suspicion across": (10, 20), "suspicion down": (9, 20)}).settle()  # another region, and across the centre
    assert "The suspicion is" not in reader.words
    reader.put(set_change="move").press("Test the suspicion").settle()
    assert any("across the centre" in sentence for sentence in reader.sentences)


def test_the_test_asks_for_the_network_of_the_store(root: Path) -> None:
    for seed in range(EACH):
        picture(root / "photos" / NAMES[1] / f"more {seed}.png", 40 + seed)
    make_store(root / "store", root / "photos", lrp.load_backbone(18), target=2)
    reader = Reader("dataset", {"dataset": "store", "set_view": "Clusters", "depth": "34"}).settle()
    assert any("ResNet-18: choose it" in info.value for info in reader.at.info)
    assert not any("Test the suspicion" in label for label in reader.buttons)
