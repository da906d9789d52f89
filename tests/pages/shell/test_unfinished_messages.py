"""What the server holds of messages that do not end is bounded, and who has kept one the longest is hung up on."""

from types import SimpleNamespace
from typing import Any

import pytest

from pages.parts.shell import unfinished_messages
from pages.parts.shell.unfinished_messages import Unfinished


class Socket:
    """What uvicorn's protocol shows of a socket: bytes not taken apart yet, parts of a message, and whether it is still there."""

    def __init__(self) -> None:
        self.conn = SimpleNamespace(reader=SimpleNamespace(buffer=bytearray()))
        self.frames: list[bytes] = []
        self.disconnected = False
        self.transport = SimpleNamespace(abort=lambda: setattr(self, "disconnected", True))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(at=0.0, monotonic=lambda: clock.at)
    monkeypatch.setattr(unfinished_messages, "time", clock)
    return clock


def test_the_oldest_unfinished_message_goes_and_finished_ones_count_no_longer(clock: SimpleNamespace) -> None:
    held, sockets = Unfinished(100), [Socket() for _ in range(4)]

    def receive(number: int, size: int) -> None:
        clock.at += 1
        sockets[number].conn.reader.buffer = bytearray(size)
        held.note(sockets[number])  # type: ignore[arg-type]

    receive(0, 40)
    receive(1, 30)
    receive(0, 60)  # more of the same message, which has begun before
    assert not any(socket.disconnected for socket in sockets)
    receive(2, 30)
    assert [socket.disconnected for socket in sockets] == [True, False, False, False]
    receive(1, 0)
    sockets[3].frames = [bytes(40), bytes(20)]  # parts of a message count as well
    receive(3, 5)
    assert [socket.disconnected for socket in sockets] == [True, False, False, False]
    receive(1, 30)
    assert [socket.disconnected for socket in sockets] == [True, False, True, False]


def test_a_socket_that_has_gone_counts_no_longer(clock: SimpleNamespace) -> None:
    held, here, gone = Unfinished(100), Socket(), Socket()
    gone.conn.reader.buffer = here.conn.reader.buffer = bytearray(60)
    gone.disconnected = True
    held.note(gone)  # type: ignore[arg-type]
    held.note(here)  # type: ignore[arg-type]
    other: Any = Socket()
    other.conn.reader.buffer = bytearray(60)
    held.note(other)
    assert (here.disconnected, other.disconnected) == (True, False)


def test_who_goes_on_sending_on_a_closed_socket_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[bytes] = []
    monkeypatch.setattr(unfinished_messages, "_received", lambda socket, data: received.append(data))
    socket: Any = Socket()
    for closed, size, gone in ((False, 10**6, False), (True, 1000, False), (True, 10**6, True)):
        socket.close_sent = closed
        unfinished_messages._receive(socket, bytes(size))
        assert socket.disconnected == gone
    assert list(map(len, received)) == [10**6, 1000]
