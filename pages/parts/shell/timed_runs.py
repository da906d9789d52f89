"""Runs of a part of a page that the part's own timer asks for: they leave the controls as they are."""

from collections.abc import Callable

from streamlit.runtime import app_session
from streamlit.runtime.scriptrunner import RerunData

_make: Callable[..., RerunData] = RerunData


def keep_controls() -> None:
    """Has Streamlit take no values of controls from a message that a timer sent. To be called once in a process, or more often.

    The browser sends all values with each message. Where it has not yet drawn what a run has set, such as that no sample is
    chosen beside an uploaded picture, they are old: they would be taken for the visitor's wish, and the upload would be gone. A
    value that the visitor changes comes in a message of its own.
    """
    # Streamlit offers no place for it.
    app_session.RerunData = _rerun_data  # type: ignore[assignment, attr-defined]


def _rerun_data(**fields: object) -> RerunData:
    if fields.get("is_auto_rerun"):
        fields["widget_states"] = None  # those of before stay
    return _make(**fields)
