"""A job on a real Ray cluster of this machine: two workers give the same bytes as none, and one that dies costs time only."""

import os
import signal
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

import lrp
from lrp.jobs.attributes import StoreError
from lrp.jobs.ray_cluster import ClusterError
from lrp.jobs.ray_driver import explain_by_driver
from lrp.jobs.ray_workers import JobPlan, ShardWorker, explain_on_ray
from lrp.jobs.reading import Reader
from lrp.jobs.store import ResultStore
from lrp.models.network_source import NetworkSource
from tests.browser.server import free_port
from tests.lrp.jobs.kit import command, photos, run, same, small_job

pytestmark = pytest.mark.timeout(280)


ON_RAY = ("--ray", "auto", "--ray-cores", max(1, (os.cpu_count() or 1) // 2))  # two workers


@pytest.fixture(autouse=True)
def own_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or it would be the cluster of another test, and end with that."""
    monkeypatch.setenv("RAY_ADDRESS", "local")


@pytest.fixture(scope="module")
def alone(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photos and their store, made without a cluster."""
    place = tmp_path_factory.mktemp("photos")
    photos(place / "photos", 12)
    (place / "photos" / "cat" / "bad.png").write_bytes(b"no picture")
    with command(*line(weights), "--out", "alone", cwd=place) as run:
        assert run.wait(120) == 1
    return place


def line(weights: Path) -> tuple[object, ...]:
    methods = ("--method", "epsilon-plus-flat", "--method", "saliency")
    return ("photos", "--weights", weights, *methods, "--batch", 2, "--shard", 4)


def workers() -> list[psutil.Process]:
    """The processes of workers that are there to explain."""
    found = []
    for process in psutil.process_iter(["cmdline", "name"]):
        said = " ".join(process.info["cmdline"] or ())
        if "ray::" in said and "ShardWorker" in said:
            found.append(process)
    return found


def test_two_workers_give_the_same_bytes_as_none_and_go_on_where_those_stopped(alone: Path, weights: Path) -> None:
    with command(*line(weights), "--limit", 10, "--out", "two", cwd=alone) as run:
        assert run.wait(120) == 0
    with command(*line(weights), "--out", "two", *ON_RAY, cwd=alone) as run:
        out, err = run.communicate(timeout=250)
    assert run.returncode == 1, err
    assert out.splitlines()[0] == "8 of 37 pictures are there already"
    assert out.splitlines()[1].startswith("29 pictures in ")
    assert "photos/cat/bad.png: This file is not a picture" in err
    same(alone / "alone", alone / "two")


def test_a_worker_that_dies_in_the_middle_costs_time_only(alone: Path, weights: Path) -> None:
    rows = alone / "killed" / "rows"
    with command(*line(weights), "--out", "killed", *ON_RAY, cwd=alone) as run:
        while run.poll() is None and not (there := workers()):
            time.sleep(0.02)
        there[0].send_signal(signal.SIGKILL)
        out, err = run.communicate(timeout=250)
    assert run.returncode == 1, err
    assert len(list(rows.glob("*.parquet"))) == 10
    assert out.splitlines()[-1].startswith("killed: 37 pictures, 1 of them without a result")
    same(alone / "alone", alone / "killed")


def test_without_a_cluster_or_without_ray_it_is_one_sentence(
    alone: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    with command(*line(weights), "--out", "nowhere", "--ray", nowhere, cwd=alone) as run:
        _, err = run.communicate(timeout=200)
    assert run.returncode == 1
    assert err.splitlines()[-1].startswith(f"There is no Ray cluster at {nowhere} (")
    assert not (alone / "nowhere").exists()
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setitem(sys.modules, "ray.data", None)
    with pytest.raises(ClusterError, match=r"install it by pip install 'lrp-dashboard\[ray\]'"):
        next(explain_on_ray(None, []))


@pytest.fixture
def plan(small: lrp.Backbone, weights: Path, folder: Path, tmp_path: Path) -> JobPlan:
    """The plan of a job on a store that has its first pictures."""
    job = small_job(small)
    run(job, tmp_path / "store", folder, limit=4)
    return JobPlan.of(job, NetworkSource(depth=18, weights=str(weights)), tmp_path / "store")


def test_what_ends_the_work_of_a_worker_is_told_in_its_sentence(plan: JobPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(plan.network.folder)
    other = replace(plan.network, source=replace(plan.network.source, weights="demo"))
    told = ShardWorker(replace(plan, network=other))({"shard": np.array([0])})
    assert told["refused"].tolist() == [
        "A worker has another network than this store is of; give all machines the same weights there."
    ]
    gone = ShardWorker(replace(plan, store=plan.store / "nowhere"))({"shard": np.array([0])})["refused"][-1]
    assert "nowhere" in gone


def test_a_worker_that_cannot_write_says_so(plan: JobPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise StoreError("There is no room left.")

    monkeypatch.chdir(plan.network.folder)
    with closing(Reader(plan.network.source.load())) as reader:  # those of workers end with their processes
        monkeypatch.setattr("lrp.jobs.ray_workers.Reader", lambda backbone: reader)
        worker = ShardWorker(plan)
        assert set(worker({"shard": np.array([0])})["refused"]) == {""}
        monkeypatch.setattr(ResultStore, "write", full)
        assert worker({"shard": np.array([0])})["refused"][-1] == "There is no room left."


def test_a_driver_that_is_left_takes_its_process_along(plan: JobPlan) -> None:
    steps = explain_by_driver(plan, [0], f"127.0.0.1:{free_port()}")
    assert next(steps) == (0, 0, ())
    (driver,) = (child for child in psutil.Process().children() if "lrp.jobs.ray_driver" in child.cmdline())
    steps.close()
    assert not driver.is_running()
