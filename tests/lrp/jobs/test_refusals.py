"""What a store cannot be, and cannot be written to: one sentence each, and nothing is lost."""

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name

import pyarrow.parquet
import pytest
import zarr

import lrp
from lrp.jobs.attributes import ATTRIBUTE, StoreError
from lrp.jobs.listing import list_pictures
from lrp.jobs.read_store import read_store
from lrp.jobs.store import open_store
from lrp.walk.objective_choice import ObjectiveChoice
from tests.lrp.jobs.kit import rows_of, run, same, small_job


def foreign(store: Path) -> None:
    store.mkdir()
    (store / "letter.txt").write_text("theirs")


def other_zarr(store: Path) -> None:
    zarr.create_group(store, attributes={"theirs": 1})


def text_file(store: Path) -> None:
    store.write_text("theirs")


def changed(store: Path, change: Callable[[dict], None]) -> None:
    file = store / "zarr.json"
    content = json.loads(file.read_text())
    change(content["attributes"][ATTRIBUTE])
    file.write_text(json.dumps(content))


def of_another_version(store: Path) -> None:
    changed(store, lambda own: own.update(format=2))


def with_changed_settings(store: Path) -> None:
    changed(store, lambda own: own["settings"].update(network="other"))


def damaged(store: Path) -> None:
    (store / "zarr.json").write_text('{"attributes": {')


def list_for_attributes(store: Path) -> None:
    (store / "zarr.json").write_text('["attributes"]')


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (foreign, "holds other files and no store of explanations"),
        (other_zarr, "is a Zarr store of something else than explanations"),
        (text_file, "is no folder"),
        (of_another_version, r"was written by another version \(format 2, here 1\)"),
        (with_changed_settings, "its settings are not those that it was begun with"),
        (damaged, "cannot be read, because its zarr.json is damaged"),
        (list_for_attributes, "is a Zarr store of something else"),
    ],
)
def test_what_is_no_store_is_refused_and_left_alone(
    small: lrp.Backbone, folder: Path, tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    store = tmp_path / "store"
    if make not in (foreign, other_zarr, text_file):
        run(small_job(small), store, folder, limit=2)
    make(store)
    before = {path: path.read_bytes() for path in [store, *store.rglob("*")] if path.is_file()}
    for use in (lambda: run(small_job(small), store, folder), lambda: read_store(store)):
        with pytest.raises(StoreError, match=words) as refused:
            use()
        assert str(refused.value).endswith("; choose another folder by --out.")
    assert {path: path.read_bytes() for path in [store, *store.rglob("*")] if path.is_file()} == before


def of_other_columns(pictures: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"theirs": [1]}), pictures)


@pytest.mark.parametrize(
    "damage", [Path.unlink, of_other_columns, lambda pictures: pictures.write_bytes(pictures.read_bytes()[:100])]
)
def test_a_store_that_does_not_know_its_pictures_any_more_is_left_alone(
    small: lrp.Backbone, folder: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    store = tmp_path / "store"
    run(small_job(small), store, folder)
    damage(store / "pictures.parquet")
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    with pytest.raises(StoreError, match=r"pictures\.parquet cannot be read \(.*choose another folder by --out\.$"):
        run(small_job(small), store, folder)
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before


def test_a_store_without_rows_is_done_again_and_goes_only_where_nothing_else_lies_in_it(
    small: lrp.Backbone, folder: Path, tmp_path: Path
) -> None:
    store, job = tmp_path / "store", small_job(small)
    run(job, store, folder)
    shutil.rmtree(store / "rows")
    (store / "notes.txt").write_text("theirs")
    with open_store(store, job, list_pictures([str(folder)])):
        pass  # nothing was explained
    assert (store / "notes.txt").read_text() == "theirs"
    assert sum(step.written for step in run(job, store, folder)) == len(rows_of(store)) / 2
    shutil.rmtree(store / "rows")
    (store / "notes.txt").unlink()
    with open_store(store, job, list_pictures([str(folder)])):
        pass
    assert not store.exists()


def test_other_settings_are_named_and_the_store_stays(small: lrp.Backbone, folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    run(small_job(small), store, folder)
    told = r'begun with other settings \(dtype "float16" and not "float32", batch 2 and not 3\)'
    with pytest.raises(StoreError, match=told):
        run(small_job(small, dtype="float32", batch=3), store, folder)
    with pytest.raises(StoreError, match=r"begun with other settings \(methods "):
        run(small_job(small, lrp.EpsilonPlusFlat(epsilon=0.5), lrp.Saliency()), store, folder)
    assert run(small_job(small), store, folder) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("where", ["maps", "rows"])
def test_a_disk_that_is_full_in_the_middle_loses_nothing(
    small: lrp.Backbone, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, where: str
) -> None:
    store, job = tmp_path / "store", small_job(small)
    writing = "zarr.storage._local._put" if where == "maps" else "lrp.files.regular_file.os.fsync"
    whole = resolve_name(writing)

    def fail(*arguments: object, **options: object) -> object:
        if (store / "rows" / "000000.parquet").exists():
            raise OSError(code, os.strerror(code))
        return whole(*arguments, **options)

    monkeypatch.setattr(writing, fail)
    with pytest.raises(StoreError) as refused:
        run(job, store, folder)
    sentence = {
        errno.ENOSPC: f"There is no room left for {store}; make some, and the same command goes on where this stopped.",
        errno.EIO: f"{store} cannot be written (input/output error); choose another folder by --out.",
    }
    assert str(refused.value) == sentence[code]
    monkeypatch.undo()
    assert {row["position"] for row in rows_of(store)} == {0, 1, 2, 3}
    assert sum(step.written for step in run(job, store, folder)) == 5
    run(job, tmp_path / "whole", folder)
    same(store, tmp_path / "whole")
    assert not [path for path in store.rglob("*") if path.name.endswith((".part", ".partial"))]


def test_a_store_without_rows_says_so(small: lrp.Backbone, folder: Path, tmp_path: Path) -> None:
    run(small_job(small), tmp_path / "store", folder, limit=1)
    (tmp_path / "store" / "rows" / "000000.parquet").unlink()
    with pytest.raises(StoreError, match="holds no explained picture yet"):
        rows_of(tmp_path / "store")
    with pytest.raises(ValueError, match="method must be one of epsilon-plus-flat, saliency, got 'other'"):
        read_store(tmp_path / "store").maps("other")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"dtype": "int8"}, "dtype must be one of float16, float32, got 'int8'"),
        ({"batch": 0}, "batch and shard must be at least 1, got 0 and 4"),
    ],
)
def test_settings_beyond_their_limits_are_refused(small: lrp.Backbone, settings: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        small_job(small, **settings)
    with pytest.raises(ValueError, match="each once, got saliency, saliency"):
        small_job(small, lrp.Saliency(), lrp.Saliency())


def test_a_method_that_cannot_explain_the_objective_is_refused_at_once(small: lrp.Backbone) -> None:
    contrastive = ObjectiveChoice("clrp")
    with pytest.raises(ValueError, match="objective clrp is defined for LRP only, got method saliency"):
        small_job(small, lrp.EpsilonPlus(), lrp.Saliency(), choice=contrastive)
    assert small_job(small, lrp.EpsilonPlus(), choice=contrastive).choice == contrastive
