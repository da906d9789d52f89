"""A server of the test's own: on a free port, with its output in a file."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(
    log: Path, link_port: int = 1, environment: Mapping[str, str] | None = None, script: str = "app.py",
    port: int | None = None, launcher: str = "tests/loopback.py",
) -> Iterator[str]:
    """Runs the app and yields its address; links may lead to 127.0.0.1 at `link_port`. Its output goes to `log`."""  # fmt: skip
    port = port or free_port()
    command = [sys.executable, launcher, str(link_port), "run", script, "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.address", "127.0.0.1"]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})}
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_up(address, process, log)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def wait_until_up(address: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    """Waits until the server at that address answers. Raises RuntimeError with its log if it ends, or takes longer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the app did not start within {seconds:.0f} s:\n{log.read_text()}")


def tracebacks(text: str) -> list[str]:
    """Those in a log that pass through the project's code: Streamlit's own, of a window closed while it was sent to, do not."""
    ours = re.compile(rf'File "{re.escape(str(ROOT))}/(?!\.venv/|tests/)')
    return [each for each in text.split("Traceback (most recent call last)")[1:] if ours.search(each)]
