"""What Streamlit leaves to others: headers that tell the browser what the page may do, a check of the host's name, no public
metrics, and an end to uploads. TLS, the rate of requests and the size of other bodies are left to a proxy in front.
"""

import base64
import hashlib
import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from streamlit import runtime

UPLOADS = 3  # files that a visitor may have on the server at a time; the page uses one
ALL_UPLOADS = 300_000_000  # bytes, of all visitors

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def inline_scripts(page: str) -> list[str]:
    """The CSP sources of the scripts that stand in an HTML page itself, by their hashes."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def content_policy() -> str:
    """The content security policy: everything from here, no eval, and no inline script but Streamlit's own, by its hash.

    blob: is how Streamlit loads the script of a component, WebAssembly how its protobuf counts in 64 bits, inline styles how it
    and Plotly style everything.
    """
    page = (Path(st.__file__).parent / "static" / "index.html").read_text("utf-8")
    scripts = " ".join(["script-src 'self' blob: 'wasm-unsafe-eval'", *inline_scripts(page)])
    return "; ".join((
        "default-src 'self'", scripts, "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:", "font-src 'self' data:", "connect-src 'self' blob:", "worker-src 'self' blob:",
        "object-src 'none'", "base-uri 'self'", "form-action 'self'", "frame-ancestors 'self'",
    ))  # fmt: skip


def headers() -> dict[str, str]:
    """What every answer carries."""
    return {
        "Content-Security-Policy": content_policy(),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


class Guard:
    """Refuses what nobody outside needs, and adds the headers to every answer.

    LRP_HOSTS: the host names that the app answers to, with commas between; any if it is not set. The health check is
    answered under every name.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app
        self.headers = headers()
        self.hosts = {host.strip().lower() for host in os.environ.get("LRP_HOSTS", "").split(",") if host.strip()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await (self._refusal(scope) or self.app)(scope, receive, self._with_headers(send))
        elif scope["type"] == "websocket" and not self._known_host(scope):
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self.app(scope, receive, send)

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        return sending

    def _known_host(self, scope: Scope) -> bool:
        host = re.sub(r":\d+$", "", Headers(scope=scope).get("host", "")).lower()
        return not self.hosts or host in self.hosts

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        path = scope["path"]
        if "/_stcore/metrics" in path:
            return PlainTextResponse("Not found", 404)
        if not self._known_host(scope) and not path.endswith("/_stcore/health"):
            return PlainTextResponse("This server does not go by that name.", 400)
        if scope["method"] in ("PUT", "POST") and (upload := re.search(r"/_stcore/upload_file/([^/]+)/([^/]+)$", path)):
            return _too_many_uploads(*upload.groups())
        return None


def _too_many_uploads(session: str, file: str) -> PlainTextResponse | None:
    """Streamlit bounds the size of a file; here, how many a visitor has at a time, and the bytes of all visitors."""
    kept = runtime.get_instance().uploaded_file_mgr.file_storage  # type: ignore[attr-defined]
    own = kept.get(session, {})
    if len(own.keys() - {file}) >= UPLOADS:
        return PlainTextResponse("Too many files; remove one first.", 429)
    if sum(len(found.data) for files in list(kept.values()) for found in list(files.values())) > ALL_UPLOADS:
        return PlainTextResponse("Too many files of others; try again in a minute.", 503)
    return None
