"""The current release: cached for a short time, and still used for a while when DynamoDB can't be reached."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from record import items
from record.decoding import head_of
from record.errors import RecordDamaged, RecordUnavailable
from record.model import Head

if TYPE_CHECKING:
    from record.store import Store

HEAD_SECONDS = 2.0  # how long an instance uses the head before it reads it again
# How long to keep serving the last known release when DynamoDB can't be reached. A redaction must reach every response within a minute.
STALE_SECONDS = 45.0


class Stale(NamedTuple):
    """DynamoDB is unreachable: for how many seconds the head could not be read again, and why."""

    seconds: float
    cause: str


class Current:
    """The current release as one instance knows it. `stale` belongs to one response; an instance serves one at a time."""

    def __init__(self, store: "Store", clock: Callable[[], float], seconds: float, forget: Callable[[], None]) -> None:
        """Read the head from this store again after `seconds`. `forget` is called when everything read before may be wrong."""
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._forget = forget
        self._known: tuple[float, Head] | None = None  # when the head was read, and the head
        self._failed: tuple[float, str] | None = None  # when reading it last failed, and why
        self._reading = threading.Lock()  # one read after the other, so that an older head can't arrive after a newer one
        self.stale: Stale | None = None

    def head(self, release: int = 0, epoch: int = 0) -> Head:
        """Return the head. Read it at once if the known one is older than this release or epoch.

        Raises RecordUnavailable, or RecordDamaged if the release or the epoch in the table is lower than the known one.
        """
        if self._known is not None:
            read_at, known = self._known
            if known.release >= release and known.epoch >= epoch and self._clock() - read_at < self._seconds:
                return known
        with self._reading:
            return self._head(release, epoch)

    def refresh(self) -> Head:
        """Read the head now, and return it. Raises as `head`."""
        with self._reading:
            return self._learn(self._clock(), self._read())

    def _head(self, release: int, epoch: int) -> Head:
        if self._known is None:
            return self._learn(self._clock(), self._read())
        now = self._clock()
        read_at, known = self._known
        age = now - read_at
        is_late_enough = known.release >= release and known.epoch >= epoch
        if is_late_enough and age < self._seconds:
            return known
        if not (is_late_enough and known.release and age < STALE_SECONDS):
            return self._learn(now, self._read())
        if self._failed is None or now - self._failed[0] >= self._seconds:
            try:
                return self._learn(now, self._read())
            except RecordDamaged:
                raise
            except RecordUnavailable as unavailable:
                self._failed = now, str(unavailable)
        self.stale = Stale(age - self._seconds, self._failed[1])
        return known

    def _read(self) -> Head:
        item = self._store.get(items.key(items.RELEASES, items.CURRENT))
        if item is None and self._known is not None and self._known[1].release:
            raise RecordDamaged(f"the item of the current release is missing; this instance knows release {self._known[1].release}")
        return head_of(item)

    def _learn(self, now: float, head: Head) -> Head:
        if self._known is not None and (head.release < self._known[1].release or head.epoch < self._known[1].epoch):
            # The known head stays. After a real restore to an older release, only a new instance starts from that.
            raise RecordDamaged(
                f"the current release went back: the table has release {head.release} and epoch {head.epoch}, "
                f"this instance knows release {self._known[1].release} and epoch {self._known[1].epoch}"
            )
        if self._known is not None and (self._known[1].epoch, self._known[1].lost) != (head.epoch, head.lost):
            # There was a redaction, or an attempt was lost. Anything in the cache may be wrong.
            self._forget()
        self._known = now, head
        self._failed = None
        return head
