"""The page of whole data sets: what it says without one and of bad ones, its tables and pictures, and its jobs."""

import re
from pathlib import Path

import numpy as np
import pyarrow
import pytest
import torch
import zarr

import lrp
from lrp.datasets.clusters import MIN_PICTURES, cluster_channels, cluster_maps, pooled_maps
from lrp.datasets.confusion import confusion, mistakes
from lrp.datasets.dataset import DataSet, read_dataset
from lrp.datasets.mean_map import mean_map
from lrp.datasets.selection_words import channel_sentence, selection_sentence
from lrp.datasets.suspicion import draw_pairs, measure_suspicion
from lrp.files.table_bytes import table_bytes
from lrp.region import Region
from pages.parts.dataset.choices import CHANNELS, MAPS
from pages.parts.dataset.cluster_chart import group_name, group_sizes
from pages.parts.dataset.cluster_task import ClusteredClass, cluster_task
from pages.parts.dataset.confusion_chart import cell_name, confusion_alt, confusion_figure
from pages.parts.dataset.dataset_report import dataset_report
from pages.parts.dataset.mean_maps_view import class_groups
from pages.parts.dataset.picture_list import picture_rows
from pages.parts.dataset.suspicion_task import SuspicionAnswer, suspicion_sentence
from tests.lrp.cli.kit import picture
from tests.lrp.datasets.kit import make_store
from tests.small import NAMES, Reader, array, small, small_folder  # noqa: F401
from tests.work_queue import held_queue

pytestmark = pytest.mark.usefixtures("small")
EACH = 6  # pictures of each of two labels


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's folder, with a folder of pictures of two labels."""
    for place, name in enumerate(NAMES[:2]):
        for seed in range(EACH):
            picture(tmp_path / "photos" / name / f"{seed}.png", 10 * place + seed)
    monkeypatch.setenv("LRP_DATASETS", str(tmp_path))
    return tmp_path


@pytest.fixture
def dataset(root: Path) -> DataSet:
    """The data set in a store of these pictures."""
    return read_dataset(make_store(root / "store", root / "photos", lrp.load_backbone(18)))


def test_without_a_folder_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LRP_DATASETS", raising=False)
    (said,) = Reader("dataset").at.info
    assert "LRP_DATASETS=data" in said.value


def test_a_store_is_shown_with_its_cells_its_table_and_its_pictures(dataset: DataSet) -> None:
    reader = Reader("dataset", {"dataset": "store"})
    assert f"**{2 * EACH} pictures**, explained by {lrp.EpsilonPlusFlat.label} in ResNet-18" in reader.words
    found = confusion(dataset.pictures)
    assert found is not None
    assert f"**{found.accuracy:.0%}** of the labelled pictures" in reader.words
    assert len(reader.at.dataframe[0].value) == 2 * EACH
    assert reader.at.get("image")
    label, prediction, count = mistakes(dataset.pictures)[0]
    reader.put(set_cell=cell_name(label, prediction))
    table = reader.at.dataframe[0].value
    assert len(table) == count
    assert set(table["Label"]) == {label}
    assert set(table["Network says"]) == {prediction}


def test_a_picture_is_opened_in_compare(dataset: DataSet) -> None:
    reader = Reader("dataset", {"dataset": "store"})
    first = next(button for button in reader.at.button if (button.key or "").startswith("open picture"))
    first.click()
    reader.run()
    assert reader.at.session_state["album"].picture.name == Path(dataset.pictures[0].file).name
    assert reader.at.session_state["page"] == ""  # the first one


def test_pictures_that_have_gone_or_changed_are_told_beside_their_maps(dataset: DataSet, root: Path) -> None:
    files = [Path(each.file) for each in dataset.pictures[:2]]
    files[0].unlink()
    files[1].write_bytes(b"another")
    reader = Reader("dataset", {"dataset": "store"})
    assert "is no longer there" in reader.words
    assert "has changed since it was explained" in reader.words
    assert len(reader.at.main.get("image")) == 2 * EACH


