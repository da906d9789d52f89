"""A folder of small pictures in folders called as classes, a small network, and what a store holds."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

import lrp
from lrp.jobs.job import JobSettings
from lrp.jobs.listing import list_pictures
from lrp.jobs.pipeline import JobProgress, explain_shards
from lrp.jobs.read_store import read_store
from lrp.jobs.store import open_store
from tests.lrp.cli.kit import ROOT, picture

CLASSES = ("cat", "church", "tench")


def photos(folder: Path, each: int = 3) -> Path:
    """A folder with a folder of pictures for each of CLASSES."""
    for i, name in enumerate(CLASSES):
        for k in range(each):
            picture(folder / name / f"{k}.png", 10 * i + k)
    return folder


def small_job(backbone: lrp.Backbone, *methods: Any, **settings: Any) -> JobSettings:
    """A job whose batches and shards end within a few pictures."""
    return JobSettings(backbone, methods or (lrp.EpsilonPlusFlat(), lrp.Saliency()), **{"batch": 2, "shard": 4} | settings)


def run(job: JobSettings, store: Path, *sources: object, **listing: Any) -> list[JobProgress]:
    """Runs a job, or what is left of it, and returns its steps."""
    with open_store(store, job, list_pictures(map(str, sources), **listing)) as opened:
        todo = [shard for shard in opened.shards if not opened.is_done(shard)]
        return list(explain_shards(job, opened, todo))


def rows_of(store: Path) -> list[dict[str, Any]]:
    return read_store(store).rows().to_pylist()


def timeless(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without how long it took, which is all that differs from run to run."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def maps_of(store: Path) -> dict[str, np.ndarray]:
    found = read_store(store)
    return {name: found.maps(name)[:] for name in found.methods}


def same(first: Path, second: Path) -> None:
    """Asserts that two stores hold the same, to the bit."""
    assert timeless(rows_of(first)) == timeless(rows_of(second))
    one, other = maps_of(first), maps_of(second)
    assert one.keys() == other.keys()
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)


def command(*arguments: object, **options: Any) -> "subprocess.Popen[str]":
    """The command `explain` in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
    return subprocess.Popen([sys.executable, "-m", "lrp", "explain", *map(str, arguments)], env=environment, **pipes)
