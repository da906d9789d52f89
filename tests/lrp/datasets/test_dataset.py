"""What is read of a store: its pictures, confusion, mean maps and tables; and what is said of stores that cannot be read."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest
import zarr

import lrp
from lrp.datasets.clusters import SIDE, cluster_maps, pooled, pooled_maps
from lrp.datasets.confusion import confusion, in_cell, mistakes
from lrp.datasets.dataset import DataSet, read_dataset
from lrp.datasets.mean_map import mean_map, normalised
from lrp.datasets.selection_words import selection_sentence
from lrp.datasets.source_pictures import read_bytes
from lrp.datasets.tables import picture_table
from lrp.files.table_bytes import table_bytes
from lrp.jobs.attributes import StoreError
from lrp.pictures.decode import InputError
from tests.lrp.datasets.kit import make_store, pictures, write

COUNT = 6


@pytest.fixture(scope="module")
def store(backbone: lrp.Backbone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cats in a folder that says so, and in one that says that they are churches."""
    folder = tmp_path_factory.mktemp("dataset")
    write(folder / "photos" / "cat", pictures(True, COUNT), "a")
    write(folder / "photos" / "church", pictures(False, COUNT), "b")
    (folder / "photos" / "church" / "none.png").write_bytes(b"no picture")
    return make_store(folder / "store", folder / "photos", backbone)


@pytest.fixture(scope="module")
def dataset(store: Path) -> DataSet:
    return read_dataset(store)


def test_pictures_are_the_rows_without_a_problem(dataset: DataSet) -> None:
    rows = [row for row in dataset.store.rows().to_pylist() if not row["problem"]]
    assert len(rows) == len(dataset.pictures) == 2 * COUNT
    for row, picture in zip(rows, dataset.pictures, strict=True):
        names = {"position", "file", "sha256", "label", "prediction", "total", "explained", "gap", "gain", "gini", "half"}
        assert {name: getattr(picture, name) for name in names} == {name: row[name] for name in names}
        assert (picture.confidence, picture.explained_class) == (row["probability"], row["class"])
    assert [Path(file).name for file in dataset.problems] == ["none.png"]


def test_confusion_counts_every_labelled_picture_once(dataset: DataSet) -> None:
    found = confusion(dataset.pictures)
    assert found is not None
    assert found.counts.sum() == 2 * COUNT
    for i, label in enumerate(found.names):
        for j, prediction in enumerate(found.names):
            cell = in_cell(dataset.pictures, label, prediction)
            assert len(cell) == found.counts[i, j]
            assert all((picture.label, picture.prediction) == (label, prediction) for picture in cell)
    right = sum(picture.label == picture.prediction for picture in dataset.pictures)
    assert found.accuracy == pytest.approx(right / (2 * COUNT))
    assert sum(count for _, _, count in mistakes(dataset.pictures)) == 2 * COUNT - right
    assert confusion([replace(picture, label="") for picture in dataset.pictures]) is None


def test_a_folder_that_spells_a_class_otherwise_is_no_mistake(backbone: lrp.Backbone, tmp_path: Path) -> None:
    write(tmp_path / "photos" / "_CAT", pictures(True, 2), "a")
    found = read_dataset(make_store(tmp_path / "store", tmp_path / "photos", backbone, 1))
    assert {row["label"] for row in found.store.rows().to_pylist()} == {"_CAT"}
    assert {picture.label for picture in found.pictures} == {"cat"} == {picture.explained_class for picture in found.pictures}


def test_mean_and_spread_are_those_of_the_maps_divided_by_their_sum(dataset: DataSet) -> None:
    chosen = dataset.pictures[::2]
    shares = np.stack([each / np.abs(each).sum() for each in dataset.maps(chosen).astype(float)])
    found = mean_map(dataset, chosen)
    np.testing.assert_allclose(found.mean, shares.mean(0), atol=1e-9)
    np.testing.assert_allclose(found.spread, shares.std(0, ddof=1), atol=1e-8)
    assert found.n == len(chosen)
    assert not mean_map(dataset, chosen[:1]).spread.any()