def test_mean_maps_are_those_of_the_engine(dataset: DataSet) -> None:
    reader = Reader("dataset", {"dataset": "store", "set_view": "Mean maps"}).settle()
    groups = class_groups(dataset)
    assert sum(len(pictures) for _, pictures in groups) == 2 * EACH
    for name, pictures in groups:
        assert f"**{name}**, {len(pictures)} picture" in reader.words
        assert mean_map(dataset, pictures).n == len(pictures)


def test_a_folder_is_explained_by_a_job_that_can_be_cancelled_and_its_store_is_shown(root: Path) -> None:
    reader = Reader("dataset", {"dataset": "photos", "set_count": "100", "set_by_label": "true"})
    with held_queue():
        reader.press("Explain 12 pictures")
        assert len(reader.progress) == 1
        reader.press("Cancel")
        assert any("was cancelled" in sentence for sentence in reader.sentences)
    reader.press("Try again").settle()
    (store,) = (path for path in root.iterdir() if path.name.startswith("photos_ResNet-18_epsilon-plus-flat"))
    found = read_dataset(store)
    assert {picture.explained_class for picture in found.pictures} == set(NAMES[:2])
    assert reader.value("dataset") == store.name
    assert "**12 pictures**, explained by" in reader.words


def test_what_is_no_readable_store_is_one_sentence(root: Path) -> None:
    zarr.create_group(root / "foreign", attributes={"mine": 1})
    zarr.create_group(root / "newer", attributes={"lrp_explanations": {"format": 99}})
    (root / "damaged").mkdir()
    (root / "damaged" / "zarr.json").write_text("{")
    for name, said in (("foreign", "something else than explanations"), ("newer", "another version"), ("damaged", "is damaged")):
        (sentence,) = Reader("dataset", {"dataset": name}).sentences
        assert said in sentence


def test_charts_and_tables_hold_what_the_engine_counts(dataset: DataSet) -> None:
    found = confusion(dataset.pictures)
    assert found is not None
    (squares,) = confusion_figure(found).data
    for label, prediction, count in zip(squares.y, squares.x, squares.customdata, strict=True):
        assert count == found.counts[found.names.index(label), found.names.index(prediction)]
    assert sum(squares.customdata) == 2 * EACH
    assert f"{found.accuracy:.0%} are called as their folder is" in confusion_alt(found, mistakes(dataset.pictures))
    rows = picture_rows(dataset.pictures)
    assert np.allclose([row["Focus"] for row in rows], [each.half for each in dataset.pictures])
    assert "Faithfulness" not in rows[0]  # which the job did not measure


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


def test_tables_and_report_hold_what_is_on_the_page(root: Path) -> None:
    for seed in range(EACH):
        picture(root / "photos" / NAMES[1] / f"more {seed}.png", 40 + seed)
    dataset = read_dataset(make_store(root / "a<b>", root / "photos", lrp.load_backbone(18), target=2))
    reader = Reader("dataset", {"dataset": "a<b>", "set_view": "Clusters"}).settle()
    assert {"Table (CSV)", "Table (Parquet)", "Report (HTML)"} <= {each.proto.label for each in reader.at.get("download_button")}
    found = cluster_task(dataset, NAMES[2]).work(None)
    assert isinstance(found, ClusteredClass)
    report = dataset_report(dataset, "a<b>", found, found.clusters.spectral, "Blue - white - red", "https://here/?dataset=a").decode()
    assert "<b>" not in report.replace("<b>group", "")
    assert not re.search(r"(?:src|href)=[\"'](?!data:|https://here/)", report)  # nothing is fetched
    means = len(class_groups(dataset)) + 1 + found.clusters.spectral.max() + 1  # and the scatter
    alts = re.findall(r'<img alt="([^"]+)"', report)
    assert len(alts) == means
    assert all(alts)
    assert selection_sentence(found.maps[found.clusters.spectral == 0], found.maps[found.clusters.spectral != 0]) in report
    assert report.count("<tr><td>") == len(dataset.pictures)
