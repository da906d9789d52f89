"""A requests session that a stranger's link may be given to: where it may connect, and for how long.

requests-hardened resolves a name once and connects to that very address, so that a name cannot mean one host when it is
judged and another when it is opened; TLS still checks the name. Added here: a stricter judgement of the address, the
web ports only, an end to name look-ups that hang, and one deadline for everything that happens on the wire.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import requests
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from lrp.pictures import public_address as addresses

T = TypeVar("T")

# What a visitor typed is not ours to log, and the warnings of these two quote it.
for _name in ("requests_hardened.ip_filter", "urllib3.connection"):
    logging.getLogger(_name).setLevel(logging.ERROR)

_lookups = threading.BoundedSemaphore(16)  # a look-up that hangs keeps its thread: there is an end to those too


class Refused(requests.RequestException):
    """The link leads where it may not; the message never quotes it."""


class Deadline:
    """Ends every connection it watches once `seconds` are over, or on leaving it as a context manager.

    A timeout on each read does not bound a server that drips single bytes.
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
        """Raises TimeoutError when the time is over: what a cut connection delivered may look complete."""
        if self.left == 0:
            raise TimeoutError("deadline passed")

    def watch(self, sock: socket.socket) -> socket.socket:
        """`sock` itself, from now on under the deadline."""
        self._sockets.append(sock.dup())  # TLS takes `sock` over; the duplicate still reaches the connection
        if self.left == 0:
            self._cut()
        return sock

    def _cut(self) -> None:
        for sock in list(self._sockets):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:  # closed already
                continue


class _PublicAdapter(IPFilterAdapter):
    def __init__(self, deadline: Deadline, is_https: bool) -> None:
        super().__init__(is_https_proto=is_https)
        self._deadline = deadline
        self.poolmanager.pool_classes_by_scheme = _watched_pools(deadline)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        resolve = super().build_connection_pool_key_attributes
        target, pool = _within(self._deadline.left, lambda: resolve(request, verify, cert))
        port = target["port"] or (443 if target["scheme"] == "https" else 80)
        if not addresses.permitted(target["host"], port):
            raise Refused("address or port not permitted")
        return target, pool


def guarded_session(deadline: Deadline) -> requests.Session:
    """A session that connects to public addresses on web ports only, and not beyond the deadline.

    It takes nothing from the environment: no proxy, no .netrc, no certificate bundle.
    """
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", _PublicAdapter(deadline, is_https=False))
    session.mount("https://", _PublicAdapter(deadline, is_https=True))
    return session


def _watched_pools(deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return deadline.watch(_verified(super()._new_conn()))

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return deadline.watch(_verified(super()._new_conn()))

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _verified(sock: socket.socket) -> socket.socket:
    """`sock` itself, if the host at its other end is one that may be connected to, whatever was looked up before."""
    address, port = sock.getpeername()[:2]
    if not addresses.permitted(address, port):
        sock.close()
        raise Refused("connected to an address or port not permitted")
    return sock


def _within(seconds: float, call: Callable[[], T]) -> T:
    """What `call` returns; TimeoutError after `seconds`, for the resolver knows no timeout of its own."""
    if not _lookups.acquire(timeout=seconds):
        raise TimeoutError("too many name look-ups are waiting")
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)
        finally:
            _lookups.release()

    threading.Thread(target=work, daemon=True).start()
    return future.result(timeout=seconds)
