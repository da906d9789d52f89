"""A server that is attacked, and the visitors whose waits are measured."""

import statistics
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from tests.load.scenes.links import PORT, web
from tests.load.scenes.visitor import Visitor
from tests.load.watched_server import WatchedServer, watched_server

QUIET_PROBES = 3
CALM = 1.0  # seconds before the first attack, with whose memory that under attack is compared


class AttackedServer:
    """Keeps one visitor of each kind on its page, with the seconds that they waited in quiet. rest: bytes beside the budgets."""

    def __init__(self, watched: WatchedServer) -> None:
        self.watched = watched
        self.visitors: dict[type[Visitor], Visitor] = {}
        self.quiet: dict[type[Visitor], list[float]] = {}
        self.rest = 0.0
        self._open = ExitStack()

    def prepare(self, kinds: Iterable[type[Visitor]]) -> None:
        """Lets the visitors in, and measures what they wait and what memory the server has while nobody else is there."""
        for kind in kinds:
            visitor = self.visitors[kind] = self._open.enter_context(kind(self.watched.url))
            visitor.wait()  # the first one of a new server, which loads libraries
            self.quiet[kind] = [visitor.wait() for _ in range(QUIET_PROBES)]
        start = time.monotonic()
        time.sleep(CALM)
        self.rest = statistics.median(sample.beside for sample in self.watched.samples(start))

    def close(self) -> None:
        self._open.close()


@contextmanager
def attacked_server(mode: str) -> Iterator[AttackedServer]:
    """The app in this mode, and the web server that links may lead to; a traceback in the app's log is an error."""
    with web(), watched_server(mode, PORT) as watched:
        server = AttackedServer(watched)
        try:
            yield server
        finally:
            server.close()
