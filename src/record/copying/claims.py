"""The claim of a restore on its table: one restore at a time, and no publish until it has finished.

A claim is stored in the item of the current release, like a lease: the digest of the backup's manifest, when it was exported, the owner,
and until when it is valid. The first write of a restore makes it, and the last write replaces it by the backup's own item. Both are
conditional writes of one item, and so is every lease. So a restore and a publish can't both start in a table, however close they are.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from record import items
from record.copying.backups import Backup
from record.errors import LeaseHeld, LeaseLost, RecordProblem
from record.store import Store
from record.writing.clocks import StoreTime
from record.writing.leasing import IMPATIENT, LEASE_SECONDS, RESTORING, Patience, holder_of, patiently
from record.writing.owners import Owner

if TYPE_CHECKING:
    from record.items import Item

_CURRENT = items.key(items.RELEASES, items.CURRENT)
_NAMES = {"#restoring": RESTORING, "#owner": "owner", "#until": "lease_until"}


class ChangedMeanwhile(RecordProblem):
    """Someone else wrote to the table during an export or a restore, so the copy mixes two states."""


class TableNotEmpty(RecordProblem):
    """The table of a restore must be empty, or contain an interrupted restore of the same backup. It does not."""


@dataclass(frozen=True, slots=True)
class Restorer:
    """Who restores. `clock` returns the seconds since 1970. `patience` says what to do if another process restores the same backup."""

    owner: Owner
    clock: Callable[[], float]
    patience: Patience = IMPATIENT


class Claim:
    """A claim that we hold: renewed between writes, and replaced by the backup's item of the current release at the end."""

    def __init__(self, store: Store, digest: str, owner: str, time: StoreTime) -> None:
        """Hold nothing yet. `time` was compared with the store's."""
        self._store = store
        self._digest = digest
        self._owner = owner
        self._time = time
        self._renewed = 0.0

    def make(self, exported_at: str) -> bool:
        """Claim a table without an item of the current release. Return False if it has one now."""
        return self._set("attribute_not_exists(pk)", {}, exported_at)

    def take(self, former: "Item") -> bool:
        """Take the claim that was in this item, which is no longer valid. Return False if another process was faster."""
        return self._set(*_held_as(former[RESTORING], former["owner"], former["lease_until"]))

    def renew(self) -> None:
        """Extend the claim if a third of it has passed. Raises LeaseLost if another process has taken it."""
        if self._time() - self._renewed < LEASE_SECONDS / 3:
            return
        if not self._set(*_held_as(items.text(self._digest), items.text(self._owner), self._until())):
            raise _lost()

    def finish(self, current: "Item") -> None:
        """Replace the claim by the backup's item of the current release. Raises LeaseLost if another process has taken it."""
        attributes = {name: value for name, value in current.items() if name not in _CURRENT}
        removed = [name for name in (RESTORING, "exported_at", "owner", "lease_until") if name not in attributes]
        condition, values = _held_as(items.text(self._digest), items.text(self._owner), self._until())
        written = self._store.update(
            _CURRENT,
            f"SET {', '.join(f'#_{name} = :_{name}' for name in attributes)} REMOVE {', '.join(f'#_{name}' for name in removed)}",
            ConditionExpression=condition,
            ExpressionAttributeNames={**_NAMES, **{f"#_{name}": name for name in (*attributes, *removed)}},
            ExpressionAttributeValues={**values, **{f":_{name}": value for name, value in attributes.items()}},
        )
        # If it was refused, it may have taken effect all the same: its response was lost, and the client's retry was refused.
        if not written and comparable(self._store.get(_CURRENT)) != comparable(current):
            raise _lost()

    def _set(self, condition: str, values: "dict[str, Any]", exported_at: str = "") -> bool:
        """Write the claim if a condition holds. Return whether it is ours now."""
        self._renewed = self._time()
        expression = "SET #release = :zero, #epoch = :zero, #restoring = :new, #owner = :owner, #until = :until"
        names = {"#release": "release", "#epoch": "epoch", **_NAMES}
        if exported_at:
            expression += ", #exported_at = :exported_at"
            names["#exported_at"], values[":exported_at"] = "exported_at", items.text(exported_at)
        if self._store.update(
            _CURRENT,
            expression,
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={
                **values,
                ":zero": items.number(0),
                ":new": items.text(self._digest),
                ":owner": items.text(self._owner),
                ":until": self._until(),
            },
        ):
            return True
        there = self._store.get(_CURRENT) or {}  # as below: was it only the retry that was refused?
        ours = (there.get(RESTORING), there.get("owner")) == (items.text(self._digest), items.text(self._owner))
        return ours and float(there["lease_until"]["N"]) == float(self._until()["N"])

    def _until(self) -> "dict[str, str]":
        return {"N": f"{self._renewed + LEASE_SECONDS:.3f}"}


def _held_as(digest: Any, owner: Any, until: Any) -> tuple[str, dict[str, Any]]:
    """Return the condition that a claim has not changed, and its values."""
    condition = "#restoring = :claimed AND #owner = :claimer AND #until = :claimed_until"
    return condition, {":claimed": digest, ":claimer": owner, ":claimed_until": until}


def claimed(store: Store, backup: Backup, restorer: Restorer) -> Claim:
    """Claim an empty table for the restore of this backup, or continue an interrupted one.

    Raises TableNotEmpty, LeaseHeld if another process restores the backup, ClockWrong, RecordUnavailable or WriteRefused.
    """
    time = StoreTime(store, restorer.clock)

    def take() -> Claim:
        time.compare()
        claim = Claim(store, backup.digest, str(restorer.owner), time)
        current = store.get(_CURRENT) or {}
        if RESTORING not in current:
            for item in scanned(store, Limit=1):
                raise TableNotEmpty(
                    f"the table {store.table} is not empty: it has the item {' '.join(key_of(item))}; restore into an empty table"
                )
            if not claim.make(backup.manifest.exported_at):
                raise TableNotEmpty(f"the table {store.table} is not empty: another restore or a publish has just started in it")
            return claim
        if current[RESTORING] != items.text(backup.digest):
            raise TableNotEmpty(
                f"the table {store.table} is not empty: it has an interrupted restore of another backup; the SHA-256 of that backup's "
                f"manifest is {current[RESTORING]['S']}, of this one's {backup.digest}"
            )
        holder = holder_of(current, time())
        if holder and not restorer.owner.may_replace(holder.owner) and not restorer.patience.takes_over(holder):
            raise LeaseHeld(holder.owner, holder.seconds, "restore")
        if not claim.take(current):
            raise LeaseHeld("another process", LEASE_SECONDS, "restore")
        return claim

    return patiently(store, restorer.patience, take)


def scanned(store: Store, **options: Any) -> "Iterator[Item]":
    """Yield every item of the table, with one page in memory. `options` are Scan's."""
    for page in store.scan(**options):
        yield from page
        page.clear()


def key_of(item: "Item") -> tuple[str, str]:
    """Return an item's key."""
    return item["pk"]["S"], item["sk"]["S"]


def comparable(item: "Item | None") -> Mapping[str, Any]:
    """Return an item with sorted sets, for comparing: DynamoDB returns sets in any order."""
    values: Mapping[str, Mapping[str, Any]] = item or {}
    return {
        name: {kind: sorted(content) if kind in ("SS", "NS") else content for kind, content in value.items()}
        for name, value in values.items()
    }


def _lost() -> LeaseLost:
    return LeaseLost("another process has taken over this restore, so this one has stopped")
