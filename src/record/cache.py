"""A least-recently-used cache with a limit in bytes, for what was read at a release. Safe to share between threads."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from sys import getsizeof
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Kept(NamedTuple, Generic[T]):
    """A cached value and its weight in bytes. The value may be None; a cache miss has no `Kept`."""

    value: T
    weight: int


class Cache:
    """Values by key, up to a total weight in bytes."""

    def __init__(self, capacity: int) -> None:
        """Hold at most about `capacity` bytes."""
        self._capacity = capacity
        self._weight = 0
        self._values: OrderedDict[Hashable, Kept[Any]] = OrderedDict()  # least recently used first
        self._lock = threading.Lock()
        self.era = 0  # how often the cache was cleared

    def get(self, key: Hashable) -> Kept[Any] | None:
        """Return the cached value, or None for a cache miss."""
        with self._lock:
            kept = self._values.get(key)
            if kept is not None:
                self._values.move_to_end(key)
            return kept

    def __contains__(self, key: Hashable) -> bool:
        """Return whether a key is cached."""
        return key in self._values

    def put(self, key: Hashable, value: Any, era: int) -> None:
        """Cache a value, unless the cache was cleared since `era`, when its read began, or the value exceeds the whole capacity."""
        weight = _ENTRY + _size(key) + _size(value)
        with self._lock:
            if era != self.era or weight > self._capacity:
                return
            before = self._values.pop(key, None)
            self._weight += weight - (before.weight if before else 0)
            self._values[key] = Kept(value, weight)
            while self._weight > self._capacity:
                _, gone = self._values.popitem(last=False)
                self._weight -= gone.weight

    def through(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return the cached value; on a cache miss, read it and cache it."""
        kept = self.get(key)
        if kept is not None:
            value: T = kept.value
            return value
        era = self.era
        fresh = read()
        self.put(key, fresh, era)
        return fresh

    def clear(self) -> None:
        """Remove everything."""
        with self._lock:
            self._values.clear()
            self._weight = 0
            self.era += 1


def _size(value: object) -> int:
    """Return the size of a value in bytes, including the members of nested tuples."""
    return getsizeof(value) + (_size_of_members(value) if isinstance(value, tuple) else 0)


def _size_of_members(value: tuple[object, ...]) -> int:
    return sum(map(getsizeof, value)) + sum([_size_of_members(part) for part in value if isinstance(part, tuple)])


_ENTRY = 250  # bytes that the dictionary needs per entry
