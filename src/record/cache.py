"""What was read at a release, kept up to a number of bytes, the longest unused going first. Safe to share between threads."""

import threading
from collections.abc import Callable, Hashable, Sized
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from cachetools import LRUCache

from record.model import Revision

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A kept value; it tells «kept, and nothing there» from «not kept»."""

    value: T


class Cache:
    """Values by key, up to a total weight in bytes."""

    def __init__(self, capacity: int) -> None:
        """Keep at most `capacity` bytes, roughly counted."""
        self._values: LRUCache[Hashable, Kept[Any]] = LRUCache(capacity, getsizeof=_weight)
        self._lock = threading.Lock()
        self.era = 0  # how often everything was forgotten

    def get(self, key: Hashable) -> Kept[Any] | None:
        """Return what is kept under a key; None where nothing is."""
        with self._lock:
            return self._values.get(key)

    def __contains__(self, key: Hashable) -> bool:
        """Tell whether something is kept under a key."""
        return key in self._values

    def put(self, key: Hashable, value: Any, era: int) -> None:
        """Keep a value, unless everything was forgotten since the era in which it was read, or it is heavier than all that may be kept."""
        kept = Kept(value)
        with self._lock:
            if era == self.era and _weight(kept) <= self._values.maxsize:
                self._values[key] = kept

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
            self.era += 1


def _weight(kept: Kept[Any]) -> int:
    value = kept.value
    if isinstance(value, Revision):
        return len(value.body) * 2 + 800
    if isinstance(value, str):
        return len(value) * 2 + 300
    if isinstance(value, Sized):
        return 250 * (len(value) + 2)
    return 400
