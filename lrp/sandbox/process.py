"""Runs one job over an untrusted file in a process of its own, with bounded time and memory.

A decoder can take minutes over a small file, need far more memory than the file's size suggests, or crash. A thread can be
neither stopped nor limited; a process can be both.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CHILD = Path(__file__).with_name("child.py")
TIMED_OUT = 1000  # the status of a job that was ended because the wall-clock limit was over
GLANCE = 0.2  # seconds between two calls of `watch`
TIMEOUT_STATUSES = (TIMED_OUT, -24, -9)  # and those by SIGXCPU, and by SIGKILL at the hard limit or from a system out of memory


@dataclass(frozen=True)
class ProcessLimits:
    """What a job may take: seconds of processor time and of wall-clock time, bytes of memory, and bytes of a file it writes."""

    cpu_seconds: int
    wall_seconds: float
    memory: int
    output: int


def command_of(job: str, limits: ProcessLimits, *arguments: str) -> list[str]:
    """Returns the command that runs `job`, such as "lrp.pictures.decode_job:main", a function of two files and the arguments."""
    numbers = (limits.cpu_seconds, limits.memory, limits.output)
    return [sys.executable, "-I", str(CHILD), *map(str, numbers), str(Path(__file__).parents[1]), *job.split(":"), *arguments]


def child_environment() -> dict[str, str]:
    """Returns the environment of a job's process."""
    # Address space reserved for idle threads would count towards the memory limit.
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def run_job(
    job: str, given: bytes | BinaryIO, limits: ProcessLimits, output: BinaryIO | None = None, arguments: Sequence[str] = (),
    watch: Callable[[], None] | None = None,
) -> tuple[int, bytes]:
    """Runs `job` over `given`; returns its exit status (one of TIMEOUT_STATUSES for too long) and what it wrote.

    given: its standard input, bytes or an open file. output: an open file to write to; nothing is returned then. arguments: what
    else the job is given. watch: called five times a second meanwhile; raising from it ends the process. Raises OSError if no
    process can be started.
    """  # fmt: skip
    data, file = (given, None) if isinstance(given, bytes) else (None, given)
    with subprocess.Popen(
        command_of(job, limits, *arguments), stdin=subprocess.PIPE if file is None else file, stdout=output or subprocess.PIPE,
        stderr=subprocess.DEVNULL, env=child_environment(),
    ) as process:  # fmt: skip
        try:
            written = _communicate(process, data, limits.wall_seconds, watch)
        except subprocess.TimeoutExpired:
            process.kill()
            return TIMED_OUT, b""
        except BaseException:
            process.kill()
            raise
    return process.returncode, written


def _communicate(
    process: "subprocess.Popen[bytes]", data: bytes | None, seconds: float, watch: Callable[[], None] | None
) -> bytes:
    """Waits until the process has ended; returns what it wrote. Raises TimeoutExpired after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        try:
            return process.communicate(data, timeout=min(seconds, GLANCE if watch else seconds))[0] or b""
        except subprocess.TimeoutExpired:
            if watch is None or time.monotonic() >= end:
                raise
            data = None  # what was sent once is not to be sent again
            watch()
