"""The lock by which runs that write to one folder take turns."""

import threading
from pathlib import Path

import pytest

from lrp.files.folder_lock import folder_lock


def test_a_second_run_waits_until_the_first_has_let_go(tmp_path: Path) -> None:
    entered = threading.Event()

    def second() -> None:
        with folder_lock(tmp_path):
            entered.set()

    thread = threading.Thread(target=second)
    with folder_lock(tmp_path):
        thread.start()
        assert not entered.wait(0.1)
    assert entered.wait(20)
    thread.join()


def test_one_that_does_not_wait_is_refused_while_another_holds_the_lock(tmp_path: Path) -> None:
    with folder_lock(tmp_path), pytest.raises(BlockingIOError), folder_lock(tmp_path, wait=False):
        pytest.fail("two runs hold the lock")
    with folder_lock(tmp_path, wait=False):
        pass


def test_a_system_without_locks_goes_on_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrp.files.folder_lock.fcntl", None)
    with folder_lock(tmp_path), folder_lock(tmp_path, wait=False):
        pass


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), folder_lock(tmp_path / "none"):
        pass
