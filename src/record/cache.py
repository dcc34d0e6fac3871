"""What was read at a release, kept up to a number of bytes, the longest unused going first. Safe to share between threads."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from sys import getsizeof
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Kept(NamedTuple, Generic[T]):
    """A kept value and its weight; it tells «kept, and nothing there» from «not kept»."""

    value: T
    weight: int


class Cache:
    """Values by key, up to a total weight in bytes."""

    def __init__(self, capacity: int) -> None:
        """Keep at most `capacity` bytes, roughly counted."""
        self._capacity = capacity
        self._weight = 0
        self._values: OrderedDict[Hashable, Kept[Any]] = OrderedDict()  # the longest unused first
        self._lock = threading.Lock()
        self.era = 0  # how often everything was forgotten

    def get(self, key: Hashable) -> Kept[Any] | None:
        """Return what is kept under a key; None where nothing is."""
        with self._lock:
            kept = self._values.get(key)
            if kept is not None:
                self._values.move_to_end(key)
            return kept

    def __contains__(self, key: Hashable) -> bool:
        """Tell whether something is kept under a key."""
        return key in self._values

    def put(self, key: Hashable, value: Any, era: int) -> None:
        """Keep a value, unless everything was forgotten since the era in which it was read, or it is heavier than all that may be kept."""
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
        """Return what is kept under a key; where nothing is, read it and keep it."""
        kept = self.get(key)
        if kept is not None:
            value: T = kept.value
            return value
        era = self.era
        fresh = read()
        self.put(key, fresh, era)
        return fresh

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self._weight = 0
            self.era += 1


def _size(value: object) -> int:
    """Return how many bytes a value takes up with what it is made of, as far as that is tuples."""
    if not isinstance(value, tuple):
        return getsizeof(value)
    return getsizeof(value) + sum(_size(part) if isinstance(part, tuple) else getsizeof(part) for part in value)


_ENTRY = 250  # an entry's own place
