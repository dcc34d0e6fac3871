"""Redacts: removes something from all releases of the record, including old ones.

The whole plan is stored as notes before anything changes, and every step can be repeated. So an interrupted redaction is never undone:
the next redaction or publish finishes it. It ends with a release of its own, which says that it happened, when and why. The flip
increases the epoch, and every reader then clears its cache. The chain stays valid, because the old seal stays; the old salt is deleted,
so that nobody can check a guess of the removed text against the seal.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from record import items
from record.chain import ReleaseDigest, header
from record.decoding import release_of
from record.errors import LeaseLost
from record.model import ChangeKind, Release
from record.store import Store, existing
from record.writing import intents, notes
from record.writing.leasing import Lease, Leases
from record.writing.making import Making, link_of, moment, put_release
from record.writing.notes import Redaction
from record.writing.reindexing import changed_lists, generations_of, recount, reindex
from record.writing.rewriting import check_fit, rewrite_revision

if TYPE_CHECKING:
    from record.items import NewItem


def redact(
    store: Store, leases: Leases, lease: Lease, redaction: Redaction, clock: Callable[[], float], salt: Callable[[], bytes]
) -> Release:
    """Carry out a redaction. The lease must be held, with nothing left to clean up.

    Raises ItemTooLarge before anything is written, if a revision has no room for the note that it was redacted. Raises LeaseLost if
    another publisher took over, and the store's errors; in both cases the next lease holder finishes the redaction.
    """
    number = lease.head.release + 1
    for rewrite in redaction.rewrites:
        check_fit(store, rewrite, redaction.reason, number)
    for mark in sorted(lease.head.lost):  # a publisher may have written more after it lost its lease; readers ignore it
        leases.renew(lease)
        intents.undo(store, int(mark.rpartition(".")[2]))
    lists: set[str] = set()
    for path, generations in redaction.generations.items():
        lists |= changed_lists(generations_of(store, path, lease.head.lost), generations)
    notes.store_notes(store, lease.attempt, redaction, number, lists)
    if not notes.is_waiting(store, lease.attempt, lease.head.release):
        raise LeaseLost("another publisher took over, and has deleted the notes of this redaction")
    return _finish(store, leases, lease, [lease.attempt], clock, salt)


def is_begun(store: Store) -> bool:
    """Return whether there is an unfinished redaction: in progress, or interrupted."""
    current = store.get(items.key(items.RELEASES, items.CURRENT))
    if current is None:
        return False
    attempts = {int(current["attempt"]["N"]), *(int(attempt) for attempt in current.get("unclean", {}).get("NS", ()))}
    return any(notes.is_waiting(store, attempt, int(current["release"]["N"])) for attempt in attempts)


def finish(
    store: Store, leases: Leases, lease: Lease, attempts: Sequence[int], clock: Callable[[], float], salt: Callable[[], bytes]
) -> Release | None:
    """Finish the redactions of earlier attempts. Return the new release, or None if nothing is left to do. Raises as `redact`."""
    waiting = [attempt for attempt in attempts if notes.is_waiting(store, attempt, lease.head.release)]
    for attempt in sorted(set(attempts) - set(waiting)):
        notes.forget(store, attempt)
        leases.cleared(attempt)
    return _finish(store, leases, lease, waiting, clock, salt) if waiting else None


def _finish(
    store: Store, leases: Leases, lease: Lease, attempts: Sequence[int], clock: Callable[[], float], salt: Callable[[], bytes]
) -> Release:
    number = lease.head.release + 1
    parent = release_of(existing(store, items.key(items.RELEASES, items.padded(lease.head.release))))
    making = Making(lease, number, moment(clock(), parent), "", salt().hex(), parent)
    changes: dict[tuple[str, int], NewItem] = {}  # in the order of their positions in the feed
    for attempt in attempts:
        head, rows = notes.read(store, attempt)
        for (path, is_placing), group in groupby(rows, key=lambda row: (str(row["path"]), "generation" in row)):
            leases.renew(lease)
            if is_placing:
                reindex(store, path, [notes.generation_of(row) for row in group], partial(leases.renew, lease))
                continue
            for row in group:
                leases.renew(lease)
                rewrite = notes.rewrite_of(row)
                earlier = changes.get((path, rewrite.number))  # of another redaction that is finished in this release too
                sk = earlier["sk"]["S"] if earlier else items.change_sk(len(changes) + 1, making.mark)
                changes[path, rewrite.number] = rewrite_revision(store, making, rewrite, head["reason"], sk)
        for name in head["lists"]:
            leases.renew(lease)
            recount(store, name, lease.head.lost)
    for page, _ in store.query(items.CHANGES, f"{items.padded(number)}#", f"{items.padded(number)}#~", ProjectionExpression="pk, sk"):
        store.delete_all([dict(item) for item in page if items.stamp_of(item["sk"]["S"]) in lease.head.lost])
    store.put_all(list(changes.values()))
    release = making.release(parent.counts, {str(ChangeKind.REDACTED): len(changes)})
    digest = ReleaseDigest(header(release))
    for change in changes.values():
        digest.add(link_of(change))
    release = release._replace(digest=digest.digest())
    put_release(store, making, release)
    leases.flip(lease, redacts=True)
    for attempt in attempts:
        notes.forget(store, attempt)
        leases.cleared(attempt)
    return release
