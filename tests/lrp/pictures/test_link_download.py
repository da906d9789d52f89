"""What a server answers: which answers are taken, and what is said of those that are not."""

import errno
import gc
import gzip
import socket
from itertools import chain, cycle

import pytest

from lrp.pictures.fetch import UNREACHABLE, fetch_image
from tests.loopback import Loopback, http, loopback_allowed
from tests.lrp.pictures.link_kit import PICTURE, refusal


def test_an_answer_without_a_length_or_in_chunks_is_fetched(server: Loopback) -> None:
    assert fetch_image(server.serve("/plain", http(PICTURE, content_length=None))) == PICTURE
    chunked = http(content_length=None, transfer_encoding="chunked") + b"%x\r\n%b\r\n0\r\n\r\n" % (len(PICTURE), PICTURE)
    assert fetch_image(server.serve("/chunked", chunked)) == PICTURE


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "no picture at this address (404)"),
        (410, "no picture at this address (410)"),
        (403, "does not hand this picture out (403)"),
        (429, "does not hand this picture out (429)"),
        (500, "a problem of its own (500)"),
        (503, "a problem of its own (503)"),
        (204, UNREACHABLE),
        (206, UNREACHABLE),
        (304, UNREACHABLE),
        (999, "a problem of its own (999)"),
    ],
)
def test_a_status_other_than_200_is_named_or_refused(server: Loopback, status: int, words: str) -> None:
    assert words in refusal(server.serve("/", http(PICTURE, status)))


PAGES = [b"<!DOCTYPE html><html>", b"\n <HTML lang=en>", b"\xef\xbb\xbf<!doctype HTML>", b"<head>"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("claim", ["text/html", "image/png"])
def test_a_web_page_is_told_from_a_picture_whatever_it_claims_to_be(server: Loopback, page: bytes, claim: str) -> None:
    assert "leads to a web page" in refusal(server.serve("/", http(page, content_type=claim)))


def test_a_page_that_begins_with_a_comment_is_known_by_its_type_and_a_mislabelled_picture_by_its_bytes(server: Loopback) -> None:
    assert "web page" in refusal(server.serve("/page", http(b"<!-- hi --><p>", content_type="text/html; charset=utf-8")))
    assert fetch_image(server.serve("/cat", http(PICTURE, content_type="text/html"))) == PICTURE


@pytest.mark.parametrize("length", [1001, 10**15])
def test_an_answer_that_declares_too_much_is_refused_before_it_is_read(server: Loopback, length: int) -> None:
    server.serve("/", chain([http(content_length=length)], server.silence()))
    assert "larger than 0.001 MB" in refusal(server.url(), max_bytes=1000, seconds=5)


@pytest.mark.parametrize("length", [None, -5, "many"])
def test_an_endless_answer_is_cut_at_the_limit(server: Loopback, length: object) -> None:
    server.serve("/", lambda: chain([http(content_length=length)], cycle([bytes(10_000)])))
    assert "larger than 0.2 MB" in refusal(server.url(), max_bytes=200_000, seconds=5)


def test_an_endless_answer_in_chunks_is_cut_at_the_limit(server: Loopback) -> None:
    head = http(content_length=None, transfer_encoding="chunked")
    server.serve("/", lambda: chain([head], cycle([b"1000\r\n" + bytes(4096) + b"\r\n"])))
    assert "larger than 0.2 MB" in refusal(server.url(), max_bytes=200_000, seconds=5)


def test_an_answer_as_large_as_allowed_is_fetched(server: Loopback) -> None:
    assert len(fetch_image(server.serve("/", http(bytes(1000))), max_bytes=1000)) == 1000


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate", "gzip, identity"])
def test_a_compressed_answer_is_refused_unread(server: Loopback, encoding: str) -> None:
    bomb = gzip.compress(bytes(20_000_000))
    assert refusal(server.serve("/", http(bomb, content_encoding=encoding))) == UNREACHABLE


BROKEN = {
    "empty": http(),
    "shorter than it says": http(PICTURE, content_length=len(PICTURE) + 10),
    "no answer": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "not http": b"SSH-2.0-OpenSSH_9.6\r\n",
    "bad chunk": http(content_length=None, transfer_encoding="chunked") + b"zz\r\n",
    "ten thousand headers": b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 10_000 + b"\r\n",
    "a header of a megabyte": b"HTTP/1.1 200 OK\r\nX: " + b"1" * 1_000_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_is_refused(server: Loopback, reply: bytes) -> None:
    assert refusal(server.serve("/", reply), seconds=5) == UNREACHABLE


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # urllib3 leaves its socket to the collector
def test_an_answer_with_two_lengths_is_refused(server: Loopback) -> None:
    assert refusal(server.serve("/", http(PICTURE, Content_Length=3))) == UNREACHABLE
    gc.collect()


def test_a_refused_connection_gets_the_sentence_that_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with loopback_allowed(port):
        assert refusal(f"http://127.0.0.1:{port}/") == UNREACHABLE
    assert f"ConnectionRefusedError {errno.ECONNREFUSED}" in caplog.text
