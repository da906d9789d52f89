"""A job that ends early goes on where it stopped: nothing is lost, nothing is done twice, and what is damaged is done again."""

import os
import shutil
import signal
import time
from contextlib import chdir
from pathlib import Path

import pytest

import lrp
from lrp.jobs.attributes import StoreError
from lrp.jobs.listing import list_pictures
from lrp.jobs.pipeline import explain_shards
from lrp.jobs.store import ResultStore, open_store
from tests.lrp.cli.kit import picture
from tests.lrp.jobs.kit import command, photos, rows_of, run, same, small_job


def times(rows: Path) -> dict[str, int]:
    """When each file of rows was written."""
    return {path.name: path.stat().st_mtime_ns for path in rows.glob("*.parquet")}


def written(steps: list) -> int:
    return sum(step.written for step in steps)


def test_a_job_killed_again_and_again_goes_on_each_time(weights: Path, small: lrp.Backbone, tmp_path: Path) -> None:
    line = ("photos", "--weights", weights, "--method", "epsilon-plus-flat", "--batch", 4, "--shard", 8, "--out", "killed")
    photos(tmp_path / "photos", 40)
    rows, before = tmp_path / "killed" / "rows", dict[str, int]()
    for share in (0, 1, 6):  # while the store is made, soon after, in the middle
        with command(*line, cwd=tmp_path) as killed:
            while killed.poll() is None and not (tmp_path / "killed").exists():
                time.sleep(0.001)
            while killed.poll() is None and len(times(rows)) < share:
                time.sleep(0.001)
            killed.send_signal(signal.SIGKILL)
        assert killed.returncode == -signal.SIGKILL
        assert share <= len(times(rows)) < 15
        assert before.items() <= times(rows).items()  # what was there is not done twice
        before = times(rows)
    with command(*line, cwd=tmp_path) as last:
        out, err = last.communicate(timeout=100)
    assert (last.returncode, err) == (0, "")
    assert f"{8 * len(before)} of 120 pictures are there already\n{120 - 8 * len(before)} pictures in " in out
    assert before.items() <= times(rows).items()
    with chdir(tmp_path):
        run(small_job(small, lrp.EpsilonPlusFlat(), batch=4, shard=8), tmp_path / "whole", "photos")
    same(tmp_path / "whole", tmp_path / "killed")
    assert not [path for path in (tmp_path / "killed").rglob("*") if path.name.endswith((".part", ".partial"))]


def test_a_finished_job_has_nothing_left_to_do(small: lrp.Backbone, folder: Path, tmp_path: Path) -> None:
    assert written(run(small_job(small), tmp_path / "store", folder)) == 9
    assert run(small_job(small), tmp_path / "store", folder) == []


@pytest.mark.parametrize("what", ["maps/saliency/c/1/0/0", "rows/000001.parquet"])
@pytest.mark.parametrize("damage", ["gone", "cut", "changed"])
def test_what_is_damaged_is_done_again(
    small: lrp.Backbone, folder: Path, tmp_path: Path, what: str, damage: str
) -> None:
    store = tmp_path / "store"
    run(small_job(small), store, folder)
    shutil.copytree(store, tmp_path / "sound")
    file = store / what
    data = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        middle = len(data) // 2
        file.write_bytes(data[:middle] if damage == "cut" else data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :])
    assert written(run(small_job(small), store, folder)) == 4
    same(store, tmp_path / "sound")


def test_maps_of_another_run_are_told_by_their_hash(small: lrp.Backbone, folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    run(small_job(small), store, folder)
    maps = store / "maps" / "saliency" / "c"
    shutil.copy(maps / "0" / "0" / "0", maps / "1" / "0" / "0")  # sound in itself, but not of these pictures
    assert written(run(small_job(small), store, folder)) == 4


def test_pictures_that_come_later_are_added_and_changed_ones_done_again(
    small: lrp.Backbone, folder: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    run(small_job(small), store, folder)
    first = {row["file"]: row["position"] for row in rows_of(store)}
    new = picture(folder / "cat" / "0a.png", 77)
    assert written(run(small_job(small), store, folder)) == 2  # the last shard, which was not full, with the new picture
    found = {row["file"]: row["position"] for row in rows_of(store)}
    assert found == first | {str(new): 9}
    picture(folder / "cat" / "1.png", 78)
    assert written(run(small_job(small), store, folder)) == 4
    (folder / "tench" / "2.png").unlink()
    assert run(small_job(small), store, folder) == []  # its results stay
    assert len({row["file"] for row in rows_of(store)}) == 10


def test_a_picture_that_goes_while_the_folder_is_read_is_a_row_with_its_sentence(
    small: lrp.Backbone, folder: Path, tmp_path: Path
) -> None:
    store, job = tmp_path / "store", small_job(small)
    entries = list_pictures([str(folder)])
    (folder / "church" / "1.png").unlink()
    (folder / "tench" / "0.png").write_bytes(b"")
    with open_store(store, job, entries) as opened:
        steps = list(explain_shards(job, opened, opened.shards))
    bad = {row["file"]: row["problem"] for row in rows_of(store) if row["problem"]}
    assert bad == {
        str(folder / "church" / "1.png"): "This file cannot be read (no such file or directory); check the path.",
        str(folder / "tench" / "0.png"): "This file is empty; choose the picture again, or try one of the samples.",
    }
    assert {row["file"] for step in steps for row in step.problems} == set(bad)
    assert len(rows_of(store)) == 7 * 2 + 2
    picture(folder / "church" / "1.png")  # it is back
    assert written(run(job, store, folder)) == 4
    assert [row["file"] for row in rows_of(store) if row["problem"]] == [str(folder / "tench" / "0.png")]


def test_two_runs_at_once_do_not_write_to_one_store(small: lrp.Backbone, folder: Path, tmp_path: Path) -> None:
    job, entries = small_job(small), list_pictures([str(folder)])
    with (
        open_store(tmp_path / "store", job, entries),
        pytest.raises(StoreError, match="Another run is writing to"),
        open_store(tmp_path / "store", job, entries),
    ):
        pass
    run(job, tmp_path / "store", folder)


def test_leaving_early_keeps_what_is_done(small: lrp.Backbone, folder: Path, tmp_path: Path) -> None:
    job = small_job(small)
    with open_store(tmp_path / "store", job, list_pictures([str(folder)])) as opened:
        steps = explain_shards(job, opened, opened.shards)
        for step in steps:
            if step.explained and sum(opened.is_done(shard) for shard in opened.shards):
                break
        steps.close()
        assert any(opened.is_done(shard) for shard in opened.shards)
    left = written(run(job, tmp_path / "store", folder))
    assert left < 9


def test_each_part_of_the_store_is_written_by_a_whole_shard(small: lrp.Backbone, folder: Path, tmp_path: Path) -> None:
    job = small_job(small)
    with open_store(tmp_path / "store", job, list_pictures([str(folder)])) as opened:
        assert isinstance(opened, ResultStore)
        list(explain_shards(job, opened, opened.shards[1:2]))
        assert [opened.is_done(shard) for shard in opened.shards] == [False, True, False]
    assert {row["position"] for row in rows_of(tmp_path / "store")} == {4, 5, 6, 7}
    assert os.listdir(tmp_path / "store" / "rows") == ["000001.parquet"]
