"""Runs of a part of a page, such as its timer asks for: they leave the controls beside the part as they are."""

from collections.abc import Callable

from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.session_state import SessionState

_will_rerun: Callable[..., None] = SessionState.on_script_will_rerun


def keep_controls() -> None:
    """Has a run of a part take the values of controls of parts only. To be called once in a process, or more often.

    The browser sends all values with each message. Where it has not yet drawn what a run has set, such as that no sample is
    chosen beside an uploaded picture, they are old: they would be taken for the visitor's wish, and the upload would be gone. A
    control beside the parts that the visitor changes runs the whole page.
    """
    # Streamlit offers no place for it.
    SessionState.on_script_will_rerun = _will_rerun_with_own  # type: ignore[method-assign, assignment]


def _will_rerun_with_own(state: SessionState, fresh: WidgetStates | None, **others: object) -> None:
    context = get_script_run_ctx(suppress_warning=True)
    if fresh is not None and context is not None and context.fragment_ids_this_run:
        fresh = _of_parts(state, fresh)
    _will_rerun(state, fresh, **others)


def _of_parts(state: SessionState, fresh: WidgetStates) -> WidgetStates:
    """Returns the values without those of controls that are known to be in no part."""
    known, found = state._new_widget_state.widget_metadata, WidgetStates()
    found.widgets.extend(
        each for each in fresh.widgets if (control := known.get(each.id)) is None or control.fragment_id is not None
    )
    return found
