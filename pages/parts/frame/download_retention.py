"""Keeps files that are made on a click until the browser has fetched them.

Streamlit lets go of such a file once the scripts of any two visitors have ended, and in a crowd that is before a browser comes.
"""

from collections.abc import Callable
from itertools import cycle

from streamlit import runtime

MAX_DOWNLOADS = 16  # files, of all visitors

_places = cycle(range(MAX_DOWNLOADS))


def retain_download(make: Callable[[], bytes], name: str, mime: str) -> Callable[[], bytes]:
    """Returns `make`, whose file stays available until MAX_DOWNLOADS others were made; its address is the hash of its bytes."""

    def made() -> bytes:
        data = make()
        if runtime.exists():
            manager = runtime.get_instance().media_file_mgr
            manager.add(data, mime, f"download {next(_places)}", name, is_for_static_download=True)
        return data

    return made