def test_pooled_maps_are_means_over_places(dataset: DataSet) -> None:
    maps = dataset.maps(dataset.pictures)
    expected = maps.reshape(len(maps), SIDE, 10, SIDE, 10).mean((2, 4))
    np.testing.assert_allclose(pooled_maps(dataset, dataset.pictures), expected, atol=1e-6)
    np.testing.assert_allclose(np.abs(normalised(expected)).sum((1, 2)), 1, rtol=1e-5)
    assert not normalised(np.zeros((2, 3, 3), np.float32)).any()


def test_too_few_maps_and_equal_ones_are_a_sentence() -> None:
    equal = np.ones((20, SIDE, SIDE), np.float32) * np.arange(1, 21)[:, None, None]  # the same once each is normalised
    with pytest.raises(ValueError, match="all these maps are equal"):
        cluster_maps(equal)
    with pytest.raises(ValueError, match="at least 8 pictures, and there are 2"):
        cluster_maps(equal[:2])


def test_words_name_the_place_that_differs() -> None:
    selected, others = np.full((4, 9, 9), 0.1, np.float32), np.full((8, 9, 9), 0.1, np.float32)
    selected[:, 6:, :3] = 2
    said = selection_sentence(pooled(selected, 9), others)
    assert said.startswith("These 4 of 12 pictures are decided by their lower left corner: 71% of the relevance")
    assert "in the others 11%" in said
    assert "No place sets these 8 of 16 pictures apart" in selection_sentence(others, others)
    assert selection_sentence(selected[:1], others).startswith("This picture is decided by its lower left corner")
    assert "All 4 pictures together: the lower left corner has most" in selection_sentence(selected, selected[:0])


def test_pictures_are_found_again_only_as_they_were(store: Path, dataset: DataSet, tmp_path: Path) -> None:
    picture = dataset.pictures[0]
    data = Path(picture.file).read_bytes()
    assert read_bytes(dataset, picture) == data
    beside = replace(picture, file=str(Path(picture.file).relative_to(store.parent)))
    assert read_bytes(dataset, beside) == data
    changed = tmp_path / "changed.png"
    changed.write_bytes(data + b" ")
    gone = tmp_path / "gone.png"
    for file, said in ((changed, "has changed since"), (gone, "is no longer there"), ("s3://a/b.png", "object store")):
        with pytest.raises(InputError, match=said):
            read_bytes(dataset, replace(picture, file=str(file)))


def test_tables_hold_every_picture_and_its_group(dataset: DataSet) -> None:
    table = picture_table(dataset.pictures, {dataset.pictures[1].position: 2})
    assert table["group"].to_pylist()[:3] == [None, 2, None]
    read = pyarrow.parquet.read_table(io.BytesIO(table_bytes(table, ".parquet")))
    assert read.equals(table)
    text = pyarrow.csv.read_csv(io.BytesIO(table_bytes(table, ".csv")))
    assert text["file"].to_pylist() == [picture.file for picture in dataset.pictures]
    assert "group" not in picture_table(dataset.pictures).column_names


def test_what_is_no_readable_store_is_one_sentence(store: Path, tmp_path: Path, backbone: lrp.Backbone) -> None:
    def said(path: Path) -> str:
        with pytest.raises(StoreError) as raised:
            read_dataset(path)
        assert str(raised.value).count(". ") == 0
        return str(raised.value)

    assert "is no folder" in said(tmp_path / "none")
    (tmp_path / "other").mkdir()
    assert "no store of explanations" in said(tmp_path / "other")
    zarr.create_group(tmp_path / "foreign", attributes={"mine": 1})
    assert "something else than explanations" in said(tmp_path / "foreign")
    own = json.loads((store / "zarr.json").read_text())
    own["attributes"]["lrp_explanations"]["format"] = 99
    zarr.create_group(tmp_path / "newer", attributes=own["attributes"])
    assert "another version (format 99" in said(tmp_path / "newer")
    with pytest.raises(ValueError, match="method must be one of epsilon-plus-flat, got 'saliency'"):
        read_dataset(store, "saliency")


def test_maps_that_are_not_there_are_one_sentence(backbone: lrp.Backbone, tmp_path: Path) -> None:
    write(tmp_path / "photos", pictures(True, 2), "a")
    dataset = read_dataset(make_store(tmp_path / "store", tmp_path / "photos", backbone))
    for part in (tmp_path / "store" / "maps" / dataset.method / "c").rglob("*"):
        if part.is_file():
            part.unlink()
    with pytest.raises(StoreError, match="are not those of its rows"):
        dataset.maps(dataset.pictures)
