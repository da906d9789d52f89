"""Jobs in a process of their own: what they are given and write, and what ends them."""

import os
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from lrp.sandbox import process
from lrp.sandbox.process import TIMED_OUT, TIMEOUT_STATUSES, ProcessLimits, run_job

WIDE = ProcessLimits(5, 30.0, 10**9, 10**6)


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Gives a function that makes a job with these lines in its body."""
    (tmp_path / "sandbox").mkdir()
    monkeypatch.setattr(process, "__file__", str(tmp_path / "sandbox" / "process.py"))
    (tmp_path / "sandbox" / "child.py").write_text(process.CHILD.read_text())

    def make(*lines: str) -> str:
        body = "\n    ".join(("import os, socket, sys, time", "from lrp.sandbox.child import open_nothing_more", *lines))
        (tmp_path / "work.py").write_text(f"def main(file, out):\n    {body}\n")
        return "lrp.work:main"

    return make


def test_a_job_reads_bytes_or_a_file_and_writes_an_answer_or_a_file(job: Callable[..., str], tmp_path: Path) -> None:
    name = job("out.write(file.read()[::-1])")
    assert run_job(name, b"abc", WIDE) == (0, b"cba")
    (tmp_path / "given").write_bytes(b"abc")
    with (tmp_path / "given").open("rb") as given, TemporaryFile() as output:
        assert run_job(name, given, WIDE, output) == (0, b"")
        output.seek(0)
        assert output.read() == b"cba"


@pytest.mark.parametrize(
    ("line", "limits", "statuses"),
    [
        ("while True: pass", ProcessLimits(1, 30.0, 10**9, 10**6), TIMEOUT_STATUSES),
        ("time.sleep(60)", ProcessLimits(5, 0.5, 10**9, 10**6), {TIMED_OUT}),
        ("bytearray(10**9)", ProcessLimits(5, 30.0, 10**8, 10**6), {1}),
        ("os.abort()", WIDE, {-6}),
        ("out.write(bytes(10**6 + 1)); out.flush()", WIDE, {1, 120}),
    ],
)
def test_what_takes_too_much_is_ended(job: Callable[..., str], line: str, limits: ProcessLimits, statuses: set[int]) -> None:
    with TemporaryFile() as output:
        assert run_job(job(line), b"", limits, output)[0] in statuses
        assert len(BytesIO(output.read()).getvalue()) <= limits.output


def test_who_watches_is_asked_meanwhile_and_ends_the_process_by_raising(
    job: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Enough(Exception):
        pass

    glances: list[float] = []

    def watch() -> None:
        glances.append(time.monotonic())
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text():
            raise Enough

    monkeypatch.setattr(process, "GLANCE", 0.02)
    name = job(f"with open({str(tmp_path / 'pid')!r}, 'w') as pid: pid.write(str(os.getpid()))", "time.sleep(60)")
    with pytest.raises(Enough):
        run_job(name, b"abc", WIDE, watch=watch)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    slow = job("time.sleep(0.3)", "out.write(file.read())")
    assert run_job(slow, b"abc", WIDE, watch=lambda: glances.append(0.0)) == (0, b"abc")
    assert glances[-1] == 0.0


@pytest.mark.parametrize("line", ["open('/etc/hostname')", "socket.socket()", "os.pipe()"])
def test_a_job_that_has_loaded_what_it_needs_opens_no_file_and_no_connection(job: Callable[..., str], line: str) -> None:
    assert run_job(job(line, "out.write(b'open')"), b"", WIDE) == (0, b"open")
    refused = f"try:\n        {line}\n    except OSError as error:\n        out.write(os.strerror(error.errno).encode())"
    assert run_job(job("open_nothing_more()", refused), b"", WIDE) == (0, b"Too many open files")
