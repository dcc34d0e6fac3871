"""Publishes documents as release n+1, atomically, whatever the size of the release.

Readers at release n ignore everything that is written before the flip, and the flip is one conditional update of one item. So no
transaction is needed, with its limits. If a publish dies, the next one undoes it with the intents that it stored.
"""

import contextlib
import datetime
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from record import items
from record.chain import ReleaseDigest, header
from record.decoding import release_of, total_of
from record.errors import LeaseLost, MissingDocuments, RecordMoved, RecordProblem, ReleaseFromTheFuture
from record.model import ChangeKind, Document, Origin, Release, State
from record.store import BATCH_GET, Store
from record.writing import intents as intended
from record.writing import notes, redacting
from record.writing.archiving import archive
from record.writing.clocks import MOST_APART
from record.writing.comparing import Compared, Difference, compare
from record.writing.intents import Intent
from record.writing.leasing import IMPATIENT, LEASE_SECONDS, Lease, Leases, Patience
from record.writing.making import Making, change_item, entry_items, link_of, moment, put_release, revision_item
from record.writing.notes import Redaction
from record.writing.owners import Owner
from record.writing.removals import Guard, HoldsRemoved, PutBack
from record.writing.rendering import changed_fields
from record.writing.spooling import Spool

if TYPE_CHECKING:
    from record.items import Item, NewItem

# How long ended entries stay in the current lists. Far longer than a reader uses an old release as the current one, and than the
# clocks of two publishers differ.
GRACE_SECONDS = 3600.0
NO_ORIGIN = Origin()
PUBLISHED = frozenset({Difference.CREATED, Difference.UPDATED, Difference.MOVED})


@dataclass(frozen=True, slots=True)
class Survey:
    """What a publish would do.

    Documents per difference, changes per kind, missing documents (which prevent the publish), and live documents per collection
    afterwards.
    """

    differences: Counter[Difference]
    kinds: Counter[str]
    missing: tuple[str, ...]
    counts: Counter[str]

    @property
    def to_write(self) -> int:
        """How many documents a publish would write."""
        return sum(self.differences[difference] for difference in PUBLISHED)


