"""Folders that the page has explained: by a Ray cluster, and what it says where that, or the disk, is not there."""

import errno
import os
import re
from pathlib import Path

import pytest

import lrp
from lrp.jobs.job import JobSettings
from lrp.jobs.listing import list_pictures
from pages.parts.choose.own_network import OwnChoice
from pages.parts.dataset.folder_job import Written, job_task
from pages.parts.dataset.stores import Source
from tests.browser.server import free_port
from tests.lrp.cli.kit import picture
from tests.lrp.jobs.kit import run, same
from tests.pages.dataset.conftest import EACH
from tests.small import NAMES, Reader, small, small_folder  # noqa: F401
from tests.work_queue import held_queue

pytestmark = [pytest.mark.usefixtures("small"), pytest.mark.timeout(280)]


def test_a_ray_cluster_writes_the_same_store(root: Path, small_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setenv("LRP_NETWORKS", str(small_folder))
    monkeypatch.setenv("LRP_RAY_ADDRESS", "auto")
    monkeypatch.setenv("RAY_ADDRESS", "local")  # or it would be the cluster of another test, and end with that
    network = OwnChoice("resnet18.safetensors", small_folder / "resnet18.safetensors").load()
    job = JobSettings(network, (lrp.EpsilonPlusFlat(),), shard=2 * EACH, channels="layer4")
    entries = list_pictures([str(root / "photos")])
    done: list[float] = []
    found = job_task(root, Source("photos", root / "photos", False), job, entries, "all").work(done.append)
    assert isinstance(found, Written), found
    assert done == sorted(done)
    assert done[-1] == 1
    run(job, root / "alone", root / "photos")
    same(root / found.store, root / "alone")


def test_a_cluster_that_is_not_there_is_one_sentence_and_can_be_tried_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("LRP_RAY_ADDRESS", address)
    reader = Reader("dataset", {"dataset": "photos"})
    reader.press(f"Explain {2 * EACH} pictures").settle()
    (sentence,) = reader.sentences
    assert re.sub(r"[\\\u2060]", "", sentence) == f"There is no Ray cluster at {address} (connection refused)."
    monkeypatch.delenv("LRP_RAY_ADDRESS")
    reader.press("Try again").settle()
    assert f"**{2 * EACH} pictures**, explained by" in reader.words


def test_a_folder_that_changes_while_it_is_read_is_explained_as_it_was(root: Path) -> None:
    reader = Reader("dataset", {"dataset": "photos"})
    with held_queue():
        reader.press(f"Explain {2 * EACH} pictures")
        (root / "photos" / NAMES[0] / "0.png").unlink()
        picture(root / "photos" / NAMES[0] / "new.png", 77)
        reader.run()
        assert len(reader.progress) == 1  # the job goes on
    reader.settle()
    assert f"**{2 * EACH - 1} pictures**, explained by" in reader.words
    (problems,) = (table.value for table in reader.at.table if "Why" in table.value)
    (sentence,) = problems["Why"]
    assert re.sub(r"[\\\u2060]", "", sentence) == "This file cannot be read (no such file or directory); check the path."


def test_a_full_disk_is_one_sentence_and_the_job_goes_on_from_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr("zarr.storage._local._put", fail)
        reader = Reader("dataset", {"dataset": "photos"})
        reader.press(f"Explain {2 * EACH} pictures").settle()
    (sentence,) = reader.sentences
    assert sentence.startswith("There is no room left for ")
    reader.press("Try again").settle()
    assert f"**{2 * EACH} pictures**, explained by" in reader.words
