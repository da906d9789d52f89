"""Opens files of unknown kind without waiting for a pipe or a device, and writes files whole or not at all."""

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "a directory"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"), (stat.S_ISLNK, "a link"),
)  # fmt: skip


class NotRegular(OSError):
    """A path that leads to no regular file; `strerror` says to what, as half a sentence."""


class FileTooLarge(OSError):
    """A file of more than `limit` bytes."""

    def __init__(self, size: int, limit: int, path: str | Path) -> None:
        super().__init__(errno.EFBIG, f"it has {size:,} bytes, and the limit is {limit:,}", str(path))
        self.limit = limit


class OutputError(RuntimeError):
    """Raised when results cannot be written; its message is one plain sentence with a remedy."""


def os_reason(error: OSError) -> str:
    """Returns the operating system's reason for the error, in lower case."""
    return (error.strerror or "no reason given").lower()


def open_regular(path: str | Path, max_bytes: int | None = None, *, follow_link: bool = False) -> BufferedReader:
    """Returns the regular file at `path`, open for reading.

    It is judged before it is opened, since opening a device or a pipe may wait or act, and again once it is open, since it
    may have been replaced in between. max_bytes: the most that it may hold. follow_link: whether the path itself may be a
    symbolic link; the folders above it may be links in any case. Raises NotRegular, FileTooLarge, or another OSError as
    `open` does.
    """
    _check(path, os.stat(path, follow_symlinks=follow_link), max_bytes)
    flags = _flags(os.O_RDONLY, "O_NOCTTY", "O_NONBLOCK", *([] if follow_link else ["O_NOFOLLOW"]))
    file = os.open(path, flags)
    try:
        _check(path, os.fstat(file), max_bytes)
    except OSError:
        os.close(file)
        raise
    return os.fdopen(file, "rb")


def is_regular(path: str | Path) -> bool:
    """Whether `open_regular` would take the path: a regular file, and no link to one."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def read_regular(path: str | Path, max_bytes: int, *, follow_link: bool = False) -> bytes:
    """Returns the content of the regular file at `path`, as many bytes as it says to hold. Raises as `open_regular` does.

    A file that says to hold none, as those of /proc do, gives none, though a read might find some or wait for ever.
    """
    with open_regular(path, max_bytes, follow_link=follow_link) as file:
        return file.read(os.fstat(file.fileno()).st_size)


@contextmanager
def whole_file(path: Path, *, replace: bool = True) -> Iterator[BinaryIO]:
    """Opens a file for writing that appears at `path` when the block ends, whole, and not at all if the block raises.

    A symbolic link at `path` is replaced, never followed. replace: whether a file that is there may be replaced; where not,
    FileExistsError is raised at the end. Raises OSError, also for what a full disk did not take; nothing is left behind then.
    """
    part = path.with_name(f".lrp-{secrets.token_hex(8)}.part")
    try:
        with os.fdopen(os.open(part, _flags(os.O_WRONLY | os.O_CREAT | os.O_EXCL, "O_NOFOLLOW"), 0o666), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replace:
            part.replace(path)
        else:
            _move_to_free(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_whole(contents: Mapping[Path, bytes], *, replace: bool = True) -> None:
    """Writes several files as `whole_file` does: none appears before all are on the disk; then they do in their order."""
    with ExitStack() as stack:
        for path, content in reversed(list(contents.items())):  # the stack ends in the opposite order
            file = stack.enter_context(whole_file(path, replace=replace))
            file.write(content)
            file.flush()


def _move_to_free(part: Path, path: Path) -> None:
    """Moves `part` to `path`. Raises FileExistsError if there is something already."""
    try:
        os.link(part, path)  # unlike a rename, it fails where there is something
    except FileExistsError:
        raise
    except OSError:  # a file system without second names
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        part.replace(path)
    else:
        part.unlink()


def _flags(flags: int, *names: str) -> int:
    """The flags for `os.open` with those named added, of which not every system has all."""
    return flags | sum(getattr(os, name, 0) for name in ("O_BINARY", "O_CLOEXEC", *names))


def _check(path: str | Path, found: os.stat_result, max_bytes: int | None) -> None:
    """Raises NotRegular for what is no regular file, FileTooLarge for one of more than `max_bytes`."""
    if not stat.S_ISREG(found.st_mode):
        kind = next((words for is_kind, words in KINDS if is_kind(found.st_mode)), "of a kind unknown here")
        raise NotRegular(errno.EINVAL, f"it is {kind}, not a file", str(path))
    if max_bytes is not None and found.st_size > max_bytes:
        raise FileTooLarge(found.st_size, max_bytes, path)
