"""What a job writes: a row for each picture and method, and its map, as the engine alone finds them."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
import zarr

import lrp
from lrp.attribution import sum_channels
from lrp.jobs.read_store import read_store
from lrp.methods.method import promised_sum
from lrp.walk.objective_choice import ObjectiveChoice
from tests.lrp.cli.kit import picture
from tests.lrp.jobs.kit import CLASSES, maps_of, rows_of, run, same, small_job


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_rows_and_maps_are_those_of_the_engine(small: lrp.Backbone, folder: Path, tmp_path: Path, dtype: str) -> None:
    job, store = small_job(small, dtype=dtype), tmp_path / "store"
    steps = run(job, store, folder)
    assert sum(step.explained for step in steps) == sum(step.written for step in steps) == 9
    rows, maps = rows_of(store), maps_of(store)
    files = sorted(map(str, folder.rglob("*.png")))
    assert [(row["position"], row["file"]) for row in rows] == [(i, file) for i, file in enumerate(files) for _ in range(2)]
    for row in rows:
        data = Path(row["file"]).read_bytes()
        assert (row["sha256"], row["size"], row["problem"]) == (hashlib.sha256(data).hexdigest(), len(data), "")
        label = Path(row["file"]).parent.name
        assert (row["label"], row["label_index"]) == (label, CLASSES.index(label))
        x = small.preprocess(lrp.decode_image(data))
        probabilities = small.network(x)[0].softmax(-1)
        predicted = int(probabilities.argmax())
        assert (row["prediction"], row["prediction_index"]) == (CLASSES[predicted], predicted)
        assert (row["class"], row["class_index"]) == (CLASSES[predicted], predicted)
        assert row["probability"] == pytest.approx(float(probabilities.max()), rel=1e-4)
        assert [each["class"] for each in row["top_five"]] == [CLASSES[i] for i in probabilities.argsort(descending=True)]
        method = next(method for method in job.methods if method.name == row["method"])
        found = lrp.explain(small, x, predicted, method)
        values, kept = sum_channels(found.relevance), maps[method.name][row["position"]]
        assert kept.dtype == dtype
        np.testing.assert_allclose(kept, values, rtol=2e-3, atol=2e-5)
        assert row["map_sha256"] == hashlib.sha256(kept.tobytes()).hexdigest()
        assert row["total"] == pytest.approx(float(found.total[0]), rel=1e-4, abs=1e-6)
        promised = method.sums_to is not None
        assert row["explained"] == (pytest.approx(float(found.explained[0]), rel=1e-4) if promised else None)
        assert row["gap"] == (pytest.approx(float(found.gap[0]), rel=1e-2, abs=1e-6) if promised else None)
        assert row["gini"] == pytest.approx(lrp.metrics.gini(values), rel=1e-3)
        assert row["half"] == pytest.approx(lrp.metrics.half_share(values), abs=1e-3)
        assert row["seconds"] > 0
        assert row["gain"] is None


def test_the_store_is_zarr_with_a_chunk_a_picture_and_a_file_a_shard(small: lrp.Backbone, folder: Path, tmp_path: Path) -> None:
    store, job = tmp_path / "store", small_job(small)
    run(job, store, folder)
    group = zarr.open_group(store, mode="r")
    for method in job.methods:
        array = group[f"maps/{method.name}"]
        assert (array.shape, array.chunks, array.shards) == ((9, 64, 64), (1, 64, 64), (4, 64, 64))
        assert array.metadata.zarr_format == 3
        assert len([path for path in (store / "maps" / method.name / "c").rglob("*") if path.is_file()]) == 3
    settings = read_store(store).settings
    assert settings == json.loads(json.dumps(job.settings()))
    assert settings["weights sha256"] == small.sha256
    assert [each["method"] for each in settings["methods"]] == ["epsilon-plus-flat", "saliency"]


def test_no_sum_is_told_where_none_is_promised(small: lrp.Backbone, folder: Path, tmp_path: Path) -> None:
    choice = ObjectiveChoice("sglrp")  # balanced: by LRP it begins with a sum of 0, Saliency never promises one
    methods = (lrp.EpsilonPlusFlat(), lrp.IntegratedGradients(n_steps=8, tolerance=None), lrp.Saliency())
    run(small_job(small, *methods, choice=choice), tmp_path / "store", folder, limit=2)
    for row in rows_of(tmp_path / "store"):
        promised = promised_sum(lrp.METHODS[row["method"]](), lrp.SGLRP(row["class_index"])) is not None
        assert promised == (row["method"] == "integrated-gradients")
        assert (row["explained"] is not None, row["gap"] is not None) == (promised, promised)
        assert row["total"] is not None


def test_faithfulness_is_that_of_the_report_card(small: lrp.Backbone, folder: Path, tmp_path: Path) -> None:
    run(small_job(small, faithfulness=True), tmp_path / "store", folder, limit=3)
    for row in rows_of(tmp_path / "store"):
        x = small.preprocess(lrp.decode_image(Path(row["file"]).read_bytes()))
        method = lrp.METHODS[row["method"]]()
        values = sum_channels(lrp.explain(small, x, row["class_index"], method).relevance)
        expected = lrp.metrics.faithfulness(small, x, row["class_index"], {"": values})[""]
        assert row["deletion"] == pytest.approx(expected.deletion_area, abs=2e-3)
        assert row["insertion"] == pytest.approx(expected.insertion_area, abs=2e-3)
        assert row["gain"] == pytest.approx(row["insertion"] - row["deletion"])


def test_the_class_of_the_folder_is_explained_where_that_is_asked_for(
    small: lrp.Backbone, folder: Path, tmp_path: Path
) -> None:
    picture(folder / "elsewhere" / "a.png")
    steps = run(small_job(small, class_from_folder=True), tmp_path / "store", folder)
    rows = rows_of(tmp_path / "store")
    explained = [row for row in rows if not row["problem"]]
    assert len(explained) == 18
    assert all(row["class"] == row["label"] for row in explained)
    (bad,) = [row for row in rows if row["problem"]]
    assert bad["problem"].startswith("The picture is called 'elsewhere', which is no class of the network")
    assert [row["file"] for step in steps for row in step.problems] == [bad["file"]]
    x = small.preprocess(lrp.decode_image(Path(explained[-1]["file"]).read_bytes()))
    found = lrp.explain(small, x, CLASSES.index(explained[-1]["label"]), lrp.Saliency())
    assert explained[-1]["total"] == pytest.approx(float(found.total[0]), rel=1e-3)


def test_relevance_beyond_half_precision_is_told_and_not_lost_in_silence(folder: Path, tmp_path: Path) -> None:
    class Loud(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = torch.nn.Linear(3 * 16 * 16, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.linear(x.flatten(1)) * 1e8

    torch.manual_seed(0)
    loud = lrp.Backbone.of(Loud().eval(), categories=("a", "b"), size=16, mean=(0.5,) * 3, std=(0.5,) * 3)
    run(small_job(loud, lrp.InputXGradient()), tmp_path / "half", folder, limit=2)
    rows = rows_of(tmp_path / "half")
    assert all("is too large for float16; choose --dtype float32." in row["problem"] for row in rows)
    assert np.isnan(maps_of(tmp_path / "half")["input-x-gradient"]).all()
    run(small_job(loud, lrp.InputXGradient(), dtype="float32"), tmp_path / "single", folder, limit=2)
    assert not any(row["problem"] for row in rows_of(tmp_path / "single"))


def test_the_same_job_gives_the_same_bits(small: lrp.Backbone, folder: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        run(small_job(small), tmp_path / name, folder)
    same(tmp_path / "first", tmp_path / "second")
