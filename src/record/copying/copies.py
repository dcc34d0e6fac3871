"""Exports the whole record, with its history, from the table into the files of a backup, and restores it into an empty table.

A copy is physical and complete: it has every item unchanged. Only the item of the current release is interpreted, because it says
whether the others may change. One page of a Scan, or one batch of writes, is in memory at a time.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from record import items
from record.copying.backups import FILE_BYTES, Backup, BackupInTheMaking, DamagedBackup, Manifest
from record.errors import LeaseHeld, RecordProblem
from record.reading import Reader
from record.store import BATCH_WRITE, Store

if TYPE_CHECKING:
    from record.items import Item, NewItem

RESTORE = "RESTORE"
_CURRENT = items.key(items.RELEASES, items.CURRENT)
# The marker: during a restore, this item has the SHA-256 of the backup's manifest.
_MARKER = items.key(RESTORE, RESTORE)


class NoRelease(RecordProblem):
    """There is nothing to export, because the record has no release."""


class ChangedMeanwhile(RecordProblem):
    """Someone else wrote to the table during an export or a restore, so the copy mixes two states."""


class TableNotEmpty(RecordProblem):
    """The table of a restore must be empty, or contain an interrupted restore of the same backup. It does not."""


def export(store: Store, directory: Path, *, clock: Callable[[], float], file_bytes: int = FILE_BYTES) -> Manifest:
    """Write every item of the record into a new or empty directory. Return the manifest, which is written last.

    `clock` returns the seconds since 1970. A file has at most `file_bytes`. An expired lease is copied unchanged.

    An export takes no lease, so it never blocks a publisher. Items change only under a lease, and the item of the current release counts
    the leases. So if that item is the same after the export, the record did not change. Raises NoRelease, LeaseHeld if a publish is in
    progress, ChangedMeanwhile if one started meanwhile, DirectoryNotEmpty, NotCopyable, RecordUnavailable or OSError. After an error,
    everything that was written is deleted.
    """
    before = _exportable(store, clock())
    number = int(before["release"]["N"])
    release = Reader(store).release(number)
    assert release is not None, "the reader returns the current release or raises"
    with BackupInTheMaking(directory, file_bytes) as making:
        for item in _scan(store):
            if key_of(item) != key_of(_MARKER):  # left over if a restore was interrupted just before it deleted the marker
                making.write(item)
        if _comparable(store.get(_CURRENT)) != _comparable(before):
            raise ChangedMeanwhile("there was a publish during the export, so the copy mixes two states; export again")
        exported_at = datetime.datetime.fromtimestamp(clock(), datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return making.finish(exported_at=exported_at, release=number, epoch=int(before["epoch"]["N"]), digest=release.digest)


def restore(store: Store, directory: Path, *, batch: int = BATCH_WRITE) -> Manifest:
    """Write every item of a backup into an empty table, `batch` items at a time. Return the backup's manifest.

    The whole backup is checked before anything is written. The item of the current release is written last; until then, readers find no
    release. Call it again with the same backup to continue an interrupted restore. Raises DamagedBackup, TableNotEmpty,
    ChangedMeanwhile, RecordUnavailable, WriteRefused or OSError.
    """
    backup = Backup.opened(directory)
    current = _checked(backup)
    if _claim(store, backup, current):
        waiting: list[NewItem] = []
        for item in backup.items():
            if key_of(item) == key_of(_CURRENT):
                continue
            waiting.append(item)
            if len(waiting) == batch:
                store.put_all(waiting)
                waiting.clear()
        store.put_all(waiting)
        _finish(store, backup.manifest, current)
    store.delete_all([_MARKER])
    return backup.manifest


def key_of(item: "Item") -> tuple[str, str]:
    """Return an item's key."""
    return item["pk"]["S"], item["sk"]["S"]


