"""Requests of a browser to run a page: none that a change of the page has overtaken, and none that ends with a white page."""

import logging

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import _coalesce_widget_states

RETRY_SECONDS = 0.3  # until a run is started again for which the system gave no thread

_log = logging.getLogger("pages")
_request = AppSession.request_rerun


def guard_requests() -> None:
    """Has Streamlit leave out requests of a page that was left, and start a run later where there is no thread for it.

    To be called once in a process, or more often.
    """
    # Streamlit offers no place for it.
    AppSession.request_rerun = _request_in_order  # type: ignore[method-assign, assignment]


def _request_in_order(session: AppSession, asked: ClientState | None) -> None:
    if asked is None:
        _request(session, asked)
    elif not _is_overtaken(session, asked):
        _note_page(session, asked)
        _start(session, asked)


def _is_overtaken(session: AppSession, asked: ClientState) -> bool:
    """Whether the visitor has gone to another page since.

    Until the browser hears that the other page begins, it sends what timers and controls ask for by the name of the old one:
    the visitor would be brought back. A link, a step back or a reload sends the values of no control.
    """
    current, first = session.page_script_hash, session._pages_manager.main_script_hash
    # Neither the server nor the browser knows of which page the first run of a visit is, until that has begun; nor does the
    # browser of an address without a page.
    if current in ("", first) or asked.page_script_hash in ("", first, current):
        return False
    return bool(asked.fragment_id or asked.widget_states.widgets) and not asked.is_history_navigation


def _note_page(session: AppSession, asked: ClientState) -> None:
    """Keeps the page that is asked for, before its run begins."""
    if asked.page_script_hash and not asked.fragment_id:
        session._client_state.page_script_hash = asked.page_script_hash


def _start(session: AppSession, asked: ClientState, is_told: bool = False) -> None:
    """Requests the run, with what was asked for before and could not be started, or has it requested again a moment later.

    Streamlit would say it in a message that its page cannot read, and that leaves a white page. is_told: whether the log says
    already that this visit waits.
    """
    before: ClientState | None = vars(session).pop("_not_started", None)
    if before is not None:
        asked = _with_before(before, asked)
    try:
        _request(session, asked)
    except RuntimeError as error:
        if "thread" not in str(error):
            raise
        if not is_told and before is None:
            _log.warning("a page waits for a thread: %s", error)
        vars(session)["_not_started"] = asked
        session._event_loop.call_later(RETRY_SECONDS, _start_again, session)


def _start_again(session: AppSession) -> None:
    asked: ClientState | None = vars(session).pop("_not_started", None)
    if asked is not None:
        _start(session, asked, is_told=True)


def _with_before(before: ClientState, asked: ClientState) -> ClientState:
    """Both requests in one: the values of the newer one, and the buttons that were pressed in either."""
    both = ClientState()
    both.CopyFrom(asked)
    states = _coalesce_widget_states(before.widget_states, asked.widget_states)
    if states is not None:
        both.widget_states.CopyFrom(states)
    if not before.fragment_id:
        both.fragment_id = ""
    return both
