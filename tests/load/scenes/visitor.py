"""The other visitor, who is not to be disturbed by an attack."""

import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Self
from urllib.parse import urlencode

from tests.load.client import Client
from tests.load.scenes.attack import QUICK
from tests.load.session import LoadError

OTHER = "127.0.0.3"  # the address of the visitor
CLASSES = ("cat", "church", "golf ball", "parachute", "tench")
PATIENCE = 40.0  # seconds after which the visitor gives up


class Visitor(ABC):
    """Asks for something new again and again."""

    link: Mapping[str, str] = QUICK

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = Client(url, urlencode(self.link), OTHER)

    def __enter__(self) -> Self:
        self.client.run()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def wait(self) -> float:
        """Asks for something new; returns the seconds until it is there. Raises LoadError if it is refused."""
        start = time.monotonic()
        self.ask()
        return time.monotonic() - start

    @abstractmethod
    def ask(self) -> None: ...


class Looking(Visitor):
    """Moves epsilon on an open page, and waits for the maps."""

    def __enter__(self) -> Self:
        super().__enter__()
        key = "a_uniform-epsilon_epsilon"
        self._choices = itertools.cycle((key, option) for option in self.client.options(key))
        return self

    def ask(self) -> None:
        self.client.put(*next(self._choices))
        self.client.run()
        finish(self.client)


class Queueing(Visitor):
    """Comes anew, asks for a short Integrated Gradients that nobody has asked for yet, and waits for it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._questions = ((steps, name) for steps in itertools.count(8) for name in CLASSES)

    def ask(self) -> None:
        steps, name = next(self._questions)
        asked = {"c_integrated-gradients_n_steps": steps, "c_integrated-gradients_tolerance": "none", "class": name}
        with Client(self.url, urlencode(asked), OTHER) as client:
            client.run()
            finish(client)


def finish(client: Client) -> None:
    """Waits until every map is there. Raises LoadError where the queue is full."""
    if client.finish(PATIENCE):
        raise LoadError("refused")
