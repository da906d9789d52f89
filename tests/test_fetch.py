"""Links as strangers type them: what may be reached, how long it may take, what is said. Nothing here leaves loopback."""

import ast
import errno
import gc
import gzip
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import chain, cycle, repeat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrp import addresses
from lrp.fetch import UNREACHABLE, fetch_image
from lrp.images import InputError
from tests.loopback import Loopback, http, loopback_allowed

ROOT = Path(__file__).parents[1]
CERTIFICATES = Path(__file__).parent / "certificates"
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


def refusal(url: str, **limits: float) -> str:
    with pytest.raises(InputError) as refused:
        fetch_image(url, **limits)
    return str(refused.value)


# Addresses

PUBLIC = ["93.184.215.14", "1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"]
NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.1",
    "168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:100.64.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b::808:808",
    "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:20::1", "2001:db8::1",
    "2002:7f00:1::", "2002:a9fe:a9fe::", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "[::1]",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_hosts_of_the_public_internet_are_public_on_web_ports_only(address: str) -> None:
    assert addresses.permitted(address, 80)
    assert addresses.permitted(address, 443)
    assert not any(addresses.permitted(address, port) for port in (21, 22, 25, 6379, 8080, 8443))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_reserved_addresses_are_not_public(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_or_link_that_leads_inside_is_refused_with_the_sentence_that_tells_nothing(
    address: str, resolver: Resolver
) -> None:
    numeric = address.strip("[]")
    resolver.name("inside.test", [numeric.split("%")[0]])
    assert refusal("http://inside.test/cat.png") == UNREACHABLE
    assert refusal(f"https://{f'[{numeric}]' if ':' in numeric else numeric}/cat.png") == UNREACHABLE


HOSTS = [
    "127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
    "127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "printer", "app.localtest.me", "127.0.0.1.nip.io",
    "127.0.0.%31", "%31%32%37.0.0.1", "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "[::1]",
    "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[fe80::1%25lo]", "[fe80::1%lo]",
    "[64:ff9b::7f00:1]", "[fd00:ec2::254]", "metadata.google.internal",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_that_spells_an_inside_address_is_refused(host: str, resolver: Resolver) -> None:
    for name in ("localhost", "localhost.", "printer", "app.localtest.me", "127.0.0.1.nip.io", "metadata.google.internal"):
        resolver.name(name, ["127.0.0.1"])
    for port in ("", ":80", ":443"):
        assert refusal(f"http://{host}{port}/cat.png") == UNREACHABLE


DISGUISED = [
    "①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1", "１２７.0.0.1", "ⓛocalhost",
    "loca\u200blhost", "127.0.0.1%00.example.com",
]  # fmt: skip


@pytest.mark.parametrize("host", DISGUISED)
def test_a_host_in_letters_that_look_like_others_is_refused(host: str, resolver: Resolver) -> None:
    resolver.name("localhost", ["127.0.0.1"])
    assert refusal(f"http://{host}/cat.png").startswith("This is not a complete link")


@pytest.mark.parametrize("port", [1, 22, 25, 6379, 8080, 65535])
def test_other_ports_are_refused_without_a_connection(port: int, resolver: Resolver) -> None:
    resolver.name("picture.test", ["93.184.215.14"])
    assert refusal(f"http://picture.test:{port}/cat.png") == UNREACHABLE


# The text of a link

NOT_WEB = [
    "file:///etc/passwd", "ftp://picture.test/cat.png", "gopher://127.0.0.1:6379/_INFO", "dict://127.0.0.1:11211/stats",
    "data:image/png;base64,iVBORw0KGgo=", "jar:http://picture.test!/", "ws://picture.test/", "unix:/var/run/docker.sock",
    "javascript:alert(1)", "httpx://picture.test/", "http+unix://%2Fvar%2Frun%2Fdocker.sock/", "//picture.test/cat.png",
    "picture.test/cat.png", "/etc/passwd", "http:/picture.test/cat.png", "http:picture.test", "blob:https://picture.test/1",
]  # fmt: skip


@pytest.mark.parametrize("url", NOT_WEB)
def test_only_http_and_https_are_fetched(url: str) -> None:
    assert refusal(url).startswith("Only links that begin with http:// or https://")


INCOMPLETE = [
    "http://", "https://", "http:///cat.png", "http://:80/", "http://[::1/", "http://[zz]/", "http://picture.test:port/",
    "http://picture.test:99999/", "http://picture.test\\@127.0.0.1/", "http://picture.test/\r\nHost: 127.0.0.1",
    "http://picture.test/\x00", "http://pic\tture.test/",
]  # fmt: skip


@pytest.mark.parametrize("url", INCOMPLETE)
def test_a_link_with_broken_parts_is_called_incomplete(url: str) -> None:
    assert refusal(url).startswith("This is not a complete link")


@pytest.mark.parametrize("url", ["http://a@127.0.0.1/", "http://a:b@picture.test/", "http://picture.test@127.0.0.1:80/"])
def test_a_link_with_a_name_before_the_at_sign_is_refused(url: str) -> None:
    assert "before the @" in refusal(url)


def test_an_empty_or_endless_link_is_refused() -> None:
    assert refusal("  ").startswith("Paste the address of a picture")
    assert "longer than 4,096 characters" in refusal("https://picture.test/" + "a" * 5000)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=60),
        st.text(max_size=40).map("http://{}".format),
        st.text("/:@[]%.#?0x1a\\ ", max_size=30).map("https://{}".format),
    )
)
def test_whatever_is_typed_is_answered_with_a_sentence(url: str) -> None:
    assert refusal(url, seconds=1).endswith(".")


