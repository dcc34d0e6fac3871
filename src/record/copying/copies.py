"""Exports the whole record, with its history, from the table into the files of a backup, and restores it into an empty table.

A copy is physical and complete: it has every item unchanged. Only the item of the current release is interpreted, because it says
whether the others may change. One page of a Scan, or one batch of writes, is in memory at a time.
"""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from record import items
from record.copying.backups import FILE_BYTES, Backup, BackupInTheMaking, DamagedBackup, Manifest
from record.copying.claims import ChangedMeanwhile, Restorer, claimed, comparable, key_of, scanned
from record.errors import LeaseHeld, RecordProblem
from record.reading import Reader
from record.store import BATCH_WRITE, Store
from record.writing.clocks import StoreTime
from record.writing.leasing import holder_of, refuse_half_restored

if TYPE_CHECKING:
    from record.items import Item, NewItem

_CURRENT = items.key(items.RELEASES, items.CURRENT)


class NoRelease(RecordProblem):
    """There is nothing to export, because the record has no release."""


def export(store: Store, directory: Path, *, clock: Callable[[], float], file_bytes: int = FILE_BYTES) -> Manifest:
    """Write every item of the record into a new or empty directory. Return the manifest, which is written last.

    `clock` returns the seconds since 1970. A file has at most `file_bytes`. An expired lease is copied unchanged.

    An export takes no lease, so it never blocks a publisher. Items change only under a lease, and the item of the current release counts
    the leases. So if that item is the same after the export, the record did not change. Raises NoRelease, LeaseHeld if a publish is in
    progress, ChangedMeanwhile if one started meanwhile, ClockWrong, HalfRestored, DirectoryNotEmpty, NotCopyable, RecordUnavailable or
    OSError. After an error, everything that was written is deleted.
    """
    before = _exportable(store, clock)
    number = int(before["release"]["N"])
    release = Reader(store).release(number)
    assert release is not None, "the reader returns the current release or raises"
    with BackupInTheMaking(directory, file_bytes) as making:
        for item in scanned(store):
            making.write(item)
        if comparable(store.get(_CURRENT)) != comparable(before):
            raise ChangedMeanwhile("there was a publish during the export, so the copy mixes two states; export again")
        exported_at = datetime.datetime.fromtimestamp(clock(), datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return making.finish(exported_at=exported_at, release=number, epoch=int(before["epoch"]["N"]), digest=release.digest)


def restore(store: Store, directory: Path, restorer: Restorer, *, batch: int = BATCH_WRITE) -> Manifest:
    """Write every item of a backup into an empty table, `batch` items at a time. Return the backup's manifest.

    The whole backup is checked before anything is written. The item of the current release is written last; until then, readers find no
    release, and nobody can publish. Call it again with the same backup to continue an interrupted restore. Raises DamagedBackup,
    TableNotEmpty, ChangedMeanwhile, LeaseHeld, LeaseLost, ClockWrong, RecordUnavailable, WriteRefused or OSError.
    """
    backup = Backup.opened(directory)
    current = _checked(backup)
    claim = claimed(store, backup, restorer)
    waiting: list[NewItem] = []
    for item in backup.items():
        if key_of(item) == key_of(_CURRENT):
            continue
        waiting.append(item)
        if len(waiting) == batch:
            claim.renew()
            store.put_all(waiting)
            waiting.clear()
    claim.renew()
    store.put_all(waiting)
    _check_count(store, backup.manifest)
    claim.finish(current)
    return backup.manifest


def _exportable(store: Store, clock: Callable[[], float]) -> "Item":
    """Return the item of the current release. Raises LeaseHeld if a publish is in progress, NoRelease if there is no release."""
    time = StoreTime(store, clock)
    time.compare()
    refuse_half_restored(store)
    current = store.get(_CURRENT) or {}
    if holder := holder_of(current, time()):
        raise LeaseHeld(holder.owner, holder.seconds)
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


def _check_count(store: Store, manifest: Manifest) -> None:
    """Raise ChangedMeanwhile if the table has more or fewer items than the backup. Both have an item of the current release."""
    held = sum(1 for _ in scanned(store, ProjectionExpression="pk"))
    if held != manifest.items:
        raise ChangedMeanwhile(
            f"{held:,} items are in the table {store.table}, {manifest.items:,} in the backup; someone else wrote to the table; restore "
            "into another table"
        )
