"""Publishing: making release n+1 from documents, atomically, whatever its size.

Nothing that is written before the flip can be seen at n, and the flip is one conditional update of one item. So there is no
transaction and no limit; a publish that dies is undone by the next one from the intents it left.
"""

import contextlib
import datetime
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from record import intents as intended
from record import items
from record.chain import ReleaseDigest
from record.comparing import Compared, Difference, compare, content_digest, placement_digest
from record.errors import ItemTooLarge, LeaseLost, MissingDocuments, RecordProblem
from record.intents import Intent
from record.leasing import LEASE_SECONDS, Lease, Leases
from record.model import ChangeKind, Document, Release, State
from record.reading import release_of, total_of
from record.rendering import changed_fields, digest_of, render, seal_of
from record.store import BATCH_GET, Store

if TYPE_CHECKING:
    from record.items import Item, NewItem

PUBLISHED = frozenset({Difference.CREATED, Difference.UPDATED, Difference.MOVED})


@dataclass(frozen=True, slots=True)
class Survey:
    """What a publish would do: how many documents of each kind, and what stands in its way."""

    differences: Counter[Difference]
    missing: tuple[str, ...]
    counts: Counter[str]

    @property
    def to_write(self) -> int:
        """How many documents a publish would write."""
        return sum(self.differences[difference] for difference in PUBLISHED)


@dataclass(frozen=True, slots=True)
class _Making:
    """The release in the making."""

    lease: Lease
    number: int
    published_at: str
    message: str
    parent: Release | None

    @property
    def mark(self) -> str:
        return items.stamp(self.number, self.lease.attempt)


