"""The app as it is started at home: a check of the host name, and the browser that opens with it."""

import asyncio
import ipaddress
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import cli_util, config
from streamlit.web.server import server_util

from pages.parts.shell.guard import NO_HOSTS, allowed_hosts

_log = logging.getLogger("pages")


class LocalHosts:
    """ASGI middleware that answers to this machine's own names and to addresses, or to those in LRP_HOSTS.

    A page of another site whose name leads to 127.0.0.1 could otherwise use the app. A server that listens beyond this machine
    and has no LRP_HOSTS answers to any name, and says so when it starts.
    """

    def __init__(self, app: ASGIApp) -> None:
        address = str(config.get_option("server.address") or "0.0.0.0")
        self.app, self.any_name = app, not allowed_hosts() and not _is_loopback(address)
        if self.any_name:
            _log.warning(NO_HOSTS)
        own = ["localhost", "*.localhost", socket.gethostname().lower(), address, config.get_option("browser.serverAddress")]
        self.host_check = TrustedHostMiddleware(app, allowed_hosts() or [str(name) for name in own if name], www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_open = self.any_name or scope["type"] == "lifespan" or (not allowed_hosts() and _is_address(_host(scope)))
        await (self.app if is_open else self.host_check)(scope, receive, send)


@asynccontextmanager
async def open_browser(app: object) -> AsyncIterator[None]:
    """Opens the page in the browser when the server starts, as `streamlit run` does for a script, unless it is headless."""
    if not config.get_option("server.headless"):
        option = "browser.serverAddress" if config.is_manually_set("browser.serverAddress") else "server.address"
        url = server_util.get_url(server_util.get_display_address(str(config.get_option(option) or "localhost")))
        asyncio.get_running_loop().call_soon(cli_util.open_browser, url)
    yield


def _host(scope: Scope) -> str:
    """The host name that a request asks for, without its port."""
    host = str(dict(scope["headers"]).get(b"host", b""), "latin-1")
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(address: str) -> bool:
    return address == "localhost" or (_is_address(address) and ipaddress.ip_address(address).is_loopback)
