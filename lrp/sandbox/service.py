"""A process that answers one request after another over untrusted files, each in bounded time; started anew once it has ended."""

import subprocess
import threading
from contextlib import suppress

from lrp.sandbox.messages import read_message, write_message
from lrp.sandbox.process import TIMED_OUT, ProcessLimits, child_environment, command_of

MAX_REQUESTS = 500  # requests after which a process makes room for a fresh one, without what its libraries have leaked


class Service:
    """Hands requests to `job`, a function of two files that answers messages (see lrp/sandbox/messages.py).

    Not for several threads at a time. limits: `memory` is for the process; `wall_seconds` and `cpu_seconds` are for one
    request, the latter kept by the job. `run_job` pays a tenth of a second for the process of each file; here, in exchange,
    a file that takes over its decoder can see and spoil those after it.
    """

    def __init__(self, job: str, limits: ProcessLimits) -> None:
        self._job, self._limits = job, limits
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = 0

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Returns 0 and the answer, or the exit status of the process (TIMED_OUT for too long) and what it wrote.

        Raises OSError if no process can be started.
        """
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._limits.wall_seconds, end)
        timer.daemon = True
        timer.start()
        try:
            with suppress(BrokenPipeError):
                write_message(process.stdin, request)
            answer = read_message(process.stdout)
        finally:
            timer.cancel()
        self._asked += 1
        if answer is not None and not late.is_set():
            return 0, answer
        self.close()
        return TIMED_OUT if late.is_set() else process.returncode or 1, b""

    def close(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process is None:
            return
        for file in (process.stdin, process.stdout):
            with suppress(OSError):
                file and file.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(1.0)  # it ends by itself where there is no more to read
        process.kill()
        process.wait()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._asked >= MAX_REQUESTS:
            self.close()
        if self._process is None:
            # Of processor time the process gets as much as all its requests may take; the job allows each its own share.
            limits = ProcessLimits(MAX_REQUESTS * self._limits.cpu_seconds, 0.0, self._limits.memory, self._limits.output)
            self._process = subprocess.Popen(
                command_of(self._job, limits, str(self._limits.cpu_seconds)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, env=child_environment(),
            )  # fmt: skip
            self._asked = 0
        return self._process
