"""The lease: it allows one publisher at a time. It is stored in the item of the current release.

Every lease starts a new attempt, numbered one higher. If the lease expires before the attempt ends, and another publisher takes over,
the attempt is lost for good: its stamp is stored in the item, and readers ignore everything with this stamp, whenever it was written.

A lease that ends later than a lease of now could end was taken by a wrong clock. It is not valid, so it locks nobody out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from record import items
from record.decoding import head_of
from record.errors import HalfRestored, LeaseHeld, LeaseLost, WriteRefused
from record.model import Head
from record.store import Store
from record.writing.clocks import MOST_APART, StoreTime
from record.writing.intents import sweep
from record.writing.owners import Owner

if TYPE_CHECKING:
    from record.items import Item

LEASE_SECONDS = 60.0
POLL_SECONDS = 2.0  # between two attempts to take a lease that somebody holds
# How many lost stamps are kept. Before an older one is removed, everything that carries it is deleted. That is safe, because no
# publisher stays paused while this many others lose their leases.
MOST_LOST = 100
RESTORING = "restoring"  # the attribute of the head that a restore sets first and removes last
_KEY = items.key(items.RELEASES, items.CURRENT)
_NAMES = {"#attempt": "attempt", "#owner": "owner", "#until": "lease_until"}


class Holder(NamedTuple):
    """Who holds the lease: the owner, its attempt (0 for a restore), and the seconds until the lease expires."""

    owner: str
    attempt: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Patience:
    """What to do if somebody holds the lease.

    Wait for at most `seconds`; `on_wait` is called once with the holder's error, before that. Take the lease at once from the holder
    `over`, because its process is dead.
    """

    seconds: float = 0.0
    on_wait: Callable[[LeaseHeld], None] = lambda _held: None
    over: Holder | None = None

    def takes_over(self, holder: Holder) -> bool:
        """Return whether to take the lease from this holder: only from the owner and attempt that were named."""
        return self.over is not None and (self.over.owner, self.over.attempt) == (holder.owner, holder.attempt)


IMPATIENT = Patience()
Taken = TypeVar("Taken")


def current_head(store: Store) -> Head:
    """Read and return the head."""
    return head_of(store.get(_KEY))


def holder_of(item: "Item | None", now: float, seconds: float = LEASE_SECONDS) -> Holder | None:
    """Return who holds a lease of at most `seconds` in the head's item, or None if nobody does. `now` is the store's time."""
    if item is None or "owner" not in item or "lease_until" not in item:
        return None
    left = float(item["lease_until"]["N"]) - now
    attempt = int(item["attempt"]["N"]) if "attempt" in item else 0
    return Holder(item["owner"]["S"], attempt, left) if 0 < left <= seconds + MOST_APART else None


def current_holder(store: Store, clock: Callable[[], float]) -> Holder | None:
    """Return who holds the lease now, or None. Raises ClockWrong."""
    time = StoreTime(store, clock)
    time.compare()
    return holder_of(store.get(_KEY), time())


def refuse_half_restored(store: Store) -> None:
    """Raise HalfRestored if the table has a part of a backup."""
    _refuse_half_restored(store.table, store.get(_KEY) or {})


def patiently(store: Store, patience: Patience, take: Callable[[], Taken]) -> Taken:
    """Take a lease by calling `take`, again and again while it raises LeaseHeld and there is patience. Raises the last LeaseHeld."""
    waited = 0.0
    while True:
        try:
            return take()
        except LeaseHeld as held:
            if waited >= patience.seconds:
                raise
            if not waited:
                patience.on_wait(held)
        nap = min(POLL_SECONDS, patience.seconds - waited)
        store.wait(nap)
        waited += nap


@dataclass(slots=True)
class Lease:
    """A lease that we hold: its attempt, the head when it was taken, and when it was last renewed.

    `unclean` are earlier attempts that left something to clean up: to undo, to finish or to archive.
    """

    attempt: int
    head: Head
    unclean: frozenset[int]
    renewed: float


class Leases:
    """Takes, renews and ends leases. `clock` returns the seconds since 1970."""

    def __init__(
        self,
        store: Store,
        owner: Owner,
        clock: Callable[[], float],
        seconds: float = LEASE_SECONDS,
        patience: Patience = IMPATIENT,
    ) -> None:
        """Take leases for this owner, each for `seconds`."""
        self._store = store
        self._owner = owner
        self._time = StoreTime(store, clock)
        self._seconds = seconds
        self._patience = patience

    def now(self) -> float:
        """Return the store's time, in seconds since 1970, as of the last `take`."""
        return self._time()

    def take(self) -> Lease:
        """Take the lease, patiently. Raises LeaseHeld if another publisher holds it or was faster, ClockWrong, or HalfRestored.

        The lease of an own process that has ended is taken before it expires. That is safe even if it still runs: its attempt is lost,
        as after every expired lease.
        """
        return patiently(self._store, self._patience, self._take)

    def _take(self) -> Lease:
        self._time.compare()
        item = self._store.get(_KEY) or {}
        _refuse_half_restored(self._store.table, item)
        now = self._time()
        holder = holder_of(item, now, self._seconds)
        if holder and not self._owner.may_replace(holder.owner) and not self._patience.takes_over(holder):
            raise LeaseHeld(holder.owner, holder.seconds)
        previous = int(item["attempt"]["N"]) if "attempt" in item else 0
        values: dict[str, Any] = {
            ":zero": items.number(0),
            ":attempt": items.number(previous + 1),
            ":owner": items.text(str(self._owner)),
            ":until": {"N": f"{now + self._seconds:.3f}"},
            ":previous": items.number(previous),
        }
        expression = (
            "SET #release = if_not_exists(#release, :zero), #epoch = if_not_exists(#epoch, :zero), "
            "#attempt = :attempt, #owner = :owner, #until = :until"
        )
        names = {**_NAMES, "#release": "release", "#epoch": "epoch"}
        if "owner" in item:
            expression += " ADD #lost :lost, #unclean :unclean"
            names |= {"#lost": "lost", "#unclean": "unclean"}
            values[":lost"] = items.texts([items.stamp(int(item["release"]["N"]) + 1, previous)])
            values[":unclean"] = {"NS": [str(previous)]}
        # The first lease in a table, or nothing: a restore may have started since the item was read.
        condition = "#attempt = :previous" if previous else "attribute_not_exists(#attempt) AND attribute_not_exists(#restoring)"
        if not previous:
            del values[":previous"]
            names["#restoring"] = RESTORING
        if not self._store.update(
            _KEY, expression, ConditionExpression=condition, ExpressionAttributeNames=names, ExpressionAttributeValues=values
        ):
            raise LeaseHeld("another publisher", self._seconds)
        taken = self._store.get(_KEY) or {}
        if taken.get("attempt") != items.number(previous + 1):
            raise LeaseLost("another publisher took over the lease at once")
        unclean = frozenset(int(attempt) for attempt in taken.get("unclean", {}).get("NS", ()))
        self._forget_the_oldest(taken, unclean)
        return Lease(previous + 1, head_of(taken), unclean, now)

    def _forget_the_oldest(self, taken: "Item", unclean: frozenset[int]) -> None:
        """Keep only the newest lost stamps: readers put each into a filter expression, and DynamoDB allows 4 KB for that."""
        lost = sorted(taken.get("lost", {}).get("SS", ()), key=lambda mark: mark[11:])
        old = [mark for mark in lost[:-MOST_LOST] if int(mark[11:]) not in unclean]
        if old:
            sweep(self._store, frozenset(old))
            self._store.update(
                _KEY, "DELETE #lost :old", ExpressionAttributeNames={"#lost": "lost"}, ExpressionAttributeValues={":old": items.texts(old)}
            )

    def renew(self, lease: Lease) -> None:
        """Extend the lease if a third of it has passed. Raises LeaseLost if it is no longer ours."""
        now = self._time()
        if now - lease.renewed < self._seconds / 3:
            return
        values: dict[str, Any] = {":until": {"N": f"{now + self._seconds:.3f}"}}
        names = {"#until": "lease_until", "#owner": "owner"}
        self._change(lease, "SET #until = :until", names, values, " AND attribute_exists(#owner)")  # this write can arrive late
        lease.renewed = now

    def flip(self, lease: Lease, *, redacts: bool = False) -> None:
        """Make the next release current and end the lease. This single write publishes the release.

        For a redaction, the epoch increases too; every reader then clears its cache.

        The write can take effect even if its response is lost. So after an error, read the table to find out.
        """
        values: dict[str, Any] = {
            ":next": items.number(lease.head.release + 1),
            ":now": items.number(lease.head.release),
            ":won": {"NS": [str(lease.attempt)]},
        }
        names = {"#release": "release", "#owner": "owner", "#until": "lease_until", "#unclean": "unclean"}
        raised = ""
        if redacts:
            raised = ", #epoch = #epoch + :one"
            names["#epoch"], values[":one"] = "epoch", items.number(1)
        try:
            expression = f"SET #release = :next{raised} REMOVE #owner, #until ADD #unclean :won"
            self._change(lease, expression, names, values, " AND #release = :now")
        except (WriteRefused, LeaseLost):
            if not self._has_flipped(lease):
                raise

    def abandon(self, lease: Lease) -> bool:
        """Give up an attempt that has written something: mark it lost, so that readers ignore it and it can't flip any more.

        Return False if that is too late, because another publisher took over or the flip took effect.
        """
        values: dict[str, Any] = {
            ":now": items.number(lease.head.release),
            ":after": items.number(lease.attempt + 1),  # so that the condition of a flip that arrives late fails
            ":lost": items.texts([items.stamp(lease.head.release + 1, lease.attempt)]),
            ":unclean": {"NS": [str(lease.attempt)]},
        }
        names = {"#release": "release", "#owner": "owner", "#until": "lease_until", "#lost": "lost", "#unclean": "unclean"}
        expression = "SET #attempt = :after REMOVE #owner, #until ADD #lost :lost, #unclean :unclean"
        try:
            self._change(lease, expression, names, values, " AND #release = :now")
        except LeaseLost:
            return False
        return True

    def drop(self, lease: Lease) -> None:
        """End the lease without a release."""
        self._change(lease, "REMOVE #owner, #until", {"#owner": "owner", "#until": "lease_until"}, {})

    def cleared(self, attempt: int) -> None:
        """Record that an attempt has nothing left to clean up."""
        self._store.update(
            _KEY,
            "DELETE #unclean :attempt",
            ExpressionAttributeNames={"#unclean": "unclean"},
            ExpressionAttributeValues={":attempt": {"NS": [str(attempt)]}},
        )

    def _has_flipped(self, lease: Lease) -> bool:
        """Return whether this attempt made the next release, and that release is current."""
        number = lease.head.release + 1
        head = current_head(self._store)
        release = self._store.get(items.key(items.RELEASES, items.padded(number))) or {}
        ours = release.get("attempt") == items.number(lease.attempt) and items.stamp(number, lease.attempt) not in head.lost
        return ours and head.release >= number

    def _change(self, lease: Lease, expression: str, names: dict[str, str], values: dict[str, Any], condition: str = "") -> None:
        if not self._store.update(
            _KEY,
            expression,
            ConditionExpression=f"#attempt = :mine{condition}",
            ExpressionAttributeNames={"#attempt": "attempt", **names},
            ExpressionAttributeValues={":mine": items.number(lease.attempt), **values},
        ):
            raise LeaseLost("the lease expired and another publisher took over; nothing of this publish is visible")


def _refuse_half_restored(table: str, item: "Item") -> None:
    if RESTORING in item:
        raise HalfRestored(
            f"the table {table} is half restored: the restore of the backup exported at {item['exported_at']['S']} is in progress or was "
            f"interrupted (SHA-256 of its manifest: {item[RESTORING]['S']}). Run that `article33 restore` again, or delete the table"
        )
