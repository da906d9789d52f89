"""An application behind the limits of every server, without a server."""

import asyncio
from collections.abc import Iterable
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg

from pages.parts.shell.limits import ConnectionLimits

HOST = b"demo.example.org"


def scope(kind: str = "websocket", path: str = "/_stcore/stream", address: str = "192.0.2.1", **headers: str) -> dict[str, Any]:
    fields = [(b"host", HOST), *((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())]
    return {"type": kind, "path": path, "method": "PUT", "client": (address, 1), "headers": fields}


class Server:
    """Limits before an application that keeps what it receives; `sent` is what the client gets."""

    def __init__(self) -> None:
        self.limits = ConnectionLimits(self.app)
        self.received: list[Any] = []
        self.sent: list[Any] = []
        self.scopes: list[Any] = []
        self.during = lambda: None

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        self.during()
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 204, "headers": []})
            return
        while True:
            message = await receive()
            self.received.append(message)
            if message["type"] == "websocket.disconnect":
                return

    def talk(self, scope: dict[str, Any], messages: Iterable[bytes | str] = ()) -> None:
        """One connection that sends these and hangs up."""
        self.talk_at_once([(scope, messages)])

    def talk_at_once(self, connections: Iterable[tuple[dict[str, Any], Iterable[bytes | str]]]) -> None:
        """Several connections at the same time, each of which sends its messages and hangs up."""

        async def all_of_them() -> None:
            await asyncio.gather(*(self._connect(scope, messages) for scope, messages in connections))

        asyncio.run(all_of_them())

    async def _connect(self, scope: dict[str, Any], messages: Iterable[bytes | str]) -> None:
        inbox: list[Any] = [{"type": "websocket.connect"}] if scope["type"] == "websocket" else []
        inbox += [{"type": "websocket.receive", "bytes" if isinstance(each, bytes) else "text": each} for each in messages]
        inbox.append({"type": "websocket.disconnect", "code": 1000})

        async def receive() -> Any:
            return inbox.pop(0)

        async def send(message: Any) -> None:
            self.sent.append(message)

        await self.limits(scope, receive, send)

    @property
    def heard(self) -> list[bytes]:
        return [each["bytes"] for each in self.received if each["type"] == "websocket.receive"]


def rerun(size: int = 0, widget: str = "$$ID-1-x", link: int = 0, fragment: str = "") -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = "x" * link
    message.rerun_script.fragment_id = fragment
    message.rerun_script.widget_states.widgets.add(id=widget, string_value="x" * size)
    return message.SerializeToString()
