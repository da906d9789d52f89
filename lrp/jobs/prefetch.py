"""Work done ahead by threads, in order and within bounds."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def prefetched(pool: ThreadPoolExecutor, work: Callable[[T], R], items: Iterable[T], ahead: int) -> Generator[R, None, None]:
    """Yields `work` of each item in order, while the pool is at work on up to `ahead` items after it."""
    coming = iter(items)
    futures: deque[Future[R]] = deque(pool.submit(work, item) for item in islice(coming, ahead))
    try:
        while futures:
            result = futures.popleft().result()
            futures.extend(pool.submit(work, item) for item in islice(coming, 1))
            yield result
    finally:
        for future in futures:
            future.cancel()
