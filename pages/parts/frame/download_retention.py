"""A file that is made on a click is kept until the browser has come for it.

Streamlit lets go of such a file once the scripts of any two visitors have ended, and in a crowd that is before a browser comes.
"""

from collections.abc import Callable
from itertools import cycle

from streamlit import runtime

MAX_DOWNLOADS = 16  # files, of all visitors

_places = cycle(range(MAX_DOWNLOADS))


def keep_download(make: Callable[[], bytes], name: str, mime: str) -> Callable[[], bytes]:
    """What `make` makes, and is then handed out until MOST others have been made. It is found by its contents' hash only."""

    def made() -> bytes:
        data = make()
        if runtime.exists():
            manager = runtime.get_instance().media_file_mgr
            manager.add(data, mime, f"download {next(_places)}", name, is_for_static_download=True)
        return data

    return made
