"""Names and redirects: the address that is judged is the one that is connected to, at every hop."""

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from lrp.pictures.fetch import UNREACHABLE, fetch_image
from tests.loopback import Loopback, http
from tests.lrp.pictures.link_kit import PICTURE, Resolver, refusal


def test_a_picture_behind_a_name_is_fetched_with_the_address_that_was_judged(server: Loopback, resolver: Resolver) -> None:
    server.serve("/cat.png?size=2", http(PICTURE))
    resolver.name("picture.test", ["127.0.0.1"], ["10.0.0.1"])
    assert fetch_image(f" {server.url('/cat.png?size=2', 'picture.test')}#top\n") == PICTURE
    assert resolver.asked == ["picture.test"]
    assert f"Host: picture.test:{server.port}" in server.requests[0]


def test_a_name_that_changes_its_answer_is_judged_anew_at_each_redirect(server: Loopback, resolver: Resolver) -> None:
    resolver.name("picture.test", ["127.0.0.1"], ["10.0.0.1"])
    server.serve("/", http(status=302, location="/again"))
    assert refusal(server.url("/", "picture.test")) == UNREACHABLE
    assert (len(server.requests), len(resolver.asked)) == (1, 2)


def test_of_several_answers_only_the_judged_one_is_used(server: Loopback, resolver: Resolver) -> None:
    server.serve("/", http(PICTURE))
    resolver.name("mixed.test", ["127.0.0.1", "10.0.0.1"])
    assert fetch_image(server.url("/", "mixed.test")) == PICTURE
    resolver.name("mixed.test", ["10.0.0.1", "127.0.0.1"])
    assert refusal(server.url("/", "mixed.test")) == UNREACHABLE


def test_a_name_nobody_knows_gets_the_same_sentence_as_one_that_leads_inside() -> None:
    assert refusal("http://nowhere.test/cat.png") == UNREACHABLE


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer.wait(20) and [])
    started = time.monotonic()
    assert refusal("http://picture.test/", seconds=0.2).startswith("No name server found this address within 0.2 seconds")
    assert time.monotonic() - started < 2
    answer.set()


def test_the_host_at_the_other_end_is_judged_as_well(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    # A connection that goes elsewhere than asked: a network that rewrites addresses, or a fault in what looks them up.
    server.serve("/", http(PICTURE))
    monkeypatch.setattr(socket.socket, "getpeername", lambda sock: ("10.0.0.7", 80))
    assert refusal(server.url()) == UNREACHABLE
    assert server.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(server: Loopback, status: int) -> None:
    server.serve("/there/cat.png", http(PICTURE))
    assert fetch_image(server.serve("/here", http(status=status, location="there/cat.png"))) == PICTURE


TARGETS = [
    "http://127.0.0.1:1/", "http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "https://10.0.0.1/", "//10.0.0.1/",
    "http://[::1]/", "file:///etc/passwd", "gopher://127.0.0.1/", "data:image/png,x", "http://a@127.0.0.1:{port}/cat.png",
    "http://127.0.0.1:{port}\\@x/", "http://[", "", "http://nowhere.test/", "/\x01",
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_a_redirect_to_where_a_link_may_not_lead_is_refused(server: Loopback, target: str) -> None:
    server.serve("/cat.png", http(PICTURE))
    link = server.serve("/", http(status=302, location=target.format(port=server.port)))
    assert refusal(link) == UNREACHABLE
    assert not any("/cat.png" in request for request in server.requests)


def test_no_more_redirects_than_allowed_are_followed(server: Loopback) -> None:
    server.serve("/4", http(PICTURE))
    for hop in range(4):
        server.serve(f"/{hop}", http(status=302, location=f"/{hop + 1}"))
    assert fetch_image(server.url("/1")) == PICTURE
    assert refusal(server.url("/0")) == UNREACHABLE
    assert refusal(server.serve("/loop", http(status=302, location="/loop"))) == UNREACHABLE


def test_a_redirect_that_names_no_target_is_refused(server: Loopback) -> None:
    assert refusal(server.serve("/", http(PICTURE, status=302))) == UNREACHABLE


def test_the_content_of_a_redirect_is_neither_read_nor_inflated(server: Loopback) -> None:
    server.serve("/cat.png", http(PICTURE))
    sent: list[int] = []

    def endless() -> Iterator[bytes]:
        yield http(status=302, location="/cat.png", content_length=None)
        for _ in range(1000):
            sent.append(1)
            yield bytes(1_000_000)

    for times in (1, 2):
        bomb = bytes(50_000_000)
        for _ in range(times):
            bomb = gzip.compress(bomb)
        server.serve(f"/gzip{times}", http(bomb, 302, location="/cat.png", content_encoding=", ".join(["gzip"] * times)))
    server.serve("/endless", endless)
    tracemalloc.start()
    try:
        for path in ("/gzip1", "/gzip2", "/endless"):
            assert fetch_image(server.url(path)) == PICTURE
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert len(sent) < 50  # what the system's buffers hold


def test_no_encoding_is_asked_for_at_any_hop(server: Loopback) -> None:
    server.serve("/", http(status=302, location="/cat.png"))
    server.serve("/cat.png", http(PICTURE))
    fetch_image(server.url())
    assert [request.lower().count("accept-encoding: identity\r\n") for request in server.requests] == [1, 1]


def test_whatever_the_libraries_raise_becomes_a_sentence(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("The content for this response was already consumed")

    server.serve("/", http(PICTURE))
    monkeypatch.setattr("urllib3.response.HTTPResponse.read", broken)
    assert refusal(server.url()) == UNREACHABLE
