"""Bounds what the server holds of large WebSocket messages: few come at a time, and other sockets are not read meanwhile."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Hashable
from typing import Protocol

LARGE = 100_000  # bytes; smaller messages always come
AT_ONCE, AT_ONCE_EACH = 4, 2  # sockets with a large message that comes or is being taken, of all and of one address
STALLED = 30.0  # seconds after which a message that has not ended loses its place to one that waits
GLANCE = 1.0  # seconds between two looks at whether a place is free, while any socket waits


class Sender(Protocol):
    """A socket as the places see it."""

    @property
    def address(self) -> Hashable:
        """The network address that sends."""

    @property
    def gone(self) -> bool:
        """Whether it is closed, or about to be."""

    def hold(self, why: str) -> None:
        """Reads no more until that reason is gone."""

    def let_go(self, why: str) -> None:
        """Takes the reason back."""

    def abort(self) -> None:
        """Hangs up."""


class LargeMessages:
    """Who receives a large message, since when, and who waits for a place to do so."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._coming: dict[Sender, float] = {}
        self._taken: set[Sender] = set()  # of these, whose message has come and is being taken
        self._waiting: list[Sender] = []
        self._looks_again = False

    def note(self, socket: Sender, held: int) -> None:
        """Has a socket that holds so many bytes of an unfinished message wait for a place if these are many."""
        if held > LARGE and socket not in self._coming and socket not in self._waiting:
            self._waiting.append(socket)
            socket.hold("place")
            self._go_on()
            self._look_later()

    def take(self, socket: Sender) -> None:
        """Notes that the application has been given the socket's large message: nothing more is read until it asks again."""
        self._coming.setdefault(socket, self._clock())
        self._taken.add(socket)
        socket.hold("message")

    def leave(self, socket: Sender) -> None:
        """Takes the place of a socket back, whose message was taken, or that has gone."""
        socket.let_go("message")
        self._taken.discard(socket)
        if self._coming.pop(socket, None) is not None or socket.gone:
            self._go_on()

    def _look_later(self) -> None:
        """Sees to it that the places are looked at again while any socket waits, once for all of them."""
        if self._waiting and not self._looks_again:
            self._looks_again = True
            asyncio.get_running_loop().call_later(GLANCE, self._look_again)

    def _look_again(self) -> None:
        self._looks_again = False
        self._go_on()
        self._look_later()

    def _go_on(self) -> None:
        """Gives free places to sockets that wait, those of addresses with fewer places first; hangs up on stalled ones."""
        self._waiting = [socket for socket in self._waiting if not socket.gone]
        self._coming = {socket: since for socket, since in self._coming.items() if not socket.gone}
        while self._waiting:
            used = Counter(socket.address for socket in self._coming)
            first = min(self._waiting, key=lambda socket: used[socket.address])
            if len(self._coming) >= AT_ONCE or used[first.address] >= AT_ONCE_EACH:
                if not self._hang_up_on_stalled():
                    return
                continue
            self._waiting.remove(first)
            self._coming[first] = self._clock()
            first.let_go("place")

    def _hang_up_on_stalled(self) -> bool:
        """Returns whether a socket has lost its place, whose message has been coming for too long."""
        now = self._clock()
        stalled = [socket for socket, since in self._coming.items() if now - since >= STALLED and socket not in self._taken]
        for socket in stalled:
            del self._coming[socket]
            socket.abort()
        return bool(stalled)
