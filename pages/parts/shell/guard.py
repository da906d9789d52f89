"""Middleware for the open web: security headers, a check of the host name, no public metrics, and limits on uploads.

TLS, the rate of requests and the size of other bodies are left to a proxy in front.
"""

import base64
import hashlib
import os
import re
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime

UPLOADS = 3  # files that a visitor may have on the server at a time; the page uses one
ALL_UPLOADS = 300_000_000  # bytes, of all visitors
HEALTH = "/_stcore/health"


def inline_scripts(page: str) -> list[str]:
    """Returns the CSP source, a hash, of each inline script of an HTML page."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def content_policy() -> str:
    """Returns the content security policy: this host only, no eval, and no inline script but Streamlit's own.

    Streamlit loads the scripts of components from blob:, its protobuf needs WebAssembly, and it and Plotly use inline styles.
    """
    page = (Path(st.__file__).parent / "static" / "index.html").read_text("utf-8")
    scripts = " ".join(["script-src 'self' blob: 'wasm-unsafe-eval'", *inline_scripts(page)])
    return "; ".join((
        "default-src 'self'", scripts, "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:", "font-src 'self' data:", "connect-src 'self' blob:", "worker-src 'self' blob:",
        "object-src 'none'", "base-uri 'self'", "form-action 'self'", "frame-ancestors 'self'",
    ))  # fmt: skip


def security_headers() -> dict[str, str]:
    """Returns the headers that every answer carries."""
    return {
        "Content-Security-Policy": content_policy(),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


class Guard:
    """ASGI middleware that refuses what no visitor needs and adds the security headers to every answer.

    LRP_HOSTS holds the host names that the app answers to, with commas between, `*.example.org` for all its subdomains; any
    name if it is not set. The health check is answered under every name.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = security_headers()
        hosts = [host.strip() for host in os.environ.get("LRP_HOSTS", "").split(",") if host.strip()]
        self.host_check = TrustedHostMiddleware(self._answer, hosts or ["*"], www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.host_check(scope, receive, send)
        elif scope["path"].endswith(HEALTH):
            await self.app(scope, receive, self._with_headers(send))
        else:
            await self.host_check(scope, receive, self._with_headers(send))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _refusal(scope) if scope["type"] == "http" else None
        await (refusal or self.app)(scope, receive, send)

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        return sending


def _refusal(scope: Scope) -> PlainTextResponse | None:
    if "/_stcore/metrics" in scope["path"]:
        return PlainTextResponse("Not found", 404)
    if scope["method"] in ("PUT", "POST") and (upload := re.search(r"/_stcore/upload_file/([^/]+)/([^/]+)$", scope["path"])):
        return _upload_refusal(*upload.groups())
    return None


def _upload_refusal(session: str, file: str) -> PlainTextResponse | None:
    """Refuses a file beyond the number that one visitor, or the bytes that all visitors, may have on the server."""
    kept = runtime.get_instance().uploaded_file_mgr.file_storage  # type: ignore[attr-defined]
    own = kept.get(session, {})
    if len(own.keys() - {file}) >= UPLOADS:
        return PlainTextResponse("Too many files; remove one first.", 429)
    if sum(len(found.data) for files in list(kept.values()) for found in list(files.values())) > ALL_UPLOADS:
        return PlainTextResponse("Too many files of others; try again in a minute.", 503)
    return None
