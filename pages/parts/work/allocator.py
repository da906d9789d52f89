"""Settings of the C library's allocator, and memory that it gives back to the system; nothing where it is another than glibc."""

import ctypes

M_ARENA_MAX = -8  # the parameter of glibc's mallopt
MAX_ARENAS = 2


def share_arenas() -> None:
    """Lets all threads allocate from a few arenas: each of glibc's keeps what its threads free, and others cannot use it."""
    _call("mallopt", M_ARENA_MAX, MAX_ARENAS)


def give_back_freed_memory() -> None:
    """Gives memory that was freed back to the system: what lies between two pieces in use glibc would keep."""
    _call("malloc_trim", 0)


def _call(name: str, *numbers: int) -> None:
    try:
        getattr(ctypes.CDLL(None), name)(*numbers)
    except (AttributeError, OSError, TypeError):
        return