class Publisher:
    """Publishes documents as releases. `owner` is named to other publishers while the lease is held (see `owners`).

    `clock` returns the seconds since 1970 and `salt` 16 random bytes; tests pass their own. Whenever a lease is taken, the clock is
    compared with the store's (see `clocks`). `patience` says what to do while somebody else holds the lease.
    """

    def __init__(
        self,
        store: Store,
        *,
        owner: Owner | str,
        clock: Callable[[], float],
        salt: Callable[[], bytes] = lambda: os.urandom(16),
        lease_seconds: float = LEASE_SECONDS,
        patience: Patience = IMPATIENT,
    ) -> None:
        """Publish into this store."""
        self._store = store
        self._clock = clock
        self._salt = salt
        self._leases = Leases(store, owner if isinstance(owner, Owner) else Owner(owner), clock, lease_seconds, patience)

    def publish(
        self,
        documents: Iterable[Document],
        message: str,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
        guard: Guard | None = None,
        origin: Origin = NO_ORIGIN,
        onto: int | None = None,
    ) -> Release | None:
        """Publish the whole record, `documents`, as the next release. Return the release, or None if nothing changed.

        `documents` must be sorted by path, each once; they are iterated once. `on_progress` is called with (documents written,
        documents to write). `guard` finds what redactions removed, in what differs. The release keeps `origin`. `onto` is the release
        that the documents were compared with before. Raises HoldsRemoved if the guard finds something, RecordMoved if there was another
        release after `onto`, MissingDocuments if a published document is not among them, ItemTooLarge, NotInOrder, LeaseHeld, LeaseLost,
        ClockWrong, ReleaseFromTheFuture, HalfRestored, RecordUnavailable, WriteRefused, or OSError if the disk for temporary files is
        full. After an error the record is as it was before.
        """
        lease = self._take()
        writing = False
        try:
            parent = self._parent(lease)
            self._refuse_later_than_now(parent)
            # Under the lease, so that a redaction that ended just before is known.
            back = guard.begin(message) if guard else []
            with Spool() as spool:
                survey = survey_of(_guarded(self._compared(lease, parent, documents, spool), guard, back), parent)
                if back:
                    raise HoldsRemoved(back)
                if onto is not None:
                    self._check_onto(lease, onto)
                if survey.missing:
                    raise MissingDocuments(survey.missing)
                if not survey.to_write:
                    self._leases.drop(lease)
                    return None
                writing = True
                making = Making(lease, lease.head.release + 1, moment(self._clock(), parent), message, self._salt().hex(), parent, origin)
                release = self._write(making, survey, spool, on_progress)
            self._leases.flip(lease)
        except LeaseLost:
            raise
        except BaseException:
            self._take_back(lease, writing=writing)
            raise
        return release

    def redact(self, redaction: Redaction, on_noted: Callable[[], None] = lambda: None) -> Release:
        """Remove something from all releases of the record. Return the new release, which documents that.

        `on_noted` is called when the plan is stored and before anything is rewritten. From then on, the next redaction or publish
        finishes it if it is interrupted. Raises RecordMoved if there was another release since the redaction was planned, LeaseHeld,
        LeaseLost, ClockWrong, HalfRestored, RecordUnavailable or WriteRefused.
        """
        lease = self._take()
        if lease.head.release != redaction.release:
            self._leases.drop(lease)
            raise RecordMoved(f"release {lease.head.release} was published in the meantime; redact again")
        try:
            return self._redacting(lease).redact(redaction, on_noted)
        except LeaseLost:
            raise
        except BaseException:
            with contextlib.suppress(RecordProblem):
                self._leases.abandon(lease)
            raise

    def resume(self) -> None:
        """Finish an interrupted redaction, if there is one. Raises the same errors as `redact`."""
        self._leases.drop(self._take())

    def _take(self) -> Lease:
        """Take the lease and clean up after earlier attempts. An unfinished redaction is finished first."""
        while True:
            lease = self._leases.take()
            try:
                unfinished = self._clear(lease)
                if not unfinished or self._redacting(lease).finish(unfinished) is None:
                    return lease
            except LeaseLost:
                raise
            except BaseException:
                with contextlib.suppress(RecordProblem):
                    self._leases.abandon(lease)
                raise

    def _redacting(self, lease: Lease) -> redacting.Redacting:
        return redacting.Redacting(self._store, self._leases, lease, self._clock, self._salt)

    def _clear(self, lease: Lease) -> list[int]:
        """Undo lost attempts, and archive what the others ended before the grace period. Return the attempts of unfinished redactions."""
        unfinished: list[int] = []
        for attempt in sorted(lease.unclean):
            lost = any(mark.endswith(f".{items.padded(attempt)}") for mark in lease.head.lost)
            if notes.is_noted(self._store, attempt):
                if lost:
                    unfinished.append(attempt)
                    continue
                notes.forget(self._store, attempt)
            elif lost:
                intended.undo(self._store, attempt)
            elif self._is_past(attempt):
                archive(self._store, attempt, lease.head.lost, lambda: self._leases.renew(lease))
            else:
                continue
            self._leases.cleared(attempt)
        return unfinished

    def _is_past(self, attempt: int) -> bool:
        """Return whether the release of an attempt is older than the grace period."""
        first = next(iter(intended.chunks(self._store, attempt)), None)
        if first is None:
            return True
        release = self._store.get(items.key(items.RELEASES, items.padded(first.release)))
        if release is None:
            raise RecordProblem(f"release {first.release} is missing from the table")
        return self._clock() - datetime.datetime.fromisoformat(release["published_at"]["S"]).timestamp() >= GRACE_SECONDS

    def _take_back(self, lease: Lease, *, writing: bool) -> None:
        """End and undo our own attempt. If that fails too, the next publish does it; the caller re-raises the first error.

        The attempt may have flipped although the flip failed. So it is abandoned before it is undone: that fails if it has flipped.
        """
        with contextlib.suppress(RecordProblem):
            if not writing:
                self._leases.drop(lease)
            elif self._leases.abandon(lease):
                intended.undo(self._store, lease.attempt)
                self._leases.cleared(lease.attempt)

    def _parent(self, lease: Lease) -> Release | None:
        if not lease.head.release:
            return None
        item = self._store.get(items.key(items.RELEASES, items.padded(lease.head.release)))
        if item is None:
            raise RecordProblem(f"release {lease.head.release} is missing from the table")
        return release_of(item)

    def _check_onto(self, lease: Lease, onto: int) -> None:
        """Raise RecordMoved if something was published after this release. Redactions don't count: the guard sees what they removed."""
        for number in range(onto + 1, lease.head.release + 1):
            item = self._store.get(items.key(items.RELEASES, items.padded(number)))
            if item is None or release_of(item).changes.keys() != {ChangeKind.REDACTED}:
                raise RecordMoved(f"release {number} was published in the meantime. Nothing was published; run the command again")

    def _refuse_later_than_now(self, parent: Release | None) -> None:
        """Raise ReleaseFromTheFuture if the next release would be later than now. A redaction can't wait, so it does not check this."""
        if parent is None:
            return
        ahead = datetime.datetime.fromisoformat(parent.published_at).timestamp() - self._leases.now()
        if ahead > MOST_APART:
            raise ReleaseFromTheFuture(
                f"release {parent.number} was published with a wrong clock: its time, {parent.published_at}, is in the future, and every "
                "later release would be later still. Restore the record from before that release (docs/operations.md)"
            )

    def _compared(self, lease: Lease, parent: Release | None, documents: Iterable[Document], spool: Spool) -> Iterator[Compared]:
        """Compare documents with the record, and spool the differences to write."""
        for compared in compare(self._store, lease.head, parent, documents):
            self._leases.renew(lease)
            if compared.difference in PUBLISHED:
                spool.add(compared)
            yield compared

    def _write(self, making: Making, survey: Survey, differing: Iterable[Compared], on_progress: Callable[[int, int], None]) -> Release:
        release = making.release(dict(sorted(survey.counts.items())), dict(sorted(survey.kinds.items())))
        digest = ReleaseDigest(header(release))
        totals: Counter[str] = Counter()
        done = 0
        on_progress(0, survey.to_write)
        for number, chunk in enumerate(_chunks(differing)):
            self._leases.renew(making.lease)
            self._write_chunk(making, number, chunk, digest, totals)
            done += len(chunk)
            on_progress(done, survey.to_write)
        self._write_totals(making, totals)
        release = release._replace(digest=digest.digest())
        put_release(self._store, making, release)
        return release

    def _write_chunk(self, making: Making, number: int, chunk: Sequence[Compared], digest: ReleaseDigest, totals: Counter[str]) -> None:
        intents = [Intent.of(compared) for compared in chunk]
        self._store.put_all([intended.chunk_item(making.lease.attempt, number, making.number, digest.length + 1, intents)])
        old_bodies = self._old_bodies(chunk)
        written: list[NewItem] = []
        for compared, intent in zip(chunk, intents, strict=True):
            document = compared.document
            assert document is not None, "everything to be published has a document"
            revision_mark, revision_number = making.mark, (compared.placed.number if compared.placed else 0) + 1
            if compared.kind is not None:
                revision = revision_item(making, document, revision_number, self._salt().hex(), digest.length + 1)
                fields = changed_fields(old_bodies[document.path], document.content) if document.path in old_bodies else ()
                change = change_item(making, revision, compared.kind, fields, digest.length + 1)
                digest.add(link_of(change))
                written += [revision, change]
            else:
                assert compared.placed is not None, "only a published document can move"
                revision_mark, revision_number = compared.placed.revision, compared.placed.number
            written += entry_items(making, document, intent, revision_mark, revision_number)
            totals.update(dict.fromkeys(intent.joined(), 1))
            totals.subtract(dict.fromkeys(intent.left(), 1))
        # If the lease was lost while we were paused, someone may have redacted what we are about to write.
        self._leases.renew(making.lease)
        self._store.put_all(written)
        for intent in intents:
            for pk, sk in intent.old_entries():
                self._end_entry(making, items.key(pk, sk))

    def _old_bodies(self, chunk: Sequence[Compared]) -> dict[str, str]:
        keys = [
            items.key(items.document_pk(compared.path), compared.placed.revision)
            for compared in chunk
            if compared.placed and compared.kind is ChangeKind.UPDATED
        ]
        return {item["path"]["S"]: item["body"]["S"] for item in self._store.batch_get(keys, ("path", "body")).values()}

    def _end_entry(self, making: Making, key: "Item") -> None:
        # If it has ended already, a later attempt did that, so we have lost the lease.
        if not self._store.update(
            key,
            "SET #to = :mark",
            ConditionExpression="attribute_exists(pk) AND (attribute_not_exists(#to) OR #to <= :mark)",
            ExpressionAttributeNames={"#to": "to"},
            ExpressionAttributeValues={":mark": items.text(making.mark)},
        ):
            raise LeaseLost("a later attempt has ended an index entry; nothing of this publish is visible")

    def _write_totals(self, making: Making, changed: Counter[str]) -> None:
        names = sorted(name for name, delta in changed.items() if delta)
        for start in range(0, len(names), BATCH_GET):
            self._leases.renew(making.lease)
            some = names[start : start + BATCH_GET]
            known = self._store.batch_get([items.key(items.total_pk(name), items.TOTAL) for name in some])
            for name in some:
                item = known.get((items.total_pk(name), items.TOTAL), {})
                total = (total_of(item, making.lease.head.release, making.lease.head.lost) or 0) + changed[name]
                self._store.update(
                    items.key(items.total_pk(name), items.TOTAL),
                    "SET #mark = :total",
                    ExpressionAttributeNames={"#mark": making.mark},
                    ExpressionAttributeValues={":total": items.number(total)},
                )


