"""Settings of the C library's allocator, and memory that it gives back to the system; nothing where it is another than glibc."""

import ctypes
import threading
import time
from functools import cache

M_ARENA_MAX = -8  # the parameter of glibc's mallopt
MAX_ARENAS = 2
MAX_FREE, GLANCE = 64_000_000, 1.0  # bytes that the allocator may keep for the next who asks, and seconds between two looks


class _MallInfo(ctypes.Structure):
    """glibc's `struct mallinfo2`; `fordblks` are the bytes that are free and were not given back."""

    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
    )]  # fmt: skip


@cache  # once a server
def share_arenas() -> None:
    """Lets all threads allocate from a few arenas: each of glibc's keeps what its threads free, and others cannot use it.

    From then on, what is free is given back to the system whenever it is much.
    """
    _call("mallopt", M_ARENA_MAX, MAX_ARENAS)
    threading.Thread(target=_keep_giving_back, name="give memory back", daemon=True).start()


def _keep_giving_back() -> None:
    while (free := free_bytes()) is not None:
        if free > MAX_FREE:
            give_back_freed_memory()
        time.sleep(GLANCE)


def free_bytes() -> int | None:
    """Returns the bytes that were freed and not given back; None where the library does not say."""
    try:
        info = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        return None
    info.restype = _MallInfo
    return int(info().fordblks)


def give_back_freed_memory() -> None:
    """Gives memory that was freed back to the system: what lies between two pieces in use glibc would keep."""
    _call("malloc_trim", 0)


def _call(name: str, *numbers: int) -> None:
    try:
        getattr(ctypes.CDLL(None), name)(*numbers)
    except (AttributeError, OSError, TypeError):
        return
