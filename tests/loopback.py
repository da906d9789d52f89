"""A small web server on 127.0.0.1 that answers with exactly the bytes it was given, at the pace it was given.

Also the only way to open `lrp.fetch_image` for loopback: in this file, outside the product, which has no switch for it.
For a test in a browser, run the app with that way open for one port:

    python tests/loopback.py 8123 run app.py --server.port 8501
"""

import os
import socket
import socketserver
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from http.client import responses
from itertools import takewhile
from pathlib import Path
from typing import Any, Self
from unittest import mock

MUTE = "mute.test"  # the end of names that nobody answers

Chunks = Iterable[bytes] | Callable[[], Iterable[bytes]]


def http(body: bytes = b"", status: int = 200, content_type: str = "image/png", **headers: object) -> bytes:
    """An HTTP response as it goes over the wire; a header's name is written with _ for -, and None leaves it out."""
    fields = {"content_type": content_type, "content_length": len(body), "connection": "close"} | headers
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items() if value is not None]
    head = f"HTTP/1.1 {status} {responses.get(status, 'Unknown')}\r\n{''.join(lines)}\r\n"
    return head.encode("latin-1") + body


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


class Loopback:
    """Answers each path as `serve` was told, anything else with 404; use as a context manager.

    `requests` lists the heads of the requests that came, as text. With the path of a PEM file (certificate and key) it
    speaks TLS.
    """

    def __init__(self, certificate: Path | None = None, port: int = 0) -> None:
        self.requests: list[str] = []
        self.closed = threading.Event()
        self._replies: dict[str, Chunks] = {}
        self._scheme = "https" if certificate else "http"
        self._server = _Server(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self._scheme}://{host}:{self.port}{path}"

    def serve(self, path: str, reply: bytes | Chunks) -> str:
        """Answer `path` with `reply`: bytes, chunks of them, or a function that makes those; returns the URL."""
        self._replies[path] = [reply] if isinstance(reply, bytes) else reply
        return self.url(path)

    def drip(self, data: bytes, pause: float) -> Callable[[], Iterator[bytes]]:
        """A reply that sends one byte, waits `pause` seconds, sends the next one."""

        def bytes_one_by_one() -> Iterator[bytes]:
            for position in range(len(data)):
                yield data[position : position + 1]
                if self.closed.wait(pause):
                    return

        return bytes_one_by_one

    def silence(self) -> Iterator[bytes]:
        """A reply that never comes."""
        self.closed.wait()
        yield b""

    def _handler(outer) -> type[socketserver.StreamRequestHandler]:
        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                # A client that hangs up early makes readline return b"" for ever.
                head = b"".join(takewhile(lambda line: line not in (b"", b"\r\n"), iter(self.rfile.readline, None)))
                if not head:
                    return
                outer.requests.append(head.decode("latin-1"))
                reply = outer._replies.get(head.split()[1].decode("latin-1"), [http(b"nothing here", 404, "text/plain")])
                with suppress(OSError):  # the client may have had enough
                    for chunk in reply() if callable(reply) else reply:
                        self.wfile.write(chunk)

        return Handler


@contextmanager
def loopback_allowed(port: int) -> Iterator[None]:
    """Inside, `lrp.fetch_image` may connect to 127.0.0.1 at this one port; every other judgement of an address stays as it is."""
    from requests_hardened import ip_filter_adapter

    from lrp.pictures import public_address as addresses

    real_permitted, real_filter, real_port = addresses.permitted, ip_filter_adapter.filter_host, addresses.is_web_port

    def permitted(address: str, asked: int) -> bool:
        return (address, asked) == ("127.0.0.1", port) or real_permitted(address, asked)

    def filter_host(hostname: str, asked: int, **_: object) -> str:
        return real_filter(hostname, asked, allow_loopback=True)

    with (
        mock.patch.object(addresses, "permitted", permitted),
        mock.patch.object(addresses, "is_web_port", lambda asked: asked == port or real_port(asked)),
        mock.patch.object(ip_filter_adapter, "filter_host", filter_host),
    ):
        yield


@contextmanager
def mute_names() -> Iterator[None]:
    """Inside, nobody answers for names that end in MUTE, as it is with name servers that are down: half a minute of silence."""
    look_up = socket.getaddrinfo

    def getaddrinfo(host: bytes | str | None, *arguments: Any, **options: Any) -> Any:
        if str(host).endswith(MUTE):
            time.sleep(30)
            raise socket.gaierror(socket.EAI_AGAIN, "nobody answers")
        return look_up(host, *arguments, **options)

    with mock.patch.object(socket, "getaddrinfo", getaddrinfo):
        yield


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as app.py does, which here comes after torch
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from streamlit.web.cli import main

    with loopback_allowed(int(sys.argv.pop(1))), mute_names():
        sys.exit(main())
