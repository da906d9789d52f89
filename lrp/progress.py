"""How long work reports the share of it that is done, and how its parts report theirs."""

from collections.abc import Callable

Progress = Callable[[float], None]  # called with the share of the work that is done, 0 to 1; raising from it stops the work
BytesProgress = Callable[[int, int], None]  # called with the bytes done and in all; likewise


def share_done(done: int, total: int) -> float:
    """Returns the share of the bytes that is done, 0 to 1; a server may announce too few."""
    return min(done / max(total, 1), 1.0)


def bytes_progress(progress: Progress | None) -> BytesProgress | None:
    """Returns the callback for work that counts bytes; None if `progress` is None."""
    return None if progress is None else lambda done, total: progress(share_done(done, total))


def part_of(progress: Progress | None, begin: float, end: float) -> Progress | None:
    """Returns the callback for a part of the work that takes it from the share `begin` to `end`; None if `progress` is None."""
    return None if progress is None else lambda share: progress(min(begin + share * (end - begin), end))


def equal_parts(progress: Progress | None, count: int) -> list[Progress | None]:
    """Returns a callback for each of `count` equal parts of the work, in order; all None if `progress` is None."""
    return [part_of(progress, done / count, (done + 1) / count) for done in range(count)]
