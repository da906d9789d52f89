"""No link takes longer than its deadline, over TLS neither, whose names are checked."""

import socket
import threading
import time
from collections.abc import Callable
from itertools import chain

import pytest

from lrp.pictures.fetch import UNREACHABLE, fetch_image
from tests.loopback import Loopback, http, loopback_allowed
from tests.lrp.pictures.link_kit import CERTIFICATES, PICTURE, SLOW, Resolver, refusal

DRIPS: dict[str, Callable[[Loopback], object]] = {
    "silence": lambda server: server.silence,
    "head": lambda server: server.drip(http(PICTURE), 0.05),
    "endless head": lambda server: server.drip(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 1000, 0.01),
    "body with a length": lambda server: lambda: chain([http(content_length=500)], server.drip(PICTURE, 0.05)()),
    "body without a length": lambda server: lambda: chain([http(content_length=None)], server.drip(PICTURE, 0.05)()),
    "missing page": lambda server: server.drip(http(b"", 404), 0.05),
}


@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS.keys())
def test_a_server_that_drips_or_never_answers_is_cut_at_the_deadline(server: Loopback, drip: Callable) -> None:
    server.serve("/", drip(server))
    started = time.monotonic()
    assert refusal(server.url(), seconds=0.4) == (
        "The server took longer than 0.4 seconds; try again, or save the picture and upload the file instead."
    )
    assert 0.35 < time.monotonic() - started < 2


def test_redirects_share_one_deadline(server: Loopback) -> None:
    for hop in range(3):
        reply = http(status=302, location=f"/{hop + 1}")
        server.serve(f"/{hop}", server.drip(reply, 0.25 / len(reply)))
    assert refusal(server.url("/0"), seconds=0.4).startswith(SLOW)


def test_a_tls_handshake_that_never_ends_is_cut_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with loopback_allowed(port):
            assert refusal(f"https://127.0.0.1:{port}/", seconds=0.3).startswith(SLOW)


def test_nothing_is_left_behind(server: Loopback) -> None:
    link, slow = server.serve("/", http(PICTURE)), server.serve("/slow", server.silence)
    before = set(threading.enumerate())
    for _ in range(5):
        fetch_image(link)
        refusal(slow, seconds=0.1)
    lasting = [thread for thread in set(threading.enumerate()) - before if isinstance(thread, threading.Timer)]
    for thread in lasting:
        thread.join(1)
    assert not any(thread.is_alive() for thread in lasting)


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Loopback]:
    def trust(certificate: str) -> Loopback:
        monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(CERTIFICATES / certificate))
        return Loopback(CERTIFICATES / certificate)

    return trust


def test_a_certificate_is_checked_against_the_name_and_not_the_address(trusted: Callable, resolver: Resolver) -> None:
    resolver.name("picture.test", ["127.0.0.1"])
    resolver.name("other.test", ["127.0.0.1"])
    with trusted("picture.test.pem") as server, loopback_allowed(server.port):
        server.serve("/", http(PICTURE))
        assert fetch_image(server.url("/", "picture.test")) == PICTURE
        assert refusal(server.url("/", "other.test")) == UNREACHABLE
        assert refusal(server.url("/")) == UNREACHABLE


def test_a_drip_over_tls_is_cut_at_the_deadline(trusted: Callable, resolver: Resolver) -> None:
    resolver.name("picture.test", ["127.0.0.1"])
    with trusted("picture.test.pem") as server, loopback_allowed(server.port):
        server.serve("/", server.drip(http(PICTURE), 0.05))
        assert refusal(server.url("/", "picture.test"), seconds=0.5).startswith(SLOW)


def test_an_expired_or_unknown_certificate_is_refused(trusted: Callable, resolver: Resolver) -> None:
    resolver.name("picture.test", ["127.0.0.1"])
    with trusted("expired.picture.test.pem") as server, loopback_allowed(server.port):
        assert refusal(server.url("/", "picture.test")) == UNREACHABLE
    with Loopback(CERTIFICATES / "picture.test.pem") as server, loopback_allowed(server.port):
        assert refusal(server.url("/", "picture.test")) == UNREACHABLE
