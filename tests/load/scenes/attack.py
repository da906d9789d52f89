"""What an attack knows of its target, and how it acts in many threads until it is told to stop."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from tests.load.client import Client

T = TypeVar("T")

# A link to maps that are all computed at once; without the library, which would take an attacker seconds to load.
QUICK = {"c": "LRP-ε-z⁺"}


@dataclass(frozen=True)
class Attack:
    """url: the server's. address: the loopback address that all connections come from. begun: set once the attack is under way.

    stop: set when it is to end.
    """

    url: str
    address: str
    begun: threading.Event
    stop: threading.Event

    @property
    def goes_on(self) -> bool:
        return not self.stop.is_set()

    @contextmanager
    def clients(self, count: int, link: Mapping[str, object] = QUICK) -> Iterator[list[Client]]:
        """So many sessions, each with its page drawn."""

        def open_page(_: int) -> Client:
            client = opened.enter_context(Client(self.url, "?" + urlencode(link), self.address))
            client.run()
            return client

        with ExitStack() as opened, ThreadPoolExecutor(count) as crowd:
            yield list(crowd.map(open_page, range(count)))

    def repeat(self, act: Callable[[T], object], each: Iterable[T]) -> None:
        """Calls `act` with each again and again, in a thread of its own, until the attack is to stop; raises what it raises."""
        errors: list[BaseException] = []

        def work(one: T) -> None:
            try:
                while self.goes_on and not errors:
                    act(one)
            except BaseException as error:
                if self.goes_on:
                    errors.append(error)

        for one in each:
            threading.Thread(target=work, args=(one,), daemon=True).start()
        self.begun.set()
        while not self.stop.wait(0.05):
            if errors:
                raise errors[0]
