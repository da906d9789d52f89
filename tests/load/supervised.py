"""A server that is started again whenever it ends, as `--restart always` does for a container."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import psutil

from tests.browser.server import ROOT, free_port, wait_until_up

PAUSE = 0.2  # seconds between an end and the next start


class Supervised:
    """Runs `command`, to which the port is added, until the block ends.

    `url`: where it is. `ends`: the status of each process that has ended by itself, negative for the signal that ended it.
    """

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.ends: list[int] = []
        self._command, self._log = [*command, "--server.port", str(port)], log
        self._environment = os.environ | environment
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._start()
        self._thread.start()
        wait_until_up(self.url, self._process, self._log)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        while self._thread.is_alive():  # which may be about to start another one
            self._process.kill()
            self._thread.join(0.1)

    @property
    def process(self) -> psutil.Process:
        """The one that runs now."""
        return psutil.Process(self._process.pid)

    def _start(self) -> None:
        with self._log.open("a") as output:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=output, stderr=subprocess.STDOUT
            )

    def _watch(self) -> None:
        while True:
            status = self._process.wait()
            if self._stopping.is_set():
                return
            self.ends.append(status)
            time.sleep(PAUSE)
            self._start()
