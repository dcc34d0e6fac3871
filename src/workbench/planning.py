"""The plan of a publish: what it would change, field by field."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from record import items
from record.decoding import release_of
from record.model import ChangeKind, Document, Head, Release
from record.store import Store
from record.writing.comparing import Compared, Difference, compare, placed_documents
from record.writing.leasing import current_head
from record.writing.removals import Guard, PutBack
from record.writing.rendering import changed_fields, content_of
from schemas.pointers import Json, NoSuchPlace, get
from schemas.v1.departures import DECLARATION
from schemas.v1.rules import Breach, Rule
from workbench.seedfiles import Problem
from workbench.staging import Staging

ABSENT = object()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that changes: its JSON Pointer, old and new value. ABSENT stands for no value."""

    field: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Planned:
    """What a publish would do to one resource."""

    difference: Difference
    path: str
    kind: ChangeKind | None = None
    fields: tuple[FieldChange, ...] = ()
    reason: str | None = None
    target: str | None = None


def planned_changes(store: Store, documents: Iterable[Document]) -> Iterator[Planned]:
    """Yield the change of every resource that differs from the published one, ordered by path."""
    head, release = current(store)
    for compared in compare(store, head, release, documents):
        if compared.difference is not Difference.UNCHANGED:
            document = compared.document
            why = (document.reason, document.target) if document else (None, None)
            yield Planned(compared.difference, compared.path, compared.kind, tuple(_fields(store, compared)), *why)


def new_paths(store: Store, staging: Staging) -> Iterator[tuple[str, bool]]:
    """Yield every staged path that was never published, ordered, and whether it is a tombstone's. Reads no resource."""
    head, release = current(store)
    published = (placed.path for placed in placed_documents(store, head, release))
    known = next(published, None)
    for path, departed in staging.paths():
        while known is not None and known < path:
            known = next(published, None)
        if known != path:
            yield path, departed


def never_published(path: str, staging: Staging) -> Problem:
    """Return the problem of a tombstone of an id that was never published: it would make an id public that stands for nothing."""
    message = f"{path} was never published in this record, so there is nothing to declare: remove the declaration"
    return staging.problem(path, Breach(Rule.NEVER_PUBLISHED, f"/{DECLARATION}", message))


def put_back(store: Store, documents: Iterable[Document], guard: Guard) -> Iterator[PutBack]:
    """Yield every field that holds what a redaction removed, and would put it back."""
    guard.begin()
    if guard.is_needed:
        head, release = current(store)
        for compared in compare(store, head, release, documents):
            yield from guard.see(compared)


def current(store: Store) -> tuple[Head, Release | None]:
    """Return the head and the current release; the release is None before the first publish."""
    head = current_head(store)
    item = store.get(items.key(items.RELEASES, items.padded(head.release))) if head.release else None
    return head, release_of(item) if item else None


def published_contents(store: Store) -> Iterator[tuple[str, bytes]]:
    """Yield the path and content of every resource in the current release, ordered by path."""
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
    assert item is not None, "an index entry names an existing revision; article33 verify reports exceptions"
    return item["body"]["S"]


def _at(content: Json, field: str) -> object:
    try:
        return get(content, field)
    except NoSuchPlace:
        return ABSENT
