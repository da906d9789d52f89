"""What the tests of links share: names with answers of their own, and the sentence that a link is refused with."""

import socket
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path

import pytest

from lrp.pictures.decode import InputError
from lrp.pictures.fetch import fetch_image

CERTIFICATES = Path(__file__).parents[2] / "certificates"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
REAL_GETADDRINFO, REAL_CONNECT = socket.getaddrinfo, socket.socket.connect
SLOW = "The server took longer than"


class Resolver:
    """Stands in for DNS: names have the answers they are given here, one after the other; digits are left to the system."""

    def __init__(self) -> None:
        self.answers: dict[str, Iterator[list[str]]] = {}
        self.asked: list[str] = []

    def name(self, name: str, *answers: list[str]) -> None:
        self.answers[name] = chain(answers, repeat(answers[-1]))

    def __call__(self, host: object, port: object, *args: object, **options: object) -> list[tuple]:
        host = host.decode() if isinstance(host, bytes) else str(host)
        if host in self.answers:
            self.asked.append(host)
            return [found for address in next(self.answers[host]) for found in self(address, port, *args, **options)]
        options["flags"] = socket.AI_NUMERICHOST
        return REAL_GETADDRINFO(host, port, *args, **options)


def refusal(url: str, **limits: float) -> str:
    with pytest.raises(InputError) as refused:
        fetch_image(url, **limits)
    return str(refused.value)
