"""Which release is current: asked for seldom, and gone on with for a while where the store is away."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from record import items
from record.decoding import head_of
from record.errors import RecordUnavailable
from record.model import Head

if TYPE_CHECKING:
    from record.store import Store

HEAD_SECONDS = 2.0
# How long the release that was current last is gone on with while the store is away. A redaction must reach every answer within a minute.
STALE_SECONDS = 45.0


class Stale(NamedTuple):
    """That the store is away: for how many seconds the current release could not be asked for, and why."""

    seconds: float
    cause: str


class Current:
    """The current release, as one instance knows it. `stale` is of one answer: an instance gives one at a time."""

    def __init__(self, store: "Store", clock: Callable[[], float], seconds: float, forget: Callable[[], None]) -> None:
        """Ask this store again after so many seconds; `forget` is called where what was read before can't be trusted any more."""
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._forget = forget
        self._known: tuple[float, Head] | None = None  # and when it was asked for
        self._away: tuple[float, str] | None = None  # when the store was last found to be, and why
        self.stale: Stale | None = None

    def head(self, release: int = 0, epoch: int = 0) -> Head:
        """Return the current release; ask for it at once where the one that is known is older than these."""
        if self._known is None:
            return self._learnt(self._clock(), self._asked())
        now = self._clock()
        asked, known = self._known
        age = now - asked
        is_late_enough = known.release >= release and known.epoch >= epoch
        if is_late_enough and age < self._seconds:
            return known
        if not (is_late_enough and known.release and age < STALE_SECONDS):
            return self._learnt(now, self._asked())
        if self._away is None or now - self._away[0] >= self._seconds:
            try:
                return self._learnt(now, self._asked())
            except RecordUnavailable as unavailable:
                self._away = now, str(unavailable)
        self.stale = Stale(age - self._seconds, self._away[1])
        return known

    def _asked(self) -> Head:
        item = self._store.get(items.key(items.RELEASES, items.CURRENT))
        if item is None and self._known is not None and self._known[1].release:
            raise RecordUnavailable("the current release is gone")
        return head_of(item)

    def _learnt(self, now: float, head: Head) -> Head:
        if self._known is not None and (self._known[1].epoch, self._known[1].lost) != (head.epoch, head.lost):
            # A redaction took something out, or an attempt turned out to be lost: nothing that was kept can be trusted.
            self._forget()
        self._known = now, head
        self._away = None
        return head
