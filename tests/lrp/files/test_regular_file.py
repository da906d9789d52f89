"""Files that are none, such as pipes, devices and links, are refused at once; what is written is whole or absent."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lrp.files.regular_file import FileTooLarge, NotRegular, is_regular, open_regular, read_regular, whole_file, write_whole

WRITER = """
import resource, signal, sys
from pathlib import Path
from lrp.files.regular_file import write_whole
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))  # as a full disk does: the write fails in its middle
try:
    write_whole({Path("a.json"): b"small", Path("a.png"): bytes(20_000)})
except OSError as error:
    sys.exit(f"refused {error.errno}")
"""


@pytest.mark.timeout(20)  # without the check a pipe is waited for and /dev/zero has no end
def test_pipes_devices_sockets_links_and_folders_are_refused_unopened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "endless").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
    for name, words in (
        ("pipe", "a pipe"), ("/dev/zero", "a device"), ("/dev/tty", "a device"), ("socket", "a socket"), (".", "a directory"),
        ("link", "a link"), ("endless", "a link"),
    ):  # fmt: skip
        with pytest.raises(NotRegular, match=f"it is {words}, not a file"):
            read_regular(tmp_path / name, 1000)
    with pytest.raises(NotRegular, match="it is a device"):
        read_regular(tmp_path / "endless", 1000, follow_link=True)
    assert read_regular(tmp_path / "link", 1000, follow_link=True) == b"12345"
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "nowhere")
    assert [is_regular(tmp_path / name) for name in ("file", "link", "pipe", ".", "nowhere")] == [True, *[False] * 4]


def test_a_file_of_more_bytes_than_allowed_is_refused_and_one_of_as_many_read(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(FileTooLarge, match="it has 1,099,511,627,776 bytes, and the limit is 1,000"):
        read_regular(tmp_path / "huge", 1000)
    (tmp_path / "file").write_bytes(bytes(1000))
    assert len(read_regular(tmp_path / "file", 1000)) == 1000


@pytest.mark.timeout(20)
def test_a_file_of_proc_that_says_to_be_empty_is_not_waited_for() -> None:
    assert read_regular("/proc/self/environ", 10**6) == b""


def test_a_pipe_that_takes_the_files_place_before_it_is_opened_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    os.mkfifo(tmp_path / "pipe")
    before = os.stat(tmp_path / "file")
    monkeypatch.setattr(os, "stat", lambda *_, **__: before)
    for name in ("pipe", "/dev/zero"):
        with pytest.raises(NotRegular):
            open_regular(tmp_path / name)
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        open_regular(tmp_path / "link")


def test_a_link_is_replaced_and_what_it_leads_to_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    (tmp_path / "a").symlink_to(theirs)
    write_whole({tmp_path / "a": b"mine"})
    assert (theirs.read_text(), (tmp_path / "a").read_text(), (tmp_path / "a").is_symlink()) == ("theirs", "mine", False)


def test_of_what_a_full_disk_does_not_take_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"older")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, "-c", WRITER], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100
    )
    assert done.stderr.startswith("refused"), done.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.png": b"older"}


def test_a_block_that_raises_leaves_the_older_file(tmp_path: Path) -> None:
    def write_half() -> None:
        with whole_file(tmp_path / "a") as file:
            file.write(b"half")
            file.flush()
            raise KeyboardInterrupt

    (tmp_path / "a").write_text("older")
    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "older"}


@pytest.mark.parametrize("second_names", [True, False])
def test_where_nothing_may_be_replaced_what_is_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second_names: bool
) -> None:
    def no_link(*_: object) -> None:
        raise PermissionError

    if not second_names:
        monkeypatch.setattr(os, "link", no_link)
    write_whole({tmp_path / "a": b"first"}, replace=False)
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    for name in ("a", "gone"):
        with pytest.raises(FileExistsError):
            write_whole({tmp_path / name: b"second"}, replace=False)
    assert {path.name for path in tmp_path.iterdir()} == {"a", "gone"}
    assert (tmp_path / "a").read_bytes() == b"first"


def test_a_file_has_the_permissions_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole({tmp_path / "a": b""})
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
