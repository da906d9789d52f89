"""The visitor of the page that is being drawn, and whether the visitor is still connected."""

import time
import uuid

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts.frame.network_address import same_network
from pages.parts.frame.state import LazySessionValue
from pages.parts.work.job import Visit, anonymous_visit

GRACE_SECONDS = 10.0  # seconds that a visitor may be away, such as on a phone that changes its network
VISITOR = LazySessionValue("visitor", lambda: uuid.uuid4().hex)


def current_visit() -> Visit:
    """Returns the visitor whose page is being drawn, a new one outside of any page."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return anonymous_visit()
    return Visit(VISITOR.get(), Presence(context.session_id), network_address(context.session_id))


def network_address(session: str) -> str:
    """Returns what tells one network from another: the address of the session's connection, "" where there is none.

    Behind a proxy that FORWARDED_ALLOW_IPS names, it is the one that the proxy has forwarded.
    """
    client = runtime.get_instance().get_client(session) if runtime.exists() else None
    text = (client.client_context.remote_ip if client and client.client_context else None) or ""
    return same_network(text)


class Presence:
    """Tells whether a session is connected, or was within the last GRACE_SECONDS; callable from any thread."""

    def __init__(self, session: str) -> None:
        self._session, self._seen = session, time.monotonic()

    def __call__(self) -> bool:
        now = time.monotonic()
        if not runtime.exists() or runtime.get_instance().is_active_session(self._session):
            self._seen = now
        return now - self._seen < GRACE_SECONDS
