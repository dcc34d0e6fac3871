"""What a publish would change, field by field, like a deployment's plan."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from record import items
from record.decoding import release_of
from record.model import ChangeKind, Document, Head, Release
from record.store import Store
from record.writing.comparing import Compared, Difference, compare
from record.writing.leasing import current_head
from record.writing.rendering import changed_fields, content_of
from schemas.pointers import Json, NoSuchPlace, get

ABSENT = object()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that changes: JSON Pointer, old and new value; ABSENT where there is none."""

    field: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Planned:
    """What would become of one resource."""

    difference: Difference
    path: str
    kind: ChangeKind | None = None
    fields: tuple[FieldChange, ...] = ()
    reason: str | None = None
    target: str | None = None


def planned_changes(store: Store, documents: Iterable[Document]) -> Iterator[Planned]:
    """Yield what would become of every resource that differs from the record, in order of their paths."""
    head, release = current(store)
    for compared in compare(store, head, release, documents):
        if compared.difference is not Difference.UNCHANGED:
            document = compared.document
            why = (document.reason, document.target) if document else (None, None)
            yield Planned(compared.difference, compared.path, compared.kind, tuple(_fields(store, compared)), *why)


def current(store: Store) -> tuple[Head, Release | None]:
    """Return the head and the current release; None before the first."""
    head = current_head(store)
    item = store.get(items.key(items.RELEASES, items.padded(head.release))) if head.release else None
    return head, release_of(item) if item else None


def published_contents(store: Store) -> Iterator[tuple[str, bytes]]:
    """Yield the path and content of everything that is published now, in order of their paths."""
    head, release = current(store)
    for compared in compare(store, head, release, ()):
        assert compared.placed is not None, "without new documents, everything comes from the record"
        yield compared.path, content_of(_body(store, compared))


def _fields(store: Store, compared: Compared) -> Iterator[FieldChange]:
    if compared.kind is not ChangeKind.UPDATED or compared.document is None:
        return
    body = _body(store, compared)
    before: Any = json.loads(content_of(body))
    after: Any = json.loads(compared.document.content)
    for field in changed_fields(body, compared.document.content):
        yield FieldChange(field, _at(before, field), _at(after, field))


def _body(store: Store, compared: Compared) -> str:
    assert compared.placed is not None, "only what was published has a body"
    item = store.get(items.key(items.document_pk(compared.path), compared.placed.revision))
    assert item is not None, "an index entry names a revision that is there; article33 verify says where it does not"
    return item["body"]["S"]


def _at(content: Json, field: str) -> object:
    try:
        return get(content, field)
    except NoSuchPlace:
        return ABSENT
