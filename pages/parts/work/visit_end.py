"""Lets go of what a visit keeps when it ends, and not only when the next one begins, as Streamlit does."""

import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts.work.allocator import give_back_freed_memory
from pages.parts.work.garbage import Collector

LEFT_SECONDS = 20.0  # without a connection, after which what can be computed again is let go
OVER_SECONDS = 75.0  # after which nobody can come back: longer than server.disconnectedSessionTTL
SWEEP_SECONDS = 1.0


@dataclass
class _Cleanups:
    """The cleanup callbacks of a session, each with how long it must have been away, and when it was last active."""

    seen: float
    ends: list[tuple[float, "weakref.ref[Callable[[], None]]"]] = field(default_factory=list)


_lock = threading.Lock()
_sessions: dict[str, _Cleanups] = {}
_thread: threading.Thread | None = None


def let_go_at_end(clear: Callable[[], None], away: float = OVER_SECONDS) -> None:
    """Has `clear`, a method of what the present visit keeps, called once the visitor has been away so many seconds.

    Does nothing outside of a page. The object is not kept by this.
    """
    global _thread
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or not runtime.exists():
        return
    with _lock:
        cleanups = _sessions.setdefault(context.session_id, _Cleanups(time.monotonic()))
        cleanups.ends.append((away, weakref.WeakMethod(clear)))
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_watch, name="visit-end", daemon=True)
            _thread.start()


def forget_disconnected(is_active: Callable[[str], bool]) -> None:
    """Lets go of what visits keep that are not connected."""
    now, ended = time.monotonic(), list["weakref.ref[Callable[[], None]]"]()
    with _lock:
        for session, cleanups in list(_sessions.items()):
            if is_active(session):
                cleanups.seen = now
            ended += [reference for away, reference in cleanups.ends if now - cleanups.seen > away]
            if now - cleanups.seen > OVER_SECONDS:
                del _sessions[session]
    for reference in ended:
        if clear := reference():
            clear()


def _watch() -> None:
    collector = Collector()
    while True:
        time.sleep(SWEEP_SECONDS)
        if threading.current_thread() is not _thread:
            return
        if runtime.exists():
            forget_disconnected(runtime.get_instance().is_active_session)
            collector.collect()
            give_back_freed_memory()
