"""The app on a port of its own, with what memory it has and how much of that its budgets hold."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.browser.server import serve, tracebacks
from tests.load.session import LoadError

SCRIPTS = {"plain": "app.py", "public": "pages/parts/shell/server.py"}


@dataclass(frozen=True)
class Sample:
    """time: a time.monotonic(). size: bytes of the server. kept: those of them that its budgets hold."""

    time: float
    size: int
    kept: int

    @property
    def beside(self) -> int:
        """Bytes of the server beside what its budgets hold."""
        return self.size - self.kept


@dataclass(frozen=True)
class WatchedServer:
    """url: where it is. mode: which of SCRIPTS it runs. memory: the file that it writes its memory to."""

    url: str
    mode: str
    memory: Path

    def samples(self, start: float, end: float = float("inf")) -> list[Sample]:
        """The server's memory between two time.monotonic(), some twenty times a second."""
        rows = (line.split() for line in self.memory.read_text().splitlines()[:-1])  # the last one may be half
        found = [Sample(float(at), int(size), int(kept)) for at, size, kept in rows]
        return [sample for sample in found if start <= sample.time <= end]


@contextmanager
def watched_server(mode: str, link_port: int = 1) -> Iterator[WatchedServer]:
    """The app in this mode; links may lead to 127.0.0.1 at `link_port`. Raises LoadError if its log holds a traceback then."""
    with tempfile.TemporaryDirectory() as folder:
        log, memory = Path(folder) / "log.txt", Path(folder) / "memory.txt"
        environment = {"LRP_MEMORY_LOG": str(memory)}
        with serve(log, link_port, environment, SCRIPTS[mode], launcher="tests/load/watched_app.py") as url:
            yield WatchedServer(url, mode, memory)
        if found := tracebacks(log.read_text()):
            raise LoadError(f"the log of the server holds a traceback:{found[0]}")
