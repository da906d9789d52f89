"""What both servers change in Streamlit's sessions."""

from streamlit.runtime.pages_manager import PagesManager

from pages.parts.shell.event_batches import batch_events
from pages.parts.shell.kept_answers import keep_answers
from pages.parts.shell.old_values import ignore_old_values
from pages.parts.shell.page_requests import guard_requests


def adapt_sessions() -> None:
    """Has sessions lose nothing that a run drew or a visitor asked for, and not do what nobody asked for. To be called once."""
    # Or the first visitor of a server is shown the files of this folder as pages for a moment: app.py names the pages.
    PagesManager.uses_pages_directory = False
    batch_events()
    keep_answers()
    ignore_old_values()
    guard_requests()
