"""What a WebSocket may send before it is a message: how much of it is read, taken apart and held."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from pages.parts.frame.network_address import connection_network
from pages.parts.shell.large_messages import LARGE, LargeMessages
from pages.parts.shell.rates import Addresses

CHUNK = 16_384  # bytes that are read at a time: thousands of messages in a few bytes each, at most
MAX_PARTS = 20_000  # of one message, which may be empty and so count as no bytes
PART_BYTES = 64  # that Python takes for a part beside its content
SHUTDOWN_SECONDS = 2.0  # that a client has to take what is still to be sent to it once the server ends
MAX_AFTER_CLOSE = 100_000  # bytes of a message on a socket that the server has closed, which waits for the client's answer only

_connected = WebSocketsSansIOProtocol.connection_made
_received = WebSocketsSansIOProtocol.data_received
_lost = WebSocketsSansIOProtocol.connection_lost
_written = WebSocketsSansIOProtocol.resume_writing
_next_message = WebSocketsSansIOProtocol.receive
_shut_down = WebSocketsSansIOProtocol.shutdown


class Reading:
    """A socket's transport, which is read while no reason holds it. uvicorn's own is a message that waits to be taken."""

    def __init__(self, socket: WebSocketsSansIOProtocol, transport: asyncio.Transport) -> None:
        self._socket, self._transport = socket, transport
        self._reasons: set[str] = set()
        self._client: object = None
        self._address = ""

    @property
    def address(self) -> str:
        """The network address that sends; behind a trusted proxy the forwarded one, once the handshake has been read."""
        scope = getattr(self._socket, "scope", {"client": self._socket.client})
        if scope["client"] is not self._client:
            self._client, self._address = scope["client"], connection_network(scope)
        return self._address

    @property
    def gone(self) -> bool:
        return self._socket.disconnected or self._socket.close_sent or self._transport.is_closing()

    def hold(self, why: str) -> None:
        self._reasons.add(why)
        self._transport.pause_reading()

    def let_go(self, why: str) -> None:
        self._reasons.discard(why)
        if not self._reasons:
            self._transport.resume_reading()

    def pause_reading(self) -> None:
        self.hold("uvicorn")

    def resume_reading(self) -> None:
        self.let_go("uvicorn")

    def abort(self) -> None:
        self._transport.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class SocketIntake:
    """Holds each address to its share of the time that takes messages apart, and large messages to their places."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses, self._large = addresses, LargeMessages()

    def connect(self, socket: WebSocketsSansIOProtocol, transport: asyncio.Transport) -> None:
        """Begins to read a socket."""
        socket.transport = cast(asyncio.Transport, Reading(socket, transport))
        setattr(transport, "max_size", CHUNK)  # noqa: B010  # asyncio's name for it, which is not among its types

    def receive(self, socket: WebSocketsSansIOProtocol, data: bytes) -> None:
        """Takes apart what has come, and reads on when the address has the time for more and the client takes its answers."""
        reading = cast(Reading, socket.transport)
        if socket.close_sent and len(socket.conn.reader.buffer) + len(data) > MAX_AFTER_CLOSE:
            reading.abort()
            return
        parsing = self._addresses.use(reading.address).parsing
        if wait := parsing.take(0.0):  # what has come already waits as well: sockets that are opened anew are no way round it
            reading.hold("pace")
            asyncio.get_running_loop().call_later(wait, self._receive_later, socket, data)
            return
        start = time.thread_time()
        _received(socket, data)
        parsing.take(time.thread_time() - start)
        if len(socket.frames) > MAX_PARTS:
            reading.abort()
            return
        if not socket.writable.is_set():  # answers to pings, above all, which nobody reads
            reading.hold("answers")
        self._large.note(reading, _held(socket))

    def _receive_later(self, socket: WebSocketsSansIOProtocol, data: bytes) -> None:
        reading = cast(Reading, socket.transport)
        if not reading.is_closing():
            reading.let_go("pace")
            self.receive(socket, data)

    def go_on(self, socket: WebSocketsSansIOProtocol) -> None:
        """Notes that the client has taken its answers."""
        cast(Reading, socket.transport).let_go("answers")

    async def next_message(self, socket: WebSocketsSansIOProtocol) -> Any:
        """Returns the next message to the application, which has dealt with the one before."""
        reading = cast(Reading, socket.transport)
        self._large.leave(reading)
        message = await _next_message(socket)
        if len(cast(dict[str, Any], message).get("bytes") or b"") > LARGE:
            self._large.take(reading)
        return message

    def lose(self, socket: WebSocketsSansIOProtocol) -> None:
        """Lets go of a socket that has gone: of its place, of messages that wait, and of what it sent of one without its end."""
        self._large.leave(cast(Reading, socket.transport))
        # Hundreds of small messages may wait, each of them for seconds because they came too fast: nobody asks for them any more,
        # and a server that ends would wait for them all.
        while not socket.queue.empty():
            disconnect = socket.queue.get_nowait()
        socket.queue.put_nowait(disconnect)
        # Not left to the garbage collector, which comes late to what uvicorn holds in a circle: other sockets come meanwhile.
        socket.frames = []
        socket.conn.reader.buffer.clear()


def shut_down(socket: WebSocketsSansIOProtocol) -> None:
    """Closes a socket of a server that ends, for which uvicorn would wait as long as the client does not take what it is sent."""
    _shut_down(socket)
    asyncio.get_running_loop().call_later(SHUTDOWN_SECONDS, socket.transport.abort)


def bound_sockets(addresses: Addresses) -> None:
    """Has uvicorn bound what it reads of WebSockets. To be called once or more in a process, before it serves.

    A middleware sees whole messages only: sixteen megabytes of each of a hundred sockets that wait for the last byte, or pings
    without end, would be nothing that it could limit.
    """
    intake = SocketIntake(addresses)

    def connection_made(socket: WebSocketsSansIOProtocol, transport: Any) -> None:
        _connected(socket, transport)
        intake.connect(socket, transport)

    def connection_lost(socket: WebSocketsSansIOProtocol, error: Exception | None) -> None:
        _lost(socket, error)
        intake.lose(socket)

    def resume_writing(socket: WebSocketsSansIOProtocol) -> None:
        _written(socket)
        intake.go_on(socket)

    replaced: dict[str, Callable[..., Any]] = {
        "connection_made": connection_made, "data_received": intake.receive, "connection_lost": connection_lost,
        "resume_writing": resume_writing, "receive": intake.next_message, "shutdown": shut_down,
    }  # fmt: skip
    for name, function in replaced.items():
        setattr(WebSocketsSansIOProtocol, name, _method(function))


def _held(socket: WebSocketsSansIOProtocol) -> int:
    """Returns the bytes that a socket's unfinished message takes."""
    return len(socket.conn.reader.buffer) + sum(map(len, socket.frames)) + PART_BYTES * len(socket.frames)


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a function that Python binds to the socket, which a bound method is not."""
    return lambda socket, *arguments: function(socket, *arguments)
