"""Redacts: removes something from all releases of the record, including old ones.

The whole plan is stored as notes before anything changes, and every step can be repeated. So an interrupted redaction is never undone:
the next redaction or publish finishes it. The newest revisions and the current lists change first. It ends with a release of its own,
which says that it happened, when and why. The flip increases the epoch, and every reader then clears its cache. The chain stays valid,
because the old seal stays; the old salt is deleted, so that nobody can check a guess of the removed text against the seal.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from record import items
from record.chain import ReleaseDigest, header
from record.current import HEAD_SECONDS
from record.decoding import release_of
from record.errors import LeaseLost
from record.model import ChangeKind, Release
from record.store import Store, existing
from record.writing import intents, notes
from record.writing.archiving import archive
from record.writing.leasing import Lease, Leases
from record.writing.making import Making, link_of, moment, put_release
from record.writing.messages import redact_message
from record.writing.notes import Redaction
from record.writing.reindexing import changed_lists, generations_of, recount, reindex, reindex_current
from record.writing.removals import keep_key, put_removals, rename_removals
from record.writing.renaming import drop_revisions
from record.writing.rewriting import check_fit, rewrite_revision

if TYPE_CHECKING:
    from record.items import NewItem

SETTLE_SECONDS = 2 * HEAD_SECONDS  # after this time, every reader knows the current release


class Redacting:
    """Carries out redactions under a lease, which must be held.

    `clock` returns the seconds since 1970, and `salt` 16 random bytes.
    """

    def __init__(self, store: Store, leases: Leases, lease: Lease, clock: Callable[[], float], salt: Callable[[], bytes]) -> None:
        """Redact in this store."""
        self._store = store
        self._leases = leases
        self._lease = lease
        self._clock = clock
        self._salt = salt
        self._number = lease.head.release + 1

    def redact(self, redaction: Redaction, on_noted: Callable[[], None]) -> Release:
        """Carry out a redaction. No earlier redaction may be unfinished. `on_noted` is called when its notes are stored.

        Raises NoRoom before anything is written, if a revision has no room for what the redaction adds. Raises LeaseLost
        if another publisher took over, and the store's errors; in both cases the next lease holder finishes the redaction.
        """
        for rewrite in redaction.rewrites:
            check_fit(self._store, rewrite, redaction.reason, self._number)
        lists: set[str] = set()
        for path, generations in redaction.generations.items():
            lists |= changed_lists(generations_of(self._store, path, self._lease.head), generations)
        if redaction.key:
            keep_key(self._store, redaction.key)
        notes.store_notes(self._store, self._lease.attempt, redaction, self._number, lists)
        if not notes.is_waiting(self._store, self._lease.attempt, self._lease.head.release):
            raise LeaseLost("another publisher took over, and has deleted the notes of this redaction")
        on_noted()
        return self._finish([self._lease.attempt])

    def finish(self, attempts: Sequence[int]) -> Release | None:
        """Finish the redactions of earlier attempts. Return the new release, or None if nothing is left to do. Raises as `redact`."""
        waiting = [attempt for attempt in attempts if notes.is_waiting(self._store, attempt, self._lease.head.release)]
        for attempt in sorted(set(attempts) - set(waiting)):
            notes.forget(self._store, attempt)
            self._leases.cleared(attempt)
        return self._finish(waiting) if waiting else None

    def _finish(self, attempts: Sequence[int]) -> Release:
        parent = release_of(existing(self._store, items.key(items.RELEASES, items.padded(self._lease.head.release))))
        making = Making(self._lease, self._number, moment(self._clock(), parent), "", self._salt().hex(), parent, parent.origin)
        for attempt in attempts:  # first, so that nothing is ever removed without its digest
            put_removals(self._store, notes.removed(self._store, attempt), self._number, notes.read(self._store, attempt)[0]["reason"])
        self._archive()
        changes = _Changes(making, {_rewritten_in(row) for attempt in attempts for row in self._rewrites(attempt)})
        for attempt in attempts:
            self._change_newest(attempt, changes)
        for attempt in attempts:
            self._change_rest(attempt, changes)
        self._undo_lost()
        release = self._release(making, parent, changes.ordered())
        self._leases.flip(self._lease, redacts=True)
        for attempt in attempts:
            notes.forget(self._store, attempt)
            self._leases.cleared(attempt)
        return release

    def _archive(self) -> None:
        """Archive everything that ended, without the grace period, so that each entry is in one place only.

        A reader that does not know the current release yet would miss what moves, so wait until every reader knows it.
        """
        lost = {int(mark.rpartition(".")[2]) for mark in self._lease.head.lost}
        ended = [attempt for attempt in sorted(self._lease.unclean - lost) if next(intents.chunks(self._store, attempt), None)]
        if ended:
            self._store.wait(SETTLE_SECONDS)
        for attempt in ended:
            archive(self._store, attempt, self._lease.head.lost, self._renew)
            self._leases.cleared(attempt)

    def _change_newest(self, attempt: int, changes: "_Changes") -> None:
        """Rewrite the newest revision of each document, and its entries in the current lists."""
        head, rows = notes.read(self._store, attempt)
        for (path, is_placing), group in groupby(rows, key=_step):
            self._renew()
            if is_placing:
                if generations := notes.generations_in(group):  # without any, it is an old path, which stays in the lists for now
                    reindex_current(self._store, path, generations, self._renew)
            else:
                self._rewrite(next(group), head["reason"], changes)

    def _change_rest(self, attempt: int, changes: "_Changes") -> None:
        """Rewrite the other revisions, the histories of lists, and the totals."""
        head, rows = notes.read(self._store, attempt)
        for (path, is_placing), group in groupby(rows, key=_step):
            self._renew()
            if is_placing:
                reindex(self._store, path, notes.generations_in(group), self._renew)
                continue
            for row in islice(group, 1, None):
                self._rewrite(row, head["reason"], changes)
        for path, to in {(row["path"], row["to"]) for row in self._rewrites(attempt) if "to" in row}:
            rename_removals(self._store, path, to, self._renew)
            drop_revisions(self._store, path, self._renew)
        for name in head["lists"]:
            self._renew()
            recount(self._store, name, self._lease.head.lost)

    def _rewrites(self, attempt: int) -> Iterator[dict[str, Any]]:
        return (row for row in notes.read(self._store, attempt)[1] if "generation" not in row)

    def _rewrite(self, row: Mapping[str, Any], reason: str, changes: "_Changes") -> None:
        self._renew()
        what = _rewritten_in(row)
        if "message" in row:
            change = redact_message(self._store, changes.making, row["message"], reason, changes.sk(what))
        else:
            change = rewrite_revision(self._store, changes.making, notes.rewrite_of(row), reason, changes.sk(what))
        changes.add(what, change)

    def _undo_lost(self) -> None:
        """Delete what lost attempts left: a publisher may have written more after it lost its lease. Readers ignore it."""
        for mark in sorted(self._lease.head.lost):
            self._renew()
            intents.undo(self._store, int(mark.rpartition(".")[2]))
        low = f"{items.padded(self._number)}#"
        for page, _ in self._store.query(items.CHANGES, low, f"{low}~", ProjectionExpression="pk, sk"):
            self._store.delete_all([dict(item) for item in page if items.stamp_of(item["sk"]["S"]) in self._lease.head.lost])

    def _release(self, making: Making, parent: Release, changes: "Sequence[NewItem]") -> Release:
        self._store.put_all(changes)
        release = making.release(parent.counts, {str(ChangeKind.REDACTED): len(changes)})
        digest = ReleaseDigest(header(release))
        for change in changes:
            digest.add(link_of(change))
        release = release._replace(digest=digest.digest())
        put_release(self._store, making, release)
        return release

    def _renew(self) -> None:
        self._leases.renew(self._lease)


class _Changes:
    """The changes of the release that documents redactions, in the order of paths and revisions, whatever is rewritten first.

    If two redactions of one revision are finished in one release, it has one change for both.
    """

    def __init__(self, making: Making, rewritten: Iterable[tuple[str, int]]) -> None:
        """Give each of these revisions (path, number) a position in the release. A release whose message is redacted has number 0."""
        self.making = making
        self._positions = {revision: position for position, revision in enumerate(sorted(rewritten), 1)}
        self._found: dict[tuple[str, int], NewItem] = {}

    def sk(self, revision: tuple[str, int]) -> str:
        """Return the sort key of a revision's change."""
        return items.change_sk(self._positions[revision], self.making.mark)

    def add(self, revision: tuple[str, int], change: "NewItem") -> None:
        """Add the change of a revision."""
        self._found[revision] = change

    def ordered(self) -> "list[NewItem]":
        """Return all changes."""
        return [self._found[revision] for revision in sorted(self._found)]


