"""Whether a page of another origin asks: judged here, for Streamlit would ask an outside service for its own address."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.types import Scope
from streamlit import config


def is_foreign(scope: Scope) -> bool:
    """Whether a request says that it comes from a page of another origin than this server and those the operator allows."""
    headers = dict(scope["headers"])
    origin, host = (headers.get(name, b"").decode("latin-1").lower() for name in (b"origin", b"host"))
    if b"origin" not in headers:
        return False  # no browser, or a request of the own page
    try:
        place = urlsplit(origin)
        name = place.hostname
    except ValueError:
        return True
    return place.netloc != host and origin.rstrip("/") not in _allowed("server.corsAllowedOrigins") and (
        name is None or name not in _allowed("browser.serverAddress")
    )  # fmt: skip


def without_origin(scope: Scope) -> Scope:
    """Returns the request without what it says of its origin, which has been judged."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"origin"]
    return {**scope, "headers": headers}


def _allowed(option: str) -> Sequence[str]:
    """Returns what the operator has set; of the name of the server only if it was."""
    value = config.get_option(option) if config.is_manually_set(option) else ()
    return [str(each).lower().rstrip("/") for each in ([value] if isinstance(value, str) else value)]
