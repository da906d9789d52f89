"""A server that is attacked, and the visitors whose waits are measured."""

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlencode

from lrp.models.architectures import DEPTHS
from tests.load.client import Client
from tests.load.scenes.attack import QUICK
from tests.load.scenes.links import PORT, web
from tests.load.scenes.visitor import OTHER, Visitor
from tests.load.watched_server import WatchedServer, watched_server

QUIET_PROBES = 3


class AttackedServer:
    """Keeps one visitor of each kind on its page.

    quiet: the seconds that each kind of visitor waited in quiet. usual: the most bytes of the server while all of them were
    measured, beside what its budgets held: what one kind takes, such as for uploads, stays in part when it has what it wants.
    """

    def __init__(self, watched: WatchedServer) -> None:
        self.watched = watched
        self.visitors: dict[type[Visitor], Visitor] = {}
        self.quiet: dict[type[Visitor], list[float]] = {}
        self.usual = 0
        self._open = ExitStack()

    def prepare(self, kinds: Iterable[type[Visitor]], probes: int = QUIET_PROBES) -> None:
        """Lets the visitors in, and measures what they wait and what memory they take while nobody else is there.

        The networks that come with the server are loaded before: whoever names one first does so, and they stay for everybody.
        """
        for depth in DEPTHS:
            with Client(self.watched.url, urlencode(QUICK | {"depth": depth}), OTHER) as client:
                client.run()
        for kind in kinds:
            visitor = self.visitors[kind] = self._open.enter_context(kind(self.watched.url))
            visitor.wait()  # the first one of a new server, which loads libraries and networks
        start = time.monotonic()
        self.quiet = {kind: [visitor.wait() for _ in range(probes)] for kind, visitor in self.visitors.items()}
        while not (samples := self.watched.samples(start)):  # the waits may be shorter than the time between two
            time.sleep(0.05)
        self.usual = max(sample.beside for sample in samples)

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
