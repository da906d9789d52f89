"""Attacks by messages on open sockets, and by handshakes."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.frames import Frame, Opcode

from tests.load.scenes.attack import Attack
from tests.load.scenes.scene import Scene

SOCKETS = 3
_downloads: list[str] = []  # names of files that are made on a click
MOST_MESSAGES = 1_000_000  # of one socket
PASTE, PASTED = "-paste", 13_333_336  # how the ID of the control for pasted pictures ends, and the characters that it takes
UNFINISHED = 15_000_000  # bytes of a message without its end, less than a socket takes
AT_ONCE = 60_000  # bytes of small messages that are handed over together


def flood(message: Callable[[str], BackMsg], attack: Attack, sockets: int = SOCKETS, drawn: bool = False) -> None:
    """The same message on several sockets as often as they take it; opens new sockets where they are closed.

    message: made for a session, whose page was drawn before if that is wanted.
    """
    sessions = [_drawn_session(attack) if drawn else "" for _ in range(sockets)]
    sent = Counter[int]()

    def send(number: int) -> None:
        data = Frame(Opcode.BINARY, message(sessions[number]).SerializeToString()).serialize(mask=True, extensions=())
        several = max(1, AT_ONCE // len(data))
        with suppress(OSError), raw_socket(attack, sessions[number]) as connection:
            while attack.goes_on and sent[number] < MOST_MESSAGES:
                connection.sendall(data * several)
                sent[number] += several
        time.sleep(0.05)

    attack.repeat(send, range(sockets))


@contextmanager
def raw_socket(attack: Attack, session: str = "", reads: bool = True) -> Iterator[socket.socket]:
    """A connection on which a WebSocket is open, of that session if there is one.

    reads: whether what the server sends is taken, and thrown away.
    """
    place = urlsplit(attack.url)
    protocols = f"streamlit, , {session}" if session else "streamlit"
    with socket.create_connection((place.hostname, place.port), 30, (attack.address, 0)) as connection:
        connection.sendall(f"{UPGRADE.format(place.netloc)}Sec-WebSocket-Protocol: {protocols}\r\n\r\n".encode())
        connection.recv(1000)
        if reads:
            threading.Thread(target=_throw_away, args=(connection,), daemon=True).start()
        yield connection


UPGRADE = (
    "GET /_stcore/stream HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def _throw_away(connection: socket.socket) -> None:
    with suppress(OSError):
        while connection.recv(1 << 20):
            pass


def _drawn_session(attack: Attack) -> str:
    with attack.clients(1) as (client,):
        _downloads.append(str(client.all("download_button")[0].deferred_file_id))
        return client.id


def heartbeat(session: str) -> BackMsg:
    return BackMsg(app_heartbeat=True)


def rerun(session: str) -> BackMsg:
    message = BackMsg()
    message.rerun_script.query_string = "epsilon=1"
    return message


def long_link(session: str) -> BackMsg:
    message = BackMsg()
    message.rerun_script.query_string = "&".join(f"x{i}=y" for i in range(45_000))
    return message


def download(session: str) -> BackMsg:
    message = BackMsg()
    request = message.backend_operation_request
    request.session_id, request.request_id = session, "r"
    request.deferred_file.file_id = _downloads[-1]
    return message


def clear_cache(session: str) -> BackMsg:
    return BackMsg(clear_cache=True)


def unknown_state(session: str, size: int = 24_000_000) -> BackMsg:
    """The state of a widget that no page has."""
    message = BackMsg()
    message.rerun_script.widget_states.widgets.add(id="$$ID-unknown", string_value="x" * size)
    return message


def many_states(session: str) -> BackMsg:
    """As many states of widgets as their bytes allow, which no page has."""
    message = BackMsg()
    for number in range(17_000):
        message.rerun_script.widget_states.widgets.add(id=f"$$ID-{number:x}", bool_value=True)
    return message


def many_names(session: str) -> BackMsg:
    """Asks for places for as many files as the bytes of their names allow."""
    message = BackMsg()
    message.file_urls_request.file_names.extend([""] * 120_000)
    return message


def pasted_state(session: str) -> BackMsg:
    """A pasted picture that is none, as large as any may be."""
    message = BackMsg()
    message.rerun_script.widget_states.widgets.add(id=f"$$ID-0{PASTE}", json_trigger_value="x" * PASTED)
    return message


def unfinished_messages(attack: Attack, parts: bool = False) -> None:
    """A hundred sockets that send most of a large message each, and never its end.

    parts: each as a thousand frames, of which the last is missing.
    """
    if parts:
        size, first = UNFINISHED // 1000, Frame(Opcode.BINARY, b"", fin=False)
        data = b"".join(
            frame.serialize(mask=True, extensions=()) for frame in [first, *[Frame(Opcode.CONT, bytes(size), fin=False)] * 1000]
        )
    else:
        data = Frame(Opcode.BINARY, bytes(UNFINISHED)).serialize(mask=True, extensions=())[:-10]

    def send(_: int) -> None:
        with suppress(OSError), raw_socket(attack) as connection:
            connection.sendall(data)
            while attack.goes_on and connection.fileno() >= 0:
                time.sleep(0.5)
        time.sleep(0.5)

    attack.repeat(send, range(100))


def pings(attack: Attack) -> None:
    """Pings and empty parts of messages without end, from sockets that read no answer."""
    ping = Frame(Opcode.PING, b"x" * 125).serialize(mask=True, extensions=()) * 400
    first = Frame(Opcode.BINARY, b"", fin=False).serialize(mask=True, extensions=())
    part = Frame(Opcode.CONT, b"", fin=False).serialize(mask=True, extensions=()) * 8000

    def send(number: int) -> None:
        with suppress(OSError), raw_socket(attack, reads=False) as connection:
            connection.settimeout(1)
            connection.sendall(first)
            while attack.goes_on:
                with suppress(TimeoutError):
                    connection.send(ping if number % 2 else part)
        time.sleep(0.05)

    attack.repeat(send, range(6))


def foreign_handshakes(attack: Attack) -> None:
    """Handshakes of pages of other origins, four at a time."""
    place = urlsplit(attack.url)
    request = f"{UPGRADE.format(place.netloc)}Origin: https://evil.example\r\n\r\n".encode()

    def shake(_: int) -> None:
        with suppress(OSError), socket.create_connection((place.hostname, place.port), 30, (attack.address, 0)) as connection:
            connection.sendall(request)
            connection.recv(1000)
        time.sleep(0.05)

    attack.repeat(shake, range(4))


SCENES = (
    Scene("flood of heartbeats", partial(flood, heartbeat)),
    Scene("flood of reruns", partial(flood, rerun)),
    Scene("flood of long links", partial(flood, long_link)),
    Scene("flood of downloads", partial(flood, download, sockets=1, drawn=True)),
    Scene("clear cache", partial(flood, clear_cache)),
    Scene("unknown state", partial(flood, unknown_state, sockets=20)),
    Scene("many states", partial(flood, many_states)),
    Scene("many file names", partial(flood, many_names)),
    Scene("large frames", partial(flood, partial(unknown_state, size=49_000_000), sockets=10)),
    Scene("pasted states", partial(flood, pasted_state, sockets=20)),
    Scene("unfinished messages", unfinished_messages),
    Scene("messages in parts", partial(unfinished_messages, parts=True)),
    Scene("pings and empty parts", pings),
    Scene("foreign handshakes", foreign_handshakes),
)
