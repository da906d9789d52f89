"""Locks on folders, by which runs that write to one folder take turns."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no such locks; two runs at once may then choose one name, or do the same pictures twice
    fcntl = None  # type: ignore[assignment]


@contextmanager
def folder_lock(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Holds the only lock on an existing folder; where the system or the file system has no locks, nothing is locked.

    Waits until another run lets go of it, or raises BlockingIOError at once if `wait` is not set. The system lets go of the lock
    of a run that is killed. Raises OSError for a folder that cannot be opened.
    """
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, kind: int) -> None:
    try:
        fcntl.flock(handle, kind)
    except BlockingIOError:
        raise
    except OSError:
        pass  # a file system without locks
