"""What explanations of one forward pass compute alike, kept within a bound of bytes for the next of them."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from torch import Tensor

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Reuse:
    """Values by key, kept until they would hold more than `limit` bytes together; what comes later is made each time.

    `place` begins every key, so that parts of the work cannot meet. Kept values are shared, by threads as well: nobody may write
    over one. Two threads that make the same value at once make the same bits, of which one is kept.
    """

    limit: int
    place: tuple[Hashable, ...] = ()
    values: dict[Hashable, Any] = field(default_factory=dict)
    sizes: dict[Hashable, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.limit < 0:
            raise ValueError(f"bytes to keep for reuse must be >= 0, got {self.limit}")

    def get_or_make(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """Returns the value of the key, made by `make` where none is kept. size: value -> its bytes."""
        whole = (*self.place, key)
        if whole in self.values:
            found: T = self.values[whole]
            return found
        made = make()
        with self.lock:
            if whole not in self.values and self.used + size(made) <= self.limit:
                self.sizes[whole] = size(made)
                self.values[whole] = made
        return made

    @property
    def used(self) -> int:
        """The bytes that are kept."""
        return sum(self.sizes.values())

    def at(self, *place: Hashable) -> "Reuse":
        """Returns the same with other keys: those that begin with `place`."""
        return replace(self, place=(*self.place, *place))


def bytes_of_tensors(*tensors: Tensor) -> int:
    """Returns the bytes of the memory that the tensors hold, each counted once."""
    storages = [tensor.untyped_storage() for tensor in tensors]
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())