class Publisher:
    """Publishes documents as releases, in an owner's name.

    `clock` tells seconds since the epoch and `salt` makes 16 random bytes; both are passed in so that tests know them.
    """

    def __init__(
        self,
        store: Store,
        *,
        owner: str,
        clock: Callable[[], float],
        salt: Callable[[], bytes] = lambda: os.urandom(16),
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        """Publish into this store."""
        self._store = store
        self._clock = clock
        self._salt = salt
        self._leases = Leases(store, owner, clock, lease_seconds)

    def publish(
        self, documents: Iterable[Document], message: str, on_progress: Callable[[int, int], None] = lambda _done, _total: None
    ) -> Release | None:
        """Publish documents, which are the whole record, as the next release; return it, or None where nothing changed.

        `documents` come sorted by path, each once, and can be iterated twice. Raises MissingDocuments where a published one is
        not among them, ItemTooLarge, NotInOrder, LeaseHeld, LeaseLost, RecordUnavailable or WriteRefused; the record is then as
        it was. `on_progress` is told (documents written, documents to write).
        """
        lease = self._leases.take()
        writing = False
        try:
            self._clear(lease)
            parent = self._parent(lease)
            survey = self._survey(lease, parent, documents)
            if survey.missing:
                raise MissingDocuments(survey.missing)
            if not survey.to_write:
                self._leases.drop(lease)
                return None
            writing = True
            making = _Making(lease, lease.head.release + 1, self._moment(parent), message, parent)
            release = self._write(making, survey, documents, on_progress)
            self._leases.flip(lease)
        except LeaseLost:
            raise
        except BaseException:
            self._take_back(lease, writing=writing)
            raise
        # The release is made, whatever becomes of its intents: the next publish forgets what is left of them.
        with contextlib.suppress(RecordProblem):
            intended.forget(self._store, lease.attempt)
            self._leases.cleared(lease.attempt)
        return release

    def _clear(self, lease: Lease) -> None:
        """Clear away what earlier attempts left: undo the lost ones, forget the intents of the others."""
        for attempt in sorted(lease.unclean):
            if any(mark.endswith(f".{items.padded(attempt)}") for mark in lease.head.lost):
                intended.undo(self._store, attempt)
            else:
                intended.forget(self._store, attempt)
            self._leases.cleared(attempt)

    def _take_back(self, lease: Lease, *, writing: bool) -> None:
        """End our own attempt and undo it at once; where that fails too, the next publish does it, and the first failure is told.

        An attempt that may have flipped is never undone: it is given up first, which fails where it has.
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

    def _survey(self, lease: Lease, parent: Release | None, documents: Iterable[Document]) -> Survey:
        def watched() -> Iterator[Compared]:
            for compared in compare(self._store, lease.head, parent, documents):
                self._leases.renew(lease)
                yield compared

        return survey_of(watched(), parent)

    def _moment(self, parent: Release | None) -> str:
        now = datetime.datetime.fromtimestamp(self._clock(), datetime.UTC)
        if parent is not None:
            now = max(now, datetime.datetime.fromisoformat(parent.published_at) + datetime.timedelta(milliseconds=1))
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _write(self, making: _Making, survey: Survey, documents: Iterable[Document], on_progress: Callable[[int, int], None]) -> Release:
        digest = ReleaseDigest(making.number, making.parent.digest if making.parent else None, making.published_at, making.message)
        totals: Counter[str] = Counter()
        done = 0
        on_progress(0, survey.to_write)
        differing = (
            compared for compared in compare(self._store, making.lease.head, making.parent, documents) if compared.difference in PUBLISHED
        )
        for number, chunk in enumerate(_chunks(differing)):
            self._leases.renew(making.lease)
            self._write_chunk(making, number, chunk, digest, totals)
            done += len(chunk)
            on_progress(done, survey.to_write)
        self._write_totals(making, totals)
        release = Release(
            making.number,
            making.published_at,
            making.message,
            {name: count for name, count in sorted(survey.counts.items()) if count},
            {str(kind): survey.differences[kind] for kind in (Difference.CREATED, Difference.UPDATED) if survey.differences[kind]},
            digest.digest(),
            making.parent.digest if making.parent else None,
        )
        self._write_release(making, release)
        return release

    def _write_chunk(self, making: _Making, number: int, chunk: Sequence[Compared], digest: ReleaseDigest, totals: Counter[str]) -> None:
        intents = [Intent.of(compared) for compared in chunk]
        self._store.put_all([intended.chunk_item(making.lease.attempt, number, making.number, intents)])
        old_bodies = self._old_bodies(chunk)
        written: list[NewItem] = []
        for compared, intent in zip(chunk, intents, strict=True):
            document = compared.document
            assert document is not None, "what is to be published has a document"
            revision_mark, revision_number = making.mark, (compared.placed.number if compared.placed else 0) + 1
            if intent.revises:
                revision = self._revision_item(making, document, revision_number)
                digest.add(document.path, revision_number, State.LIVE, seal_of(revision["salt"]["S"], revision["body"]["S"]))
                fields = changed_fields(old_bodies[document.path], document.content) if document.path in old_bodies else ()
                written += [revision, _change_item(making, document, revision, fields)]
            else:
                assert compared.placed is not None, "only what was published can move"
                revision_mark, revision_number = compared.placed.revision, compared.placed.number
            written += _entry_items(making, document, intent, revision_mark, revision_number)
            totals.update(dict.fromkeys(intent.joined(), 1))
            totals.subtract(dict.fromkeys(intent.left(), 1))
        self._store.put_all(written)
        for intent in intents:
            for pk, sk in intent.old_entries():
                self._end_entry(making, items.key(pk, sk))

    def _revision_item(self, making: _Making, document: Document, number: int) -> "NewItem":
        body = render(document.content, revision=number, release=making.number, published_at=making.published_at)
        salt = self._salt().hex()
        item: NewItem = {
            **items.key(items.document_pk(document.path), making.mark),
            "path": items.text(document.path),
            "number": items.number(number),
            "release": items.number(making.number),
            "published_at": items.text(making.published_at),
            "state": items.text(State.LIVE),
            "body": items.text(body),
            "digest": items.text(digest_of(body)),
            "content_digest": items.text(content_digest(document)),
            "salt": items.text(salt),
            "seal": items.text(seal_of(salt, body)),
        }
        if (size := items.size(item)) > items.LARGEST_ITEM:
            raise ItemTooLarge(document.path, size, items.LARGEST_ITEM)
        return item

    def _old_bodies(self, chunk: Sequence[Compared]) -> dict[str, str]:
        keys = [
            items.key(items.document_pk(compared.path), compared.placed.revision)
            for compared in chunk
            if compared.placed and compared.difference is Difference.UPDATED
        ]
        return {item["path"]["S"]: item["body"]["S"] for item in self._store.batch_get(keys, ("path", "body")).values()}

    def _end_entry(self, making: _Making, key: "Item") -> None:
        # Only an attempt that came after ours can have ended it already, and then we have lost the lease.
        if not self._store.update(
            key,
            "SET #to = :mark",
            ConditionExpression="attribute_exists(pk) AND (attribute_not_exists(#to) OR #to <= :mark)",
            ExpressionAttributeNames={"#to": "to"},
            ExpressionAttributeValues={":mark": items.text(making.mark)},
        ):
            raise LeaseLost("a later attempt has ended an index entry; nothing of this publish will be seen")

    def _write_totals(self, making: _Making, changed: Counter[str]) -> None:
        names = sorted(name for name, delta in changed.items() if delta)
        for start in range(0, len(names), BATCH_GET):
            self._leases.renew(making.lease)
            some = names[start : start + BATCH_GET]
            known = self._store.batch_get([items.key(items.total_pk(name), items.TOTAL) for name in some])
            for name in some:
                item = known.get((items.total_pk(name), items.TOTAL), {})
                total = total_of(item, making.lease.head.release, making.lease.head.lost) + changed[name]
                self._store.update(
                    items.key(items.total_pk(name), items.TOTAL),
                    "SET #mark = :total",
                    ExpressionAttributeNames={"#mark": making.mark},
                    ExpressionAttributeValues={":total": items.number(total)},
                )

    def _write_release(self, making: _Making, release: Release) -> None:
        attributes: dict[str, Any] = {
            "release": items.number(release.number),
            "published_at": items.text(release.published_at),
            "message": items.text(release.message),
            "counts": {"M": {name: items.number(count) for name, count in release.counts.items()}},
            "changes": {"M": {name: items.number(count) for name, count in release.changes.items()}},
            "digest": items.text(release.digest),
            "attempt": items.number(making.lease.attempt),
            **({"parent": items.text(release.parent)} if release.parent else {}),
        }
        if not self._store.update(
            items.key(items.RELEASES, items.padded(release.number)),
            "SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
            ConditionExpression="attribute_not_exists(#attempt) OR #attempt <= :attempt",
            ExpressionAttributeNames={f"#{name}": name for name in attributes},
            ExpressionAttributeValues={f":{name}": value for name, value in attributes.items()},
        ):
            raise LeaseLost("a later attempt has written this release; nothing of this publish will be seen")


def survey_of(differences: Iterable[Compared], parent: Release | None) -> Survey:
    """Return what publishing these differences would do."""
    seen: Counter[Difference] = Counter()
    missing: list[str] = []
    counts: Counter[str] = Counter(parent.counts if parent else {})
    for compared in differences:
        seen[compared.difference] += 1
        if compared.difference is Difference.MISSING:
            missing.append(compared.path)
        elif compared.difference is Difference.CREATED:
            counts[compared.path.partition("/")[0]] += 1
    return Survey(seen, tuple(missing), counts)


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


def _change_item(making: _Making, document: Document, revision: "Item", fields: Sequence[str]) -> "NewItem":
    number = int(revision["number"]["N"])
    return {
        **items.key(items.CHANGES, items.change_sk(document.path, making.mark)),
        "path": items.text(document.path),
        "kind": items.text(ChangeKind.CREATED if number == 1 else ChangeKind.UPDATED),
        "release": items.number(making.number),
        "number": items.number(number),
        "digest": revision["digest"],
        "fields": {"L": [items.text(field) for field in fields]},
    }


def _entry_items(making: _Making, document: Document, intent: Intent, revision: str, number: int) -> "list[NewItem]":
    """Return a document's index entries; the one in its collection by id says where the others are, for the next publish."""
    entry: NewItem = {
        "revision": items.text(revision),
        "from": items.text(making.mark),
        **({"values": items.texts(document.values)} if document.values else {}),
    }
    if document.span is not None:
        entry |= {"first": items.text(document.span[0]), "last": items.text(document.span[1])}
    placing: NewItem = {
        "number": items.number(number),
        "content_digest": items.text(content_digest(document)),
        "placement": items.text(placement_digest(document)),
        "places": items.text(json.dumps([intent.lists, intent.sort_keys], ensure_ascii=False, separators=(",", ":"))),
    }
    by_id = items.list_pk(document.collection, items.BY_ID)
    written: list[NewItem] = [
        {**items.key(pk, sk), **entry, **(placing if pk == by_id else {})} for pk, sk in intent.new_entries(making.mark)
    ]
    for item in written:
        if (size := items.size(item)) > items.LARGEST_ITEM:
            raise ItemTooLarge(document.path, size, items.LARGEST_ITEM)
    return written
