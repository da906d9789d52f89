"""Middleware of every server: refuses foreign pages and messages that the app does not expect, and limits rates and uploads."""

import asyncio
import logging
from contextlib import suppress

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected

from pages.parts.frame.network_address import connection_network
from pages.parts.shell.messages import MAX_STATES, NOT_WANTED, Judgement, judge_message
from pages.parts.shell.origin import is_foreign, without_origin
from pages.parts.shell.rates import Addresses, AddressUse, Bucket, socket_rates
from pages.parts.shell.socket_intake import bound_sockets
from pages.parts.shell.uploads import LARGEST, Uploads, paced, throw_away

MAX_SOCKETS_EACH, MAX_SOCKETS = 120, 600  # open pages of one network address, and of all
MAX_THROTTLED = 200  # messages that came too fast, beyond those that did not, after which a socket is closed
REFUSED = 1008  # the code with which a WebSocket is closed that may not open, or that floods

_log = logging.getLogger("pages")


class ConnectionLimits:
    """ASGI middleware. Network addresses are those of connections, or what a proxy forwards that FORWARDED_ALLOW_IPS names."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.addresses, self.uploads = Addresses(), Uploads()
        self.pasted = Bucket(6_000_000, 60_000_000)  # bytes of large messages, of all addresses
        self.sockets = 0
        bound_sockets(self.addresses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._open(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(without_origin(scope), receive, send)
        else:
            await self.app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        upload = self.uploads.upload_of(scope, connection_network(scope))
        if upload is None:
            await self.app(scope, receive, send)
            return
        if upload.size <= LARGEST:
            receive = paced(receive, self.addresses.use(upload.address).uploads)
        if refusal := self.uploads.refusal(upload):
            await throw_away(upload.up_to_its_size(receive))  # at that pace, or uvicorn would take it as fast as it comes
            await refusal(scope, receive, send)
        else:
            with self.uploads.arriving(upload), suppress(ClientDisconnect):
                await self.app(scope, upload.up_to_its_size(receive), send)

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        use = self.addresses.use(connection_network(scope))
        too_many = use.sockets >= MAX_SOCKETS_EACH or self.sockets >= MAX_SOCKETS
        if is_foreign(scope) or too_many or not use.opening.allows(1.0):
            await receive()
            await send({"type": "websocket.close", "code": REFUSED})
            return
        use.sockets, self.sockets = use.sockets + 1, self.sockets + 1
        try:
            await self.app(without_origin(scope), _Filter(receive, send, use, self.pasted), send)
        except (WebSocketDisconnect, WebSocketDisconnected):  # a client that hangs up while it is sent to
            _log.debug("a socket was closed by its client")
        finally:
            use.sockets, self.sockets = use.sockets - 1, self.sockets - 1


class _Filter:
    """Receives for Streamlit: waits where messages come too fast, drops what no visitor may ask for, and closes on too much."""

    def __init__(self, receive: Receive, send: Send, use: AddressUse, pasted: Bucket) -> None:
        self._receive, self._send, self._use, self._rates = receive, send, use, socket_rates()
        self._pasted = pasted, use.pasted
        self._throttled = 0

    async def __call__(self) -> Message:
        while True:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            data = message.get("bytes")
            judgement = Judgement(close=NOT_WANTED) if data is None else judge_message(data)
            if self._throttled > MAX_THROTTLED:
                judgement = Judgement(close=REFUSED)
            if judgement.close:
                return await self._close(judgement.close)
            await self._wait(judgement, len(data or b""))
            if not judgement.drop:
                return message

    async def _wait(self, judgement: Judgement, size: int) -> None:
        """Waits as long as the message of so many bytes came too early."""
        wait = max(rates.take(judgement.run, judgement.file) for rates in (self._rates, self._use.rates))
        if size > MAX_STATES:
            wait = max(wait, *(bytes_left.take(size) for bytes_left in self._pasted))
        self._throttled = max(0, self._throttled + (1 if wait else -1))
        await asyncio.sleep(wait)

    async def _close(self, code: int) -> Message:
        await self._send({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code}
