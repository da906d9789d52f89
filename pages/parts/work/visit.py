"""Who is asking, and whether that visitor is still there."""

import time
import uuid

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts.frame.state import LazySessionValue
from pages.parts.work.job import Visit, nobody

GRACE = 10.0  # seconds that a visitor may be away, such as on a phone that changes its network
VISITOR = LazySessionValue("visitor", lambda: uuid.uuid4().hex)


def current() -> Visit:
    """The visitor whose page is being drawn; outside of any page a visit of its own."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return nobody()
    return Visit(VISITOR.get(), Presence(context.session_id))


class Presence:
    """Whether a session is connected, or was within the last GRACE seconds; called from any thread."""

    def __init__(self, session: str) -> None:
        self._session, self._seen = session, time.monotonic()

    def __call__(self) -> bool:
        now = time.monotonic()
        if not runtime.exists() or runtime.get_instance().is_active_session(self._session):
            self._seen = now
        return now - self._seen < GRACE
