"""The page of whole data sets: what it says without one and of bad ones, its tables and pictures, and its jobs."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import zarr

import lrp
from lrp.datasets.confusion import confusion, mistakes
from lrp.datasets.dataset import DataSet, read_dataset
from lrp.datasets.mean_map import mean_map
from lrp.datasets.selection_words import selection_sentence
from lrp.jobs.job import JobSettings, json_sha256
from lrp.walk.objective_choice import ObjectiveChoice
from pages.parts.dataset.cluster_task import ClusteredClass, cluster_task
from pages.parts.dataset.confusion_chart import cell_name, confusion_alt, confusion_figure
from pages.parts.dataset.dataset_report import dataset_report
from pages.parts.dataset.mean_maps_view import class_groups
from pages.parts.dataset.picture_list import picture_rows
from tests.lrp.cli.kit import picture
from tests.lrp.datasets.kit import make_store
from tests.lrp.jobs.kit import run
from tests.pages.dataset.conftest import EACH
from tests.small import NAMES, Reader, array, small, small_folder  # noqa: F401
from tests.work_queue import held_queue

pytestmark = pytest.mark.usefixtures("small")


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


def test_what_a_file_is_called_is_text(root: Path) -> None:
    (root / "photos" / NAMES[0] / "![x](beacon.png) **bold**.jpg").write_text("no picture")
    make_store(root / "store", root / "photos", lrp.load_backbone(18))
    (problems,) = (table.value for table in Reader("dataset", {"dataset": "store"}).at.table if "Why" in table.value)
    (name,) = problems["File"]
    assert r"\!\[x\]\(beacon.png\) \*\*bold\*\*" in re.sub("\u2060", "", name)


def test_a_store_with_other_settings_than_jobs_write_is_one_sentence(root: Path) -> None:
    for name, size in (("none", None), ("odd", ["x", None])):
        make_store(root / name, root / "photos", lrp.load_backbone(18))
        file = root / name / "zarr.json"
        content = json.loads(file.read_text())
        own = content["attributes"]["lrp_explanations"]
        own["settings"]["size"] = size
        own["settings sha256"] = json_sha256(own["settings"])
        file.write_text(json.dumps(content))
        (sentence,) = Reader("dataset", {"dataset": name}).sentences
        assert "its rows or settings are not those of a job" in sentence


def test_maps_of_features_are_of_no_class(root: Path) -> None:
    job = JobSettings(lrp.load_backbone(18), (lrp.EpsilonPlusFlat(),), ObjectiveChoice("features", place="layer4"))
    for seed in range(2 * EACH):
        picture(root / "loose" / f"{seed}.png", seed)  # without a label
    run(job, root / "features", root / "loose")
    reader = Reader("dataset", {"dataset": "features", "set_view": "Mean maps"}).settle()
    assert f"**no class**, {2 * EACH} pictures" in reader.words
    reader.put(set_view="Clusters").settle()
    assert any("No class is explained by these maps" in info.value for info in reader.at.info)
    assert "Test the suspicion" not in [button.label for button in reader.at.button]


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