def _exportable(store: Store, now: float) -> "Item":
    """Return the item of the current release. Raises LeaseHeld if a publish is in progress, NoRelease if there is no release."""
    current = store.get(_CURRENT) or {}
    until = float(current["lease_until"]["N"]) if "lease_until" in current else 0.0
    if "owner" in current and until > now:
        raise LeaseHeld(current["owner"]["S"], until - now)
    if not current or current["release"] == items.number(0):
        raise NoRelease(f"the record in the table {store.table} has no release, so there is nothing to export")
    return current


def _checked(backup: Backup) -> "Item":
    """Check a backup's files, and that they agree with its manifest. Return the item of the current release."""
    manifest = backup.manifest
    current: Item = {}
    release: Item = {}
    for item in backup.items():
        key = key_of(item)
        if key == key_of(_CURRENT):
            current = item
        elif key == (items.RELEASES, items.padded(manifest.release)):
            release = item
    stated = (items.number(manifest.release), items.number(manifest.epoch), items.text(manifest.digest))
    if (current.get("release"), current.get("epoch"), release.get("digest")) != stated:
        raise DamagedBackup(f"the manifest in {backup.directory} names another release, epoch or digest than the files contain")
    return current


def _claim(store: Store, backup: Backup, current: "Item") -> bool:
    """Put the marker of this backup into an empty table, or find it there.

    Return False if the restore is complete and only the marker must be deleted.
    """
    marker = store.get(_MARKER)
    if marker is None:
        for item in _scan(store, Limit=1):
            raise TableNotEmpty(
                f"the table {store.table} is not empty: it has the item {' '.join(key_of(item))}; restore into an empty table"
            )
        store.update(
            _MARKER,
            "SET #manifest = :digest",
            ConditionExpression="attribute_not_exists(pk)",
            ExpressionAttributeNames={"#manifest": "manifest"},
            ExpressionAttributeValues={":digest": items.text(backup.digest)},
        )
        marker = store.get(_MARKER) or {}
    if marker.get("manifest") != items.text(backup.digest):
        other = marker["manifest"]["S"] if "manifest" in marker else "unknown"
        raise TableNotEmpty(
            f"the table {store.table} is not empty: it has an interrupted restore of another backup; the SHA-256 of that backup's "
            f"manifest is {other}, of this one's {backup.digest}"
        )
    there = store.get(_CURRENT)
    if there is not None and _comparable(there) != _comparable(current):
        raise TableNotEmpty(f"the table {store.table} is not empty: it was restored from this backup, and changed since")
    return there is None


def _finish(store: Store, manifest: Manifest, current: "Item") -> None:
    """Write the item of the current release into a table that has exactly all other items of a backup."""
    held = sum(1 for _ in _scan(store, ProjectionExpression="pk"))
    if held != manifest.items:  # the table has the marker, and does not have the item of the current release yet
        raise ChangedMeanwhile(
            f"items without that of the current release: {held - 1:,} in the table {store.table}, {manifest.items - 1:,} in the backup; "
            "someone else wrote to the table; restore into another table"
        )
    attributes = {name: value for name, value in current.items() if name not in _CURRENT}
    store.update(
        _CURRENT,
        f"SET {', '.join(f'#{name} = :{name}' for name in attributes)}",
        ConditionExpression="attribute_not_exists(pk)",
        ExpressionAttributeNames={f"#{name}": name for name in attributes},
        ExpressionAttributeValues={f":{name}": value for name, value in attributes.items()},
    )
    # Read it again, whatever the update returned: it may have taken effect, but its response was lost and the retry was refused.
    if _comparable(store.get(_CURRENT)) != _comparable(current):
        raise ChangedMeanwhile(f"there was a publish into the table {store.table} during the restore; restore into another table")


def _scan(store: Store, **options: Any) -> "Iterator[Item]":
    """Yield every item of the table, with one page in memory."""
    for page in store.scan(**options):
        yield from page
        page.clear()


def _comparable(item: "Item | None") -> Mapping[str, Any]:
    """Return an item with sorted sets, for comparing: DynamoDB returns sets in any order."""
    values: Mapping[str, Mapping[str, Any]] = item or {}
    return {
        name: {kind: sorted(content) if kind in ("SS", "NS") else content for kind, content in value.items()}
        for name, value in values.items()
    }
