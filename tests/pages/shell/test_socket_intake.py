"""What sockets send before it is a message costs a server little, whatever it is; on uvicorn itself, on loopback."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import psutil
import pytest
import uvicorn
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect

from pages.parts.shell import socket_intake
from pages.parts.shell.large_messages import AT_ONCE_EACH, LARGE
from pages.parts.shell.rates import Addresses, Bucket
from pages.parts.shell.socket_intake import Reading, bound_sockets
from tests.browser.server import free_port
from tests.load.scenes.sockets import UPGRADE
from tests.visitor import SECONDS

BIG = 12_000_000  # bytes


class Server:
    """An application that counts the bytes it is given; it takes messages larger than `waits_above` when it is told to."""

    def __init__(self) -> None:
        self.addresses, self.port = Addresses(), free_port()
        self.taken: list[int] = []
        self.takes, self.waits_above = threading.Event(), LARGE
        self.opened = ExitStack()
        bound_sockets(self.addresses)
        self.uvicorn = uvicorn.Server(uvicorn.Config(self.app, port=self.port, log_level="error", interface="asgi3"))
        self.thread = threading.Thread(target=self.uvicorn.run, daemon=True)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            return
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            size = len(message["bytes"])
            while size > self.waits_above and not self.takes.is_set():
                await asyncio.sleep(0.01)
            self.taken.append(size)
            with suppress(OSError):  # the client has gone; Streamlit does not send then
                await send({"type": "websocket.send", "bytes": b"taken"})

    def client(self) -> ClientConnection:
        connecting = connect(f"ws://127.0.0.1:{self.port}", compression=None, ping_interval=None, close_timeout=0.1)
        return self.opened.enter_context(connecting)

    def deaf_socket(self) -> socket.socket:
        """A socket that takes little of what it is sent: systems differ in how much they would hold for it."""
        deaf = self.opened.enter_context(socket.socket())
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 10_000)
        deaf.connect(("127.0.0.1", self.port))
        deaf.sendall(f"{UPGRADE.format('localhost')}\r\n".encode())
        return deaf

    def readings(self) -> list[Reading]:
        return [connection.transport for connection in self.uvicorn.server_state.connections]  # type: ignore[union-attr, misc]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.thread.start()
    until(lambda: server.uvicorn.started)
    yield server
    for connection in server.uvicorn.server_state.connections.copy():
        server.uvicorn.servers[0].get_loop().call_soon_threadsafe(connection.transport.abort)  # type: ignore[union-attr]
    server.opened.close()
    server.uvicorn.should_exit = server.uvicorn.force_exit = True
    server.thread.join(SECONDS)


def until(true: Any) -> None:
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def frame(opcode: Opcode, data: bytes, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin=fin).serialize(mask=True, extensions=())


def pour(connection: socket.socket, data: bytes) -> threading.Thread:
    """Sends raw bytes for as long as they are taken, in a thread of their own."""

    def send() -> None:
        try:
            connection.sendall(data)
        except OSError:
            return

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    return thread


def test_large_messages_wait_unread_for_those_before_them_and_small_ones_do_not(server: Server) -> None:
    senders, before = [server.client() for _ in range(8)], psutil.Process().memory_info().rss
    message = frame(Opcode.BINARY, bytes(BIG))
    for sender in senders:
        pour(sender.socket, message)
    small = server.client()
    for _ in range(20):
        small.send(b"x")
        assert small.recv(SECONDS) == b"taken"
    until(lambda: sum("place" in reading._reasons for reading in server.readings()) == len(senders) - AT_ONCE_EACH)
    assert psutil.Process().memory_info().rss - before < 100_000_000
    server.takes.set()
    for sender in senders:  # each has its turn, and none is lost
        assert sender.recv(SECONDS) == b"taken"
    assert server.taken == [1] * 20 + [BIG] * 8


def test_pings_and_empty_parts_without_end_cost_an_address_its_own_time(server: Server) -> None:
    server.addresses.use("127.0.0.1").parsing = Bucket(0.02, 0.02)
    parts = frame(Opcode.BINARY, b"", fin=False) + frame(Opcode.CONT, b"", fin=False) * 2_000_000
    for data in (frame(Opcode.PING, b"x" * 125) * 200_000, parts):
        pour(server.client().socket, data)
    until(lambda: any("pace" in reading._reasons for reading in server.readings()))
    spent = psutil.Process().cpu_times().user
    time.sleep(0.5)
    assert psutil.Process().cpu_times().user - spent < 0.4


def test_who_reads_no_answers_is_not_read_either(server: Server) -> None:
    server.addresses.use("127.0.0.1").parsing = Bucket(1e9, 1e9)
    deaf = server.deaf_socket()
    until(server.readings)
    pouring = pour(deaf, frame(Opcode.PING, b"x" * 125) * 200_000)
    (reading,) = server.readings()
    until(lambda: "answers" in reading._reasons)
    assert reading.get_write_buffer_size() < 200_000
    assert pouring.is_alive()
    deaf.settimeout(0.1)
    end = time.monotonic() + SECONDS
    while pouring.is_alive() or reading._reasons:  # it goes on where the answers are taken
        assert time.monotonic() < end
        with suppress(TimeoutError):
            deaf.recv(1 << 20)


def test_a_message_in_endless_parts_ends(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_intake, "MAX_PARTS", 1000)
    connection = server.client()
    pour(connection.socket, frame(Opcode.BINARY, b"", fin=False) + frame(Opcode.CONT, b"", fin=False) * 10_000)
    until(lambda: not server.readings())
    other = server.client()
    other.send(b"x")
    assert other.recv(SECONDS) == b"taken"


@pytest.mark.parametrize("part", [b"", b"ab"])
def test_parts_without_content_take_a_place_too(server: Server, part: bytes) -> None:
    senders = [server.client() for _ in range(AT_ONCE_EACH + 2)]
    for sender in senders:
        pour(sender.socket, frame(Opcode.BINARY, b"", fin=False) + frame(Opcode.CONT, part, fin=False) * 3000)
    until(lambda: sum("place" in reading._reasons for reading in server.readings()) == 2)


def test_what_a_lost_socket_has_sent_is_let_go_at_once(server: Server) -> None:
    connection = server.client()
    until(server.readings)
    (reading,) = server.readings()
    pour(connection.socket, frame(Opcode.BINARY, bytes(LARGE), fin=False) + frame(Opcode.CONT, bytes(LARGE))[:-10])
    until(lambda: reading._socket.frames and reading._socket.conn.reader.buffer)
    connection.socket.close()
    until(lambda: not server.readings())
    assert (reading._socket.frames, reading._socket.conn.reader.buffer) == ([], b"")


def test_a_server_ends_without_the_messages_that_wait(server: Server) -> None:
    server.waits_above = 0
    connection = server.client()
    connection.socket.sendall(frame(Opcode.BINARY, b"x") * 50)
    until(lambda: [reading._socket.queue.qsize() for reading in server.readings()] == [49])
    server.uvicorn.should_exit = True
    until(lambda: not server.readings())
    server.takes.set()
    until(lambda: not server.thread.is_alive())
    assert server.taken == [1]


def test_a_server_ends_though_a_client_takes_no_answers(server: Server) -> None:
    server.addresses.use("127.0.0.1").parsing = Bucket(1e9, 1e9)
    deaf = server.deaf_socket()
    until(server.readings)
    pour(deaf, frame(Opcode.PING, b"x" * 125) * 200_000)
    (reading,) = server.readings()
    until(lambda: "answers" in reading._reasons)
    server.uvicorn.should_exit = True
    until(lambda: not server.thread.is_alive())


def test_who_goes_on_sending_on_a_closed_socket_is_hung_up_on(server: Server) -> None:
    connection = server.client()
    until(server.readings)
    (reading,) = server.readings()
    reading._socket.close_sent = True
    pour(connection.socket, frame(Opcode.BINARY, bytes(BIG)))
    until(lambda: not server.readings())
