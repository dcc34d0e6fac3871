"""Copying the whole record, history included: out of its table into the files of a backup, and from there into an empty table.

A copy is physical and complete: every item as it is. Only the current release's item is understood here, since it says whether
the others may change. What is in hand at a time is one page of a Scan, or one batch of writes.
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
# While a table is being restored, this item says from which backup: the SHA-256 of its manifest.
_MARKER = items.key(RESTORE, RESTORE)


class NoRelease(RecordProblem):
    """There is nothing to export: the record has no release."""


class ChangedMeanwhile(RecordProblem):
    """Somebody else wrote to the table while the record was exported or restored, so the copy is not of one state."""


class TableNotEmpty(RecordProblem):
    """A backup is restored into an empty table, or into one where a restore of that same backup was broken off; this is neither."""


def export(store: Store, directory: Path, *, clock: Callable[[], float], file_bytes: int = FILE_BYTES) -> Manifest:
    """Write every item of the record into a directory that is new or empty; return the manifest, which is written last of all.

    This only reads, and is in no publisher's way: items change under a lease, and the current release's item counts the leases;
    where it is the same afterwards, so is the record. An expired lease is copied as it stands. `clock` tells seconds since the
    epoch; a file has at most `file_bytes`. Raises NoRelease, LeaseHeld where a publish is under way, ChangedMeanwhile where one
    came between, DirectoryNotEmpty, NotCopyable, RecordUnavailable or OSError; what was written is then removed.
    """
    before = _exportable(store, clock())
    number = int(before["release"]["N"])
    release = Reader(store).release(number)
    assert release is not None, "the release that is current is there, or the reader has raised"
    with BackupInTheMaking(directory, file_bytes) as making:
        for item in _scan(store):
            if key_of(item) != key_of(_MARKER):  # where a restore was broken off at its very last write
                making.write(item)
        if _comparable(store.get(_CURRENT)) != _comparable(before):
            raise ChangedMeanwhile("somebody published while the record was exported, so the copy is not of one state; export again")
        exported_at = datetime.datetime.fromtimestamp(clock(), datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return making.finish(exported_at=exported_at, release=number, epoch=int(before["epoch"]["N"]), digest=release.digest)


def restore(store: Store, directory: Path, *, batch: int = BATCH_WRITE) -> Manifest:
    """Put every item of a backup into an empty table, `batch` of them at a time; return the backup's manifest.

    Everything is checked before anything is written. The current release's item comes last; until then the table answers that it
    has no release. A restore that was broken off goes on when it is called again with the same backup. Raises DamagedBackup,
    TableNotEmpty, ChangedMeanwhile, RecordUnavailable, WriteRefused or OSError.
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
    """Return the current release's item, under which no publish is on its way."""
    current = store.get(_CURRENT) or {}
    until = float(current["lease_until"]["N"]) if "lease_until" in current else 0.0
    if "owner" in current and until > now:
        raise LeaseHeld(current["owner"]["S"], until - now)
    if not current or current["release"] == items.number(0):
        raise NoRelease(f"the record in the table {store.table} has no release; there is nothing to export")
    return current


def _checked(backup: Backup) -> "Item":
    """Check a backup's files, and its manifest against what they hold; return the current release's item."""
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
        raise DamagedBackup(f"the manifest in {backup.directory} names another release, epoch or digest than the files hold")
    return current


def _claim(store: Store, backup: Backup, current: "Item") -> bool:
    """Mark an empty table as being restored from this backup, or find it so marked.

    Return False where nothing but the marker is left to do away with.
    """
    marker = store.get(_MARKER)
    if marker is None:
        for item in _scan(store, Limit=1):
            raise TableNotEmpty(f"the table {store.table} is not empty: it holds {' '.join(key_of(item))}; restore into an empty one")
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
            f"the table {store.table} is not empty: a restore from another backup was broken off in it; the sha256 of that one's "
            f"manifest is {other}, of this one's {backup.digest}"
        )
    there = store.get(_CURRENT)
    if there is not None and _comparable(there) != _comparable(current):
        raise TableNotEmpty(f"the table {store.table} is not empty: it was restored from this backup, and written to since")
    return there is None


def _finish(store: Store, manifest: Manifest, current: "Item") -> None:
    """Put the current release's item into a table that holds all others of a backup, and none besides."""
    held = sum(1 for _ in _scan(store, ProjectionExpression="pk"))
    if held != manifest.items:  # the marker stands for the current release's item
        raise ChangedMeanwhile(
            f"the table {store.table} holds {held - 1:,} items and the backup {manifest.items - 1:,} (the current release's aside): "
            "somebody else wrote to it; restore into another table"
        )
    attributes = {name: value for name, value in current.items() if name not in _CURRENT}
    store.update(
        _CURRENT,
        f"SET {', '.join(f'#{name} = :{name}' for name in attributes)}",
        ConditionExpression="attribute_not_exists(pk)",
        ExpressionAttributeNames={f"#{name}": name for name in attributes},
        ExpressionAttributeValues={f":{name}": value for name, value in attributes.items()},
    )
    # What counts is what is there now: the update may have taken effect, its answer been lost, and the second try been refused.
    if _comparable(store.get(_CURRENT)) != _comparable(current):
        raise ChangedMeanwhile(f"somebody published into the table {store.table} while it was restored; restore into another table")


def _scan(store: Store, **options: Any) -> "Iterator[Item]":
    """Yield every item of the table, keeping no more than the page it came in."""
    for page in store.scan(**options):
        yield from page
        page.clear()


def _comparable(item: "Item | None") -> Mapping[str, Any]:
    """Return an item so that two can be compared, whatever order their sets come in."""
    values: Mapping[str, Mapping[str, Any]] = item or {}
    return {
        name: {kind: sorted(content) if kind in ("SS", "NS") else content for kind, content in value.items()}
        for name, value in values.items()
    }
