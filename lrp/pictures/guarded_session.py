"""A requests session for untrusted links: it connects only to public addresses on web ports, and within a deadline.

requests-hardened resolves a name once and connects to that address, so that a name cannot resolve to one host when it is
checked and to another when it is opened; TLS still checks the name. Added here: a stricter check of the address, web ports
only, a timeout for name look-ups, and one deadline for everything on the wire.
"""

import logging
import socket
import threading
import time
from collections.abc import Generator

import requests
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from lrp.pictures import public_address as addresses
from lrp.pictures.name_lookup import NOBODY, Visitor, with_time_limit

# The warnings of these two quote the link, and what a visitor typed must not be logged.
for _name in ("requests_hardened.ip_filter", "urllib3.connection"):
    logging.getLogger(_name).setLevel(logging.ERROR)


class RefusedLink(requests.RequestException):
    """A link, address or answer that is not accepted; the message never quotes the link."""


class Deadline:
    """Closes every watched connection after `seconds`, or when its `with` block is left.

    A timeout per read would not stop a server that sends single bytes.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._cut()
        for sock in self._sockets:
            sock.close()

    @property
    def left(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Raises TimeoutError when the time is over; what arrived before a connection was closed may look complete."""
        if self.left == 0:
            raise TimeoutError("deadline passed")

    def watch(self, sock: socket.socket) -> socket.socket:
        """Puts `sock` under the deadline and returns it."""
        self._sockets.append(sock.dup())  # TLS takes `sock` over; the duplicate still reaches the connection
        if self.left == 0:
            self._cut()
        return sock

    def _cut(self) -> None:
        """Shuts down every watched connection."""
        for sock in list(self._sockets):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:  # closed already
                continue


class _PublicAdapter(IPFilterAdapter):  # type: ignore[misc]  # requests-hardened has no type hints
    """Resolves names with a timeout, and refuses addresses that are not public."""

    def __init__(self, deadline: Deadline, visitor: Visitor, is_https: bool) -> None:
        super().__init__(is_https_proto=is_https)
        self._deadline, self._visitor = deadline, visitor
        self.poolmanager.pool_classes_by_scheme = _pool_classes(deadline)

    def build_connection_pool_key_attributes(self, request: object, verify: object, cert: object = None) -> object:
        """Overrides the hook of requests that names the host to connect to. Raises RefusedLink and TimeoutError."""
        resolve = super().build_connection_pool_key_attributes
        target, pool = with_time_limit(lambda: resolve(request, verify, cert), self._deadline.left, self._visitor)
        port = target["port"] or (443 if target["scheme"] == "https" else 80)
        if not addresses.permitted(target["host"], port):
            raise RefusedLink("address or port not permitted")
        return target, pool


class _Session(requests.Session):
    """A session that never reads the body of a redirect."""

    def resolve_redirects(self, *_: object, **__: object) -> Generator[requests.Response, None, None]:
        """Overrides what requests calls for every redirect, even if none is to be followed: it reads and inflates the body."""
        yield from ()


def guarded_session(deadline: Deadline, visitor: Visitor = NOBODY) -> requests.Session:
    """Returns a session that connects only to public addresses on web ports, and not after the deadline.

    It follows no redirect, reads no body of one, and takes nothing from the environment: no proxy, no .netrc, no certificate
    bundle. visitor: whose link it is, for name look-ups (see `lrp.pictures.name_lookup`).
    """
    session = _Session()
    session.trust_env = False
    session.mount("http://", _PublicAdapter(deadline, visitor, is_https=False))
    session.mount("https://", _PublicAdapter(deadline, visitor, is_https=True))
    return session


def _pool_classes(deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools of urllib3, by scheme, whose sockets are checked and under the deadline."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return deadline.watch(_check_peer(super()._new_conn()))

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return deadline.watch(_check_peer(super()._new_conn()))

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _check_peer(sock: socket.socket) -> socket.socket:
    """Returns `sock` if the connected host is permitted, whatever its name resolved to. Raises RefusedLink otherwise."""
    address, port = sock.getpeername()[:2]
    if not addresses.permitted(address, port):
        sock.close()
        raise RefusedLink("connected to an address or port not permitted")
    return sock
