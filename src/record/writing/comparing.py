"""Compares the documents of a publish with the record: which are new, changed, only moved, or missing.

Both sides are sorted by path and merged as streams, so the comparison needs the same memory for ten documents and for ten million.
"""

import hashlib
import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from record import items
from record.errors import NotInOrder
from record.model import GONE, ChangeKind, Digest, Document, Head, Release, State
from record.paging import visible
from record.store import Store

if TYPE_CHECKING:
    from record.items import Item

_PLACED = ("sk", "revision", "number", "content_digest", "placement", "places")


class Difference(StrEnum):
    """How a document differs from the record."""

    CREATED = "created"
    UPDATED = "updated"
    MOVED = "moved"  # the content is the same, but the lists that contain it or its place in them changed
    UNCHANGED = "unchanged"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Placed:
    """A published document as its by-id entry in the manifest describes it: its revision, and the places of its index entries.

    `mark` is the stamp of the entries, `revision` the stamp of the revision. They differ after the document only moved.
    """

    path: str
    mark: str
    revision: str
    number: int
    content_digest: Digest
    placement: Digest
    lists: tuple[str, ...]
    sort_keys: dict[str, str] = field(hash=False)

    @property
    def is_gone(self) -> bool:
        """True if it is a tombstone."""
        return self.lists[0].endswith(f"?{GONE}")

    def entry_keys(self) -> list["Item"]:
        """Return the keys of all its index entries."""
        return [items.key(pk, sk) for pk, sk in entry_places(self.path, self.lists, self.sort_keys, self.mark)]


@dataclass(frozen=True, slots=True)
class Compared:
    """A document, its state in the record, and how the two differ. A missing document has no `document`, a new one no `placed`."""

    difference: Difference
    path: str
    document: Document | None
    placed: Placed | None

    @property
    def kind(self) -> ChangeKind | None:
        """The kind of change that a publish would add to the feed; None if it would add none."""
        if self.document is None or self.difference not in (Difference.CREATED, Difference.UPDATED):
            return None
        if self.document.state is not State.LIVE:
            return ChangeKind(self.document.state)
        if self.placed is None:
            return ChangeKind.CREATED
        return ChangeKind.RESTORED if self.placed.is_gone else ChangeKind.UPDATED


def compare(store: Store, head: Head, release: Release | None, documents: Iterable[Document]) -> Iterator[Compared]:
    """Yield every document of both sides, sorted by path. Raises NotInOrder if `documents` are not sorted."""
    published = placed_documents(store, head, release)
    known = next(published, None)
    for document in _in_order(documents):
        while known is not None and known.path < document.path:
            yield Compared(Difference.MISSING, known.path, None, known)
            known = next(published, None)
        if known is not None and known.path == document.path:
            yield Compared(_difference(document, known), document.path, document, known)
            known = next(published, None)
        else:
            yield Compared(Difference.CREATED, document.path, document, None)
    while known is not None:
        yield Compared(Difference.MISSING, known.path, None, known)
        known = next(published, None)


def placed_documents(store: Store, head: Head, release: Release | None) -> Iterator[Placed]:
    """Yield every document of a release, tombstones included, sorted by path."""
    if release is None:
        return
    for collection in sorted(release.counts, key=lambda name: f"{name}/"):
        yield from heapq.merge(
            *(_placed_in(store, head, release, name) for name in (collection, f"{collection}?{GONE}")), key=lambda placed: placed.path
        )


def _placed_in(store: Store, head: Head, release: Release, name: str) -> Iterator[Placed]:
    expression, names, values = visible(release.number, head.lost)
    for page, _ in store.query(
        items.list_pk(name, items.BY_ID),
        items.LOWEST,
        items.HIGHEST,
        FilterExpression=expression,
        ExpressionAttributeNames={**names, **{f"#{attribute}": attribute for attribute in _PLACED}},
        ProjectionExpression=", ".join(f"#{attribute}" for attribute in _PLACED),
        ExpressionAttributeValues=values,
    ):
        for item in page:
            yield placed_of(name, item)


def content_digest(document: Document) -> Digest:
    """Return the digest of a document's content, without the members that the publish sets."""
    return Digest(hashlib.sha256(document.content).hexdigest())


def placement_digest(document: Document) -> Digest:
    """Return the digest of all data that a document's index entries contain."""
    placement = [
        sorted(document.standing),
        sorted(document.sort_keys.items()),
        sorted(document.values),
        document.span,
    ]
    return Digest(hashlib.sha256(json.dumps(placement).encode()).hexdigest())


def entry_places(
    path: str, lists: Iterable[str], sort_keys: "dict[str, str] | Iterable[tuple[str, str]]", mark: str
) -> list[tuple[str, str]]:
    """Return the (pk, sk) of a document's index entries: one per list and order, including the order by id."""
    orders = {**dict(sort_keys), items.BY_ID: ""}
    return [(items.list_pk(name, order), items.entry_sk(sort_key, path, mark)) for name in lists for order, sort_key in orders.items()]


def _difference(document: Document, placed: Placed) -> Difference:
    if content_digest(document) != placed.content_digest:
        return Difference.UPDATED
    if placement_digest(document) != placed.placement:
        return Difference.MOVED
    return Difference.UNCHANGED


def _in_order(documents: Iterable[Document]) -> Iterator[Document]:
    previous = ""
    for document in documents:
        if document.path <= previous:
            raise NotInOrder(f"{document.path} comes after {previous}: documents must be sorted by path, each once")
        previous = document.path
        yield document


def placed_of(name: str, item: "Item") -> Placed:
    """Return the document that a by-id entry of this list describes."""
    lists, sort_keys = json.loads(item["places"]["S"])
    return Placed(
        items.path_of(name, item["sk"]["S"]),
        items.stamp_of(item["sk"]["S"]),
        item["revision"]["S"],
        int(item["number"]["N"]),
        Digest(item["content_digest"]["S"]),
        Digest(item["placement"]["S"]),
        tuple(lists),
        dict(sort_keys),
    )
