"""Values of controls in messages of a browser that has not drawn yet what a run has set: they are not the visitor's wish.

A browser sends the values of all controls with each message. Where it does not know yet that no sample is chosen beside an
uploaded picture, the sample of before would be taken for a choice, and the upload would be gone.
"""

from collections.abc import Callable
from typing import cast

from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.session_state import SessionState

from pages.parts.frame.state import keys_set_lately

_REPORTED = "reported values"  # the key of the values that the browser has sent last, by the controls' ids
_TRIGGERS = ("trigger_value", "string_trigger_value", "json_trigger_value", "chat_input_value")
_will_rerun: Callable[..., None] = SessionState.on_script_will_rerun


def ignore_old_values() -> None:
    """Has runs ignore values that are old. To be called once in a process, or more often.

    A run of a part of a page, such as its timer asks for, takes the values of controls of parts only: a control beside the parts
    that the visitor changes runs the whole page. A run of the page that begins a moment after the last one ignores the value of
    a control that has been set meanwhile, where the browser sends what it sent before.
    """
    # Streamlit offers no place for it.
    SessionState.on_script_will_rerun = _will_rerun_with_new  # type: ignore[method-assign, assignment]


def _will_rerun_with_new(state: SessionState, fresh: WidgetStates | None, **others: object) -> None:
    context = get_script_run_ctx(suppress_warning=True)
    if fresh is not None and context is not None:
        before = _report(state, fresh)
        if old := _beside_parts(state, fresh) if context.fragment_ids_this_run else _set_meanwhile(state, fresh, before):
            fresh = WidgetStates(widgets=(each for each in fresh.widgets if each.id not in old))
    _will_rerun(state, fresh, **others)


def _report(state: SessionState, fresh: WidgetStates) -> dict[str, bytes]:
    """Keeps the values of a message; returns those of the message before."""
    before = _reported(state)
    lasting = (each for each in fresh.widgets if each.WhichOneof("value") not in _TRIGGERS)
    state[_REPORTED] = {each.id: each.SerializeToString() for each in lasting}
    return before


def _reported(state: SessionState) -> dict[str, bytes]:
    if _REPORTED not in state:
        return {}
    return cast(dict[str, bytes], state[_REPORTED])


def _beside_parts(state: SessionState, fresh: WidgetStates) -> set[str]:
    """Returns the ids of controls that are known to be in no part."""
    known = state._new_widget_state.widget_metadata
    return {each.id for each in fresh.widgets if each.id in known and known[each.id].fragment_id is None}


def _set_meanwhile(state: SessionState, fresh: WidgetStates, before: dict[str, bytes]) -> set[str]:
    """Returns the ids of controls that were set lately and are sent as they were before that."""
    ids = {state._key_id_mapper.get_id_from_key(key) for key in keys_set_lately(state)}
    return {each.id for each in fresh.widgets if each.id in ids and each.SerializeToString() == before.get(each.id)}
