"""Middleware for the open web: security headers, a check of the host name, no public metrics.

TLS, the rate of requests and the size of other bodies are left to a proxy in front.
"""

import base64
import hashlib
import logging
import os
import re
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEALTH = "/_stcore/health"
NO_HOSTS = (
    "LRP_HOSTS IS NOT SET: this server answers to any host name. A page of another site whose name leads here can then use the "
    "app in its visitors' browsers. Set LRP_HOSTS to the names of this server, with commas between."
)

_log = logging.getLogger("pages")


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


def allowed_hosts() -> list[str]:
    """Returns the host names in LRP_HOSTS."""
    return [host.strip() for host in os.environ.get("LRP_HOSTS", "").split(",") if host.strip()]


class Guard:
    """ASGI middleware that refuses what no visitor needs and adds the security headers to every answer.

    LRP_HOSTS holds the host names that the app answers to, with commas between, `*.example.org` for all its subdomains; any
    name if it is not set. The health check is answered under every name.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = security_headers()
        hosts = allowed_hosts()
        if not hosts:
            _log.warning(NO_HOSTS)
        self.host_check = TrustedHostMiddleware(self._answer, hosts or ["*"], www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.host_check(scope, receive, send)
        elif scope["path"].endswith(HEALTH):
            await self.app(scope, receive, self._with_headers(send))
        else:
            await self.host_check(scope, receive, self._with_headers(send))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        hidden = scope["type"] == "http" and "/_stcore/metrics" in scope["path"]
        await (PlainTextResponse("Not found", 404) if hidden else self.app)(scope, receive, send)

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        return sending
