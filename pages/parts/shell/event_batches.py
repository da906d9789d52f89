"""Wakes the server's event loop once for many messages of a page's run, where Streamlit wakes it twice for each of them.

What a run has drawn also comes before the visitor's next message is read, where Streamlit may lose it.
"""

from collections import deque
from collections.abc import Callable
from threading import Lock

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession

Callback = Callable[[], None]

_appending = Lock()
_call_soon, _tell_of_message = AppSession._call_soon_on_event_loop, Runtime._enqueued_some_message
_handle_message = AppSession.handle_backmsg


def batch_events() -> None:
    """Has Streamlit wake the event loop for what a run draws only where the loop does not come to it anyway.

    A run of the page draws some 150 elements. To wake the loop is a system call, at which the run gives Python's lock away and
    waits until it has it back: a third of the run's time. To be called once in a process, or more often.
    """
    # Streamlit offers no place for it.
    AppSession._call_soon_on_event_loop = _call_after_others  # type: ignore[method-assign, assignment]
    Runtime._enqueued_some_message = _tell_once  # type: ignore[method-assign, assignment]
    AppSession.handle_backmsg = _handle_after_what_waits  # type: ignore[method-assign, assignment]


def _call_after_others(session: AppSession, callback: Callback) -> None:
    """Has the event loop call it after what waits already; from any thread."""
    waiting: deque[Callback] = vars(session).setdefault("_waiting_callbacks", deque())
    with _appending:  # of two that append at once, each would take the other for the first
        waiting.append(callback)
        is_first = len(waiting) == 1
    if is_first:
        _call_soon(session, lambda: _call_waiting(session, waiting))


def _call_waiting(session: AppSession, waiting: deque[Callback]) -> None:
    """Calls all that wait by now, so that none comes later than it would have alone; those that come meanwhile are next."""
    try:
        for _ in range(len(waiting)):
            try:
                waiting[0]()
            finally:
                waiting.popleft()  # only now, or another thread would wake the loop meanwhile
    finally:
        if waiting:
            session._event_loop.call_soon(_call_waiting, session, waiting)


def _handle_after_what_waits(session: AppSession, message: BackMsg) -> None:
    """Handles a visitor's message after all that waits by now.

    A message for which Streamlit makes a new runner has the events of the one before ignored, the end of its run among them.
    """
    waiting: deque[Callback] = vars(session).get("_waiting_callbacks", deque())
    try:
        _call_waiting(session, waiting)
    finally:
        _handle_message(session, message)


def _tell_once(runtime: Runtime) -> None:
    """Tells the loop that there are messages to be sent, unless it was told since it sent the last ones."""
    if not runtime._get_async_objs().need_send_data.is_set():
        _tell_of_message(runtime)
