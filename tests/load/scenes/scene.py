"""A scene: what an attacker does, and what another visitor does meanwhile."""

import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

import lrp
from tests.load.client import Client, LoadError

ATTACKER, OTHER = "127.0.0.2", "127.0.0.3"
QUICK = {"c": lrp.EpsilonPlus.label}  # a link to maps that are all computed at once
CLASSES = ("cat", "church", "golf ball", "parachute", "tench")
PATIENCE = 40.0  # seconds after which the other visitor gives up


class Visitor(ABC):
    """The one who is not to be disturbed."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def wait(self) -> float:
        """Asks for something new; returns the seconds until it is there. Raises LoadError if it is refused."""
        start = time.monotonic()
        self.ask()
        return time.monotonic() - start

    @abstractmethod
    def ask(self) -> None: ...


class Looking(Visitor):
    """Moves epsilon on an open page, and waits for the maps."""

    link: Mapping[str, str] = QUICK

    def __enter__(self) -> Self:
        self._client = Client(self.url, "?" + urlencode(self.link), OTHER).__enter__()
        self._client.run()
        self._finish()
        key = "a_uniform-epsilon_epsilon"
        self._choices = itertools.cycle((key, option) for option in self._client.options(key))
        return self

    def __exit__(self, *_: object) -> None:
        self._client.__exit__()

    def ask(self) -> None:
        self._client.put(*next(self._choices))
        self._client.run()
        self._finish()

    def _finish(self) -> None:
        if self._client.finish(PATIENCE):
            raise LoadError("refused")


class Queueing(Visitor):
    """Comes anew, asks for a short Integrated Gradients that nobody has asked for yet, and waits for it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._questions = itertools.product(range(8, 24), CLASSES)

    def ask(self) -> None:
        steps, name = next(self._questions)
        asked = {"c_integrated-gradients_n_steps": steps, "c_integrated-gradients_tolerance": "none", "class": name}
        with Client(self.url, "?" + urlencode(asked), OTHER) as client:
            client.run()
            if client.finish(PATIENCE):
                raise LoadError("refused")


@dataclass(frozen=True)
class Scene:
    """attack: called with the server's address and the time.monotonic() at which it ends; bounded in what it sends, too.

    surroundings: returns the server's environment for a temporary folder, and keeps what it needs, such as another server, while
    that one runs. link_port: the loopback port that links may lead to. head_start: seconds of the attack before the other
    visitor asks first. budget: bytes of forward passes and results that the visits of the scene may leave in the server's budget.
    """

    name: str
    attack: Callable[[str, float], None]
    visitor: type[Visitor] = Looking
    surroundings: Callable[[Path], AbstractContextManager[Mapping[str, str]]] = lambda folder: nullcontext({})
    link_port: int = 1
    head_start: float = 1.0
    budget: int = 0


@contextmanager
def clients(url: str, count: int, link: Mapping[str, object] = QUICK) -> Iterator[list[Client]]:
    """So many sessions of the attacker, each with its page drawn."""
    opened = []
    try:
        for _ in range(count):
            opened.append(Client(url, "?" + urlencode(link), ATTACKER).__enter__())
            opened[-1].run()
        yield opened
    finally:
        for client in opened:
            client.__exit__()
