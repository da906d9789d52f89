"""Attacks by messages on open sockets, and by handshakes."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed

from tests.load.client import Client, LoadError
from tests.load.scenes.scene import ATTACKER, Scene, clients

SOCKETS = 3
MOST_MESSAGES = 1_000_000  # of one socket
RESENT = 400  # messages before the clock is looked at


def flood(message: Callable[[Client], BackMsg], url: str, end: float, sockets: int = SOCKETS, drawn: bool = True) -> None:
    """The same message on several sockets as often as they take it; opens new sockets where they are closed."""

    def send(_: int) -> None:
        sent = 0
        while time.monotonic() < end and sent < MOST_MESSAGES:
            with suppress(ConnectionClosed, LoadError, OSError), clients(url, 1, drawn=drawn) as (client,):
                data = message(client).SerializeToString()
                while time.monotonic() < end and sent < MOST_MESSAGES:
                    for _ in range(RESENT if len(data) < 1000 else 1):
                        client.send_bytes(data, until=end)
                        sent += 1
            time.sleep(0.05)

    with ThreadPoolExecutor(sockets) as crowd:
        list(crowd.map(send, range(sockets)))


def heartbeat(client: Client) -> BackMsg:
    return BackMsg(app_heartbeat=True)


def rerun(client: Client) -> BackMsg:
    message = BackMsg()
    message.rerun_script.query_string = client.query
    return message


def long_link(client: Client) -> BackMsg:
    message = BackMsg()
    message.rerun_script.query_string = "&".join(f"x{i}=y" for i in range(45_000))
    return message


def download(client: Client) -> BackMsg:
    message = BackMsg()
    request = message.backend_operation_request
    request.session_id, request.request_id = client.session, "r"
    request.deferred_file.file_id = client.download
    return message


def clear_cache(client: Client) -> BackMsg:
    return BackMsg(clear_cache=True)


def unknown_state(client: Client, size: int = 24_000_000) -> BackMsg:
    """The state of a widget that no page has."""
    message = BackMsg()
    message.rerun_script.widget_states.widgets.add(id="$$ID-unknown", string_value="x" * size)
    return message


def foreign_handshakes(url: str, end: float) -> None:
    """Handshakes of pages of other origins, four at a time."""
    place = urlsplit(url)
    request = (
        f"GET /_stcore/stream HTTP/1.1\r\nHost: {place.netloc}\r\nOrigin: https://evil.example\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()

    def shake(_: int) -> None:
        while time.monotonic() < end:
            with suppress(OSError), socket.create_connection((place.hostname, place.port), 30, (ATTACKER, 0)) as connection:
                connection.sendall(request)
                connection.recv(1000)
            time.sleep(0.05)

    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(shake, range(4)))


SCENES = (
    Scene("flood of heartbeats", partial(flood, heartbeat)),
    Scene("flood of reruns", partial(flood, rerun)),
    Scene("flood of long links", partial(flood, long_link)),
    Scene("flood of downloads", partial(flood, download, sockets=1)),
    Scene("clear cache", partial(flood, clear_cache)),
    Scene("unknown state", partial(flood, unknown_state, sockets=20, drawn=False)),
    Scene("large frames", partial(flood, partial(unknown_state, size=49_000_000), sockets=10, drawn=False)),
    Scene("foreign handshakes", foreign_handshakes),
)
