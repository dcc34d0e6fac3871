"""The plan of a publish: what it would change, field by field."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from record import items
from record.decoding import release_of
from record.model import ChangeKind, Document, Head, Release
from record.reading import Reader
from record.store import Store
from record.writing.comparing import Compared, Difference, compare, placed_documents
from record.writing.leasing import current_head
from record.writing.removals import Guard, PutBack
from record.writing.rendering import content_of
from schemas.pointers import Json
from schemas.v1.departures import DECLARATION
from schemas.v1.rules import Breach, Rule
from workbench.differences import FieldChange, differences, is_object
from workbench.hiding import NOTHING, Hiding
from workbench.seedfiles import Problem
from workbench.staging import Staging
from workbench.terminal import counted


@dataclass(frozen=True, slots=True)
class Planned:
    """What a publish would do to one resource."""

    difference: Difference
    path: str
    kind: ChangeKind | None = None
    fields: tuple[FieldChange, ...] = ()
    reason: str | None = None
    target: str | None = None


def planned_changes(store: Store, documents: Iterable[Document], hiding: Hiding = NOTHING) -> Iterator[Planned]:
    """Yield the change of every resource that differs from the published one, ordered by path. New values are hidden by `hiding`."""
    head, release = current(store)
    for compared in compare(store, head, release, documents):
        if compared.difference is not Difference.UNCHANGED:
            document = compared.document
            why = (document.reason, document.target) if document else (None, None)
            yield Planned(compared.difference, compared.path, compared.kind, tuple(_fields(store, compared, hiding)), *why)


def unfiled(store: Store, staging: Staging, directories: Sequence[Path]) -> list[str]:
    """Return the published resources that have no file in the source directories, ordered. A file that is not valid counts as well."""
    head, release = current(store)
    staged = {path for path, _ in staging.paths()}
    missing = (placed.path for placed in placed_documents(store, head, release) if placed.path not in staged)
    return [path for path in missing if not any((directory / f"{path}.yaml").exists() for directory in directories)]


def lookalikes(store: Store, staging: Staging, missing: Iterable[str]) -> dict[str, str]:
    """Return, for published resources without a source file, a new resource with the same content. Most likely it was renamed."""
    new: dict[tuple[str, str], str] = {}
    for path, departed in new_paths(store, staging):
        if not departed:
            new.setdefault((path.partition("/")[0], _without_id(staging.resource(path))), path)
    _, release = current(store)
    if not new or release is None:
        return {}
    reader = Reader(store)
    found: dict[str, str] = {}
    for path in missing:
        revision = reader.document(path, release.number)
        key = (path.partition("/")[0], _without_id(json.loads(content_of(revision.body))) if revision else "")
        if key in new:
            found[path] = new[key]
    return found


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


def new_ids(store: Store, staging: Staging) -> tuple[list[str], list[Problem]]:
    """Return the ids that a publish would make public, ordered, and the problems of declarations of ids that were never published."""
    found = list(new_paths(store, staging))
    return [path for path, departed in found if not departed], [never_published(path, staging) for path, departed in found if departed]


def missing_files(number: int) -> str:
    """Return why published resources without a source file prevent a publish, and what to do."""
    have = "has" if number == 1 else "have"
    return (
        f"{counted(number, 'published resource')} {have} no source file. To remove a resource: article33 withdraw. To give it another id: "
        f"article33 rename"
    )


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


def _fields(store: Store, compared: Compared, hiding: Hiding) -> Iterator[FieldChange]:
    if compared.kind is not ChangeKind.UPDATED or compared.document is None:
        return
    before: Json = json.loads(content_of(_body(store, compared)))
    after: Json = json.loads(compared.document.content)
    yield from differences(before, hiding.content(compared.path, after))


def _body(store: Store, compared: Compared) -> str:
    assert compared.placed is not None, "only what was published has a body"
    item = store.get(items.key(items.document_pk(compared.path), compared.placed.revision))
    assert item is not None, "an index entry names an existing revision; article33 verify reports exceptions"
    return item["body"]["S"]


def _without_id(content: Json) -> str:
    """Return the digest of a resource's content without its id."""
    members = {name: value for name, value in content.items() if name != "id"} if is_object(content) else content
    return hashlib.sha256(json.dumps(members, sort_keys=True).encode()).hexdigest()
