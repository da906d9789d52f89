"""What is loaded once stays, and nobody looks through it for garbage again."""

import gc
from functools import cache


@cache
def settle() -> None:
    """Takes all that exists out of the collector's sight, once in a process, before the first visitor has anything.

    Streamlit collects after every run of a page, and of each progress bar once a second: half a million objects of the
    libraries, a quarter of a second in which no other visitor's thread runs. What comes later is collected as before.
    """
    gc.collect()
    gc.freeze()
