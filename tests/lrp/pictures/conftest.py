"""A resolver that knows the names of the test alone, and a server on loopback; nothing leaves this machine."""

import socket
from collections.abc import Iterator

import pytest

from tests.loopback import Loopback, loopback_allowed
from tests.lrp.pictures.link_kit import REAL_CONNECT, Resolver


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    resolver = Resolver()

    def connect(sock: socket.socket, address: tuple) -> None:
        assert address[0] == "127.0.0.1", f"a connection to {address} was about to leave this machine"
        REAL_CONNECT(sock, address)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.delenv("LRP_ALLOW_URL", raising=False)
    return resolver


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as server, loopback_allowed(server.port):
        yield server
