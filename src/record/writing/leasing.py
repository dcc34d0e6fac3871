"""The lease: it allows one publisher at a time. It is stored in the item of the current release.

Every lease starts a new attempt, numbered one higher. If the lease expires before the attempt ends, and another publisher takes over,
the attempt is lost for good: its stamp is stored in the item, and readers ignore everything with this stamp, whenever it was written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from record import items
from record.decoding import head_of
from record.errors import LeaseHeld, LeaseLost, WriteRefused
from record.model import Head
from record.store import Store
from record.writing.intents import sweep
from record.writing.owners import Owner

if TYPE_CHECKING:
    from record.items import Item

LEASE_SECONDS = 60.0
# How many lost stamps are kept. Before an older one is removed, everything that carries it is deleted. That is safe, because no
# publisher stays paused while this many others lose their leases.
MOST_LOST = 100
_KEY = items.key(items.RELEASES, items.CURRENT)
_NAMES = {"#attempt": "attempt", "#owner": "owner", "#until": "lease_until"}


def current_head(store: Store) -> Head:
    """Read and return the head."""
    return head_of(store.get(_KEY))


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
    ) -> None:
        """Take leases for this owner, each for `seconds`."""
        self._store = store
        self._owner = owner
        self._clock = clock
        self._seconds = seconds

    def take(self) -> Lease:
        """Take the lease. Raises LeaseHeld if another publisher holds it or was faster.

        The lease of an own process that has ended is taken before it expires. That is safe even if it still runs: its attempt is lost,
        as after every expired lease.
        """
        item = self._store.get(_KEY) or {}
        now = self._clock()
        until = float(item["lease_until"]["N"]) if "lease_until" in item else 0.0
        if "owner" in item and until > now and not self._owner.may_replace(item["owner"]["S"]):
            raise LeaseHeld(item["owner"]["S"], until - now)
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
        condition = "#attempt = :previous" if previous else "attribute_not_exists(#attempt)"
        if not previous:
            del values[":previous"]
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
        now = self._clock()
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
