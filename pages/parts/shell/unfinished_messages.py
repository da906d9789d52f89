"""Bounds what the server holds of messages that have begun to come and do not end."""

import time
from weakref import WeakKeyDictionary

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MAX_UNFINISHED = 60_000_000  # bytes, of all sockets together
MAX_AFTER_CLOSE = 100_000  # bytes of a message on a socket that the server has closed, which waits for the client's answer only

_received = WebSocketsSansIOProtocol.data_received


class Unfinished:
    """The bytes of each socket's unfinished message, and since when they are there."""

    def __init__(self, most: int = MAX_UNFINISHED) -> None:
        self.most = most
        self._held: WeakKeyDictionary[WebSocketsSansIOProtocol, tuple[float, int]] = WeakKeyDictionary()

    def note(self, socket: WebSocketsSansIOProtocol) -> None:
        """Counts what the socket holds; where all hold too much, hangs up on who has kept an unfinished message the longest."""
        size = len(socket.conn.reader.buffer) + sum(map(len, socket.frames))
        if not size or socket.disconnected:
            self._held.pop(socket, None)
            return
        since, _ = self._held.get(socket, (time.monotonic(), 0))
        self._held[socket] = since, size
        while sum(size for _, size in self._held.values()) > self.most:
            oldest = min(self._held, key=lambda each: self._held[each][0])
            del self._held[oldest]
            oldest.transport.abort()


_unfinished = Unfinished()


def bound_unfinished_messages() -> None:
    """Has uvicorn count what comes of WebSocket messages before they are whole. To be called once or more in a process.

    A middleware sees whole messages only: sixteen megabytes of each of a hundred sockets that wait for the last byte would be
    nothing that it could limit.
    """
    WebSocketsSansIOProtocol.data_received = _receive  # type: ignore[method-assign, assignment]


def _receive(socket: WebSocketsSansIOProtocol, data: bytes) -> None:
    if socket.close_sent and len(socket.conn.reader.buffer) + len(data) > MAX_AFTER_CLOSE:
        socket.transport.abort()
        return
    _received(socket, data)
    _unfinished.note(socket)