def _guarded(differences: Iterable[Compared], guard: Guard | None, back: list[PutBack]) -> Iterator[Compared]:
    """Yield the differences; add to `back` what they would put back."""
    for compared in differences:
        if guard is not None:
            back += guard.see(compared)
        yield compared


def survey_of(differences: Iterable[Compared], parent: Release | None) -> Survey:
    """Return what publishing these differences would do."""
    seen: Counter[Difference] = Counter()
    kinds: Counter[str] = Counter()
    missing: list[str] = []
    counts: Counter[str] = Counter(parent.counts if parent else {})
    for compared in differences:
        seen[compared.difference] += 1
        if compared.kind is not None:
            kinds[str(compared.kind)] += 1
        if compared.difference is Difference.MISSING:
            missing.append(compared.path)
        elif compared.document is not None:
            was_live = compared.placed is not None and not compared.placed.is_gone
            counts[compared.document.collection] += (compared.document.state is State.LIVE) - was_live
    return Survey(seen, kinds, tuple(missing), counts)


def _chunks(differing: Iterable[Compared]) -> Iterator[list[Compared]]:
    chunk: list[Compared] = []
    size = 0
    for compared in differing:
        weight = Intent.of(compared).size()
        if chunk and (len(chunk) == intended.MOST_DOCUMENTS or size + weight > intended.MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(compared)
        size += weight
    if chunk:
        yield chunk