# Names


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
    assert refusal("http://picture.test/", seconds=0.2).startswith(SLOW)
    assert time.monotonic() - started < 2
    answer.set()


def test_the_host_at_the_other_end_is_judged_as_well(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    # A connection that goes elsewhere than asked: a network that rewrites addresses, or a fault in what looks them up.
    server.serve("/", http(PICTURE))
    monkeypatch.setattr(socket.socket, "getpeername", lambda sock: ("10.0.0.7", 80))
    assert refusal(server.url()) == UNREACHABLE
    assert server.requests == []


# Redirects


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


# Answers


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


# Time

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
    for _ in range(5):
        fetch_image(link)
        refusal(slow, seconds=0.1)
    lasting = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    for thread in lasting:
        thread.join(1)
    assert not any(thread.is_alive() for thread in lasting)


# TLS


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


# Environment and log


@pytest.mark.parametrize("value", ["0", "false", "No", " off "])
def test_links_can_be_switched_off(server: Loopback, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LRP_ALLOW_URL", value)
    assert refusal(server.serve("/", http(PICTURE))).startswith("Links are switched off here")
    assert server.requests == []
    monkeypatch.setenv("LRP_ALLOW_URL", "1")
    assert fetch_image(server.url()) == PICTURE


def test_nothing_of_the_environment_is_used_or_sent(
    server: Loopback, resolver: Resolver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    resolver.name("picture.test", ["127.0.0.1"])
    (tmp_path / ".netrc").write_text("machine picture.test login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.serve("/", http(status=302, location="/cat", set_cookie="a=b"))
    server.serve("/cat", http(PICTURE))
    assert fetch_image(server.url("/", "picture.test")) == PICTURE
    assert not any(word in request.lower() for request in server.requests for word in ("authorization", "referer"))


def test_the_log_says_why_but_not_which_link(server: Loopback, resolver: Resolver, caplog: pytest.LogCaptureFixture) -> None:
    resolver.name("secret.test", ["127.0.0.1"])
    caplog.set_level(logging.INFO)
    refusal("http://secret.test/secret.png")
    refusal("http://10.9.8.7/secret.png")
    refusal("http://unknown-secret.test/secret.png")
    refusal(f"http://secret.test:{server.port + 1}/secret.png")
    refusal(server.serve("/secret", b"HTTP/1.1 200 OK\r\nno header\r\nX: 1\r\nContent-Length: 9\r\n\r\n"))
    fetch_image(server.serve("/secret.png", http(PICTURE)))
    assert "address or port not permitted" in caplog.text
    assert "gaierror" in caplog.text
    assert not any(word in caplog.text for word in ("secret", "10.9.8.7", "127.0.0.1"))


# The rest of the project

NETWORK = {
    "aiohttp", "asyncio", "ftplib", "http.client", "httpx", "multiprocessing", "requests", "requests_hardened", "smtplib",
    "socket", "socketserver", "subprocess", "telnetlib", "urllib.request", "urllib3", "webbrowser", "websockets", "xmlrpc",
}
DOWNLOADS = {
    "urlopen", "urlretrieve", "download_url_to_file", "load_state_dict_from_url", "create_connection", "hf_hub_download",
    "system", "popen", "posix_spawn", "execv", "exec", "eval",
}  # fmt: skip
IMPORTERS = {"__import__", "import_module"}
MAY_OPEN_LINKS = {"lrp/fetch.py", "lrp/guarded.py"}
MAY_DOWNLOAD_WEIGHTS = {"lrp/download.py"}  # from an address in the code or the server's settings, never a visitor's
MAY_START_A_PROCESS = {"lrp/isolated.py"}  # the decoder, which opens nothing: it has bytes on its standard input


def network_words(source: str) -> set[str]:
    """What a source imports or calls that can open a connection."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Attribute):
            found |= {node.attr} & (DOWNLOADS - {"eval"})  # a network's eval() sets its mode
        elif isinstance(node, ast.Name):
            found |= {node.id} & DOWNLOADS
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in IMPORTERS:
            found |= {name.value if isinstance(name, ast.Constant) else "eval" for name in node.args[:1]}
    found |= {word.rpartition(".")[2] for word in found} & DOWNLOADS
    return {word for word in found if word in DOWNLOADS or any(f"{word}.".startswith(f"{name}.") for name in NETWORK)}


def test_nothing_else_in_the_project_opens_a_link() -> None:
    files = [*ROOT.glob("lrp/**/*.py"), *ROOT.glob("pages/**/*.py"), *ROOT.glob("app.py")]
    names = {path.relative_to(ROOT).as_posix() for path in files if network_words(path.read_text("utf-8"))}
    assert names == MAY_OPEN_LINKS | MAY_DOWNLOAD_WEIGHTS | MAY_START_A_PROCESS
    assert network_words((ROOT / "lrp/isolated.py").read_text("utf-8")) == {"subprocess"}


OPENERS = [
    "import requests", "import urllib.request as u", "from http import client", "from urllib3.util import x",
    "import torch\ntorch.hub.load_state_dict_from_url(u)", "import asyncio", "import os\nos.system(c)", "__import__('socket')",
    "import importlib\nimportlib.import_module('requests')", "__import__(name)", "eval(text)",
]  # fmt: skip


@pytest.mark.parametrize("source", OPENERS)
def test_the_search_for_other_openers_finds_them(source: str) -> None:
    assert network_words(source)
    assert not network_words("from urllib.parse import urljoin\nimport http\nimport torch")