def is_begun(store: Store) -> bool:
    """Return whether there is an unfinished redaction: in progress, or interrupted."""
    return bool(_unfinished(store))


def replaced_ids(store: Store) -> list[tuple[str, str]]:
    """Return (old path, new path) of each document whose id an unfinished redaction replaces."""
    found = {(row["path"], row["to"]) for attempt in _unfinished(store) for row in notes.read(store, attempt)[1] if "to" in row}
    return sorted(found)


def _unfinished(store: Store) -> list[int]:
    current = store.get(items.key(items.RELEASES, items.CURRENT))
    if current is None:
        return []
    attempts = {int(current["attempt"]["N"]), *(int(attempt) for attempt in current.get("unclean", {}).get("NS", ()))}
    return [attempt for attempt in sorted(attempts) if notes.is_waiting(store, attempt, int(current["release"]["N"]))]


def _step(row: Mapping[str, Any]) -> tuple[str, bool]:
    """Return what a row belongs to: its document, and whether it is about its index entries."""
    return str(row["path"]), "generation" in row


def _rewritten_in(row: Mapping[str, Any]) -> tuple[str, int]:
    """Return the revision that a row rewrites: its path, which is the new one if its id is redacted, and its number; 0 for a message."""
    return str(row.get("to") or row["path"]), int(row.get("number", 0))
