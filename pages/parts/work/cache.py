"""Bounded caches: each by its number of entries, all of them together by their bytes."""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from itertools import count
from typing import Any, TypeVar

import numpy as np
from PIL import Image
from torch import Tensor, nn

from lrp import Backbone, Network
from pages.parts.work.visit_end import LEFT_SECONDS, let_go_at_end

T = TypeVar("T")

MAX_BYTES = 1_000_000_000  # of all visitors together
LARGE_BYTES = 10_000_000  # bytes; a forward pass is, a map is not

_NOT_COUNTED = (nn.Module, Network, Backbone)  # counted nowhere: they are kept once, for everybody


def bytes_of(value: object) -> int:
    """Returns the bytes of all arrays and tensors in a value, each memory counted once, networks not counted."""
    seen: dict[tuple[str, int], int] = {}
    _visit(value, seen)
    return sum(seen.values())


def _visit(value: object, seen: dict[tuple[str, int], int]) -> None:
    if isinstance(value, Tensor):
        storage = value.untyped_storage()
        seen[str(value.device), storage.data_ptr()] = storage.nbytes()
    elif isinstance(value, np.ndarray):
        owner = value if value.base is None or not isinstance(value.base, np.ndarray) else value.base
        seen["cpu", owner.__array_interface__["data"][0]] = owner.nbytes
    elif isinstance(value, Image.Image):
        seen["picture", id(value)] = value.width * value.height * (4 if len(value.getbands()) > 1 else 1)  # as Pillow keeps it
    elif isinstance(value, Mapping):
        for part in list(value.values()):  # at once, for a thread may be adding to it
            _visit(part, seen)
    elif isinstance(value, list | tuple):
        for part in value:
            _visit(part, seen)
    elif is_dataclass(value) and not isinstance(value, _NOT_COUNTED):
        for field in fields(value):
            _visit(getattr(value, field.name), seen)


class Budget:
    """Keeps its stores below `most` bytes together by evicting what was least recently used.

    Stores are held by weak references: that of a visitor who has left counts no longer.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.lock = threading.RLock()
        self.clock = count()
        self._stores: weakref.WeakSet[Store] = weakref.WeakSet()

    def add(self, store: "Store") -> None:
        with self.lock:
            self._stores.add(store)

    @property
    def used(self) -> int:
        with self.lock:
            return sum(size for store in list(self._stores) for _, size, _ in store.entries.values())

    def evict_oldest(self) -> None:
        """Evicts the least recently used values that have bytes until the rest fits."""
        with self.lock:
            entries = [
                (used, size, store, key)
                for store in list(self._stores)
                for key, (_, size, used) in store.entries.items()
                if size
            ]
            excess = sum(size for _, size, _, _ in entries) - self.most
            for _, size, store, key in sorted(entries, key=lambda entry: entry[0]):
                if excess <= 0:
                    return
                del store.entries[key]
                excess -= size

    def evict_large(self) -> bool:
        """Evicts all values of LARGE_BYTES and more; returns whether there were any."""
        with self.lock:
            entries = [
                (store, key) for store in list(self._stores) for key, (_, size, _) in store.entries.items() if size >= LARGE_BYTES
            ]
            for store, key in entries:
                del store.entries[key]
            return bool(entries)


TOTAL_BUDGET = Budget(MAX_BYTES)


class Store:
    """A cache of `limit` values by key; the oldest is evicted first, and earlier where the budget is spent."""

    def __init__(self, limit: int, budget: Budget = TOTAL_BUDGET) -> None:
        self.limit, self.budget = limit, budget
        self.entries: OrderedDict[Hashable, tuple[object, int, int]] = OrderedDict()  # value, bytes, last use
        budget.add(self)

    def get(self, key: Hashable) -> Any:
        with self.budget.lock:
            if key not in self.entries:
                return None
            value, size, _ = self.entries[key]
            self.entries[key] = value, size, next(self.budget.clock)
            return value

    def put(self, key: Hashable, value: T) -> T:
        """Keeps and returns the value; one that alone exceeds the budget is not kept, and evicts nothing."""
        size = bytes_of(value)
        with self.budget.lock:
            if size > self.budget.most:
                self.entries.pop(key, None)
                return value
            self.entries[key] = value, size, next(self.budget.clock)
            self.entries.move_to_end(key)
            while len(self.entries) > self.limit:
                self.entries.popitem(last=False)
            self.budget.evict_oldest()
        return value

    def count_again(self, key: Hashable, value: object) -> None:
        """Counts the bytes of a kept value that has grown, and evicts what then is too much; one that has gone stays away."""
        with self.budget.lock:
            if key in self.entries and self.entries[key][0] is value:
                self.put(key, value)

    def keys(self) -> set[Hashable]:
        with self.budget.lock:
            return set(self.entries)

    def clear(self) -> None:
        """Drops all values."""
        with self.budget.lock:
            self.entries.clear()

    def of_visit(self) -> "Store":
        """Returns the store itself, which will be empty when the present visit has ended."""
        let_go_at_end(self.clear, LEFT_SECONDS)
        return self

    def drop(self, key: Hashable) -> None:
        with self.budget.lock:
            self.entries.pop(key, None)

    def get_or_make(self, key: Hashable, make: Callable[[], object]) -> Any:
        """Returns the value of the key, made by `make` and kept where there is none."""
        found = self.get(key)
        return self.put(key, make()) if found is None else found
