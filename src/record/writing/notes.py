"""The plan of a redaction, and its notes: the plan as it is stored, so that a later process can finish an interrupted redaction.

The head note is written last and says how many notes there are. Without it the notes count as incomplete.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from record import items
from record.errors import LeaseLost
from record.store import Store
from record.writing.removals import Digested, digested_of

if TYPE_CHECKING:
    from record.items import Item, NewItem

_REMOVED_IN_A_ROW = 100


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A revision to rewrite: `replaced` maps JSON Pointers to the new values; `salt` (hex) is for the new seal.

    If the document's id is redacted, `to` is its new path.
    """

    path: str
    mark: str
    number: int
    replaced: Mapping[str, Any]
    salt: str
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """The index entries of a document from one stamp to another. `end` is None if they are current."""

    start: str
    end: str | None
    revision: str
    number: int
    lists: tuple[str, ...]
    sort_keys: tuple[tuple[str, str], ...]
    values: tuple[str, ...]
    span: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Redaction:
    """The plan of a redaction: the revisions to rewrite, and for each document whose index entries change, all its generations.

    `release` was current when the redaction was planned. A later release may contain more revisions to redact. A document without
    generations loses all its index entries. `messages` are the releases whose message is redacted.
    `removed` are the digests of what it removes, made with the record's `key` (hex).
    """

    release: int
    reason: str
    rewrites: tuple[Rewrite, ...]
    generations: Mapping[str, tuple[Generation, ...]]
    messages: tuple[int, ...] = ()
    removed: tuple[Digested, ...] = ()
    key: str = ""

    @property
    def paths(self) -> list[str]:
        """The paths of the documents whose revisions are rewritten."""
        return sorted({rewrite.path for rewrite in self.rewrites})


def store_notes(store: Store, attempt: int, redaction: Redaction, number: int, lists: Iterable[str]) -> None:
    """Store the notes of an attempt: the plan, the release that it will make, and the lists whose totals it will compute again."""
    notes = [_note(attempt, index, row) for index, row in enumerate(_rows(redaction), 1)]
    store.put_all(notes)
    head = {"release": number, "reason": redaction.reason, "notes": len(notes), "lists": sorted(lists)}
    store.put_all([_note(attempt, 0, head)])


def is_noted(store: Store, attempt: int) -> bool:
    """Return whether an attempt was a redaction, complete or not."""
    return next(iter(_notes(store, attempt)), None) is not None


def is_waiting(store: Store, attempt: int, current: int) -> bool:
    """Return whether the notes of an attempt are complete, and their redaction is not in a release yet."""
    if store.get(_note_key(attempt, 0)) is None:
        return False
    notes = _notes(store, attempt)
    first = next(notes, None)
    head: dict[str, Any] = json.loads(first["note"]["S"]) if first else {"release": 0}
    return int(head["release"]) > current and sum(1 for _ in notes) == head["notes"]


def read(store: Store, attempt: int) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    """Return the head note of an attempt, and an iterator of its rows, without those of `removed`.

    Raises LeaseLost if another publisher has deleted them.
    """
    notes = _notes(store, attempt)
    first = next(notes, None)
    if first is None:
        raise LeaseLost("another publisher took over, and has finished this redaction")
    head: dict[str, Any] = json.loads(first["note"]["S"])
    return head, (row for note in notes if "removed" not in (row := json.loads(note["note"]["S"])))


def removed(store: Store, attempt: int) -> Iterator[Digested]:
    """Yield the digests of what the redaction of an attempt removes."""
    for note in _notes(store, attempt):
        for row in json.loads(note["note"]["S"]).get("removed", ()):
            yield digested_of(row)


def forget(store: Store, attempt: int) -> None:
    """Delete the notes of an attempt, the head note first: without it the others count as incomplete."""
    for note in _notes(store, attempt):
        store.delete_all([items.key(note["pk"]["S"], note["sk"]["S"])])


def rewrite_of(row: Mapping[str, Any]) -> Rewrite:
    """Return the rewrite that a row stores."""
    return Rewrite(row["path"], row["mark"], row["number"], row["replaced"], row["salt"], row.get("to"))


def generations_in(rows: Iterable[Mapping[str, Any]]) -> list[Generation]:
    """Return the generations that the rows of a document store."""
    return [_generation_of(row) for row in rows if row["generation"] is not None]


def _generation_of(row: Mapping[str, Any]) -> Generation:
    start, end, revision, number, lists, sort_keys, values, span = row["generation"]
    orders = tuple((order, key) for order, key in sort_keys)
    return Generation(start, end, revision, number, tuple(lists), orders, tuple(values), tuple(span) if span else None)


def _rows(redaction: Redaction) -> Iterator[dict[str, Any]]:
    for one in sorted(redaction.rewrites, key=lambda rewrite: (rewrite.path, -rewrite.number)):  # the newest revision first
        to = {"to": one.to} if one.to else {}
        yield {"path": one.path, "mark": one.mark, "number": one.number, "replaced": dict(one.replaced), "salt": one.salt, **to}
    for release in redaction.messages:
        yield {"path": items.release_path(release), "message": release}
    for start in range(0, len(redaction.removed), _REMOVED_IN_A_ROW):
        yield {"removed": redaction.removed[start : start + _REMOVED_IN_A_ROW]}
    # A document whose id is redacted gets its entries under the new path before it loses those under the old one.
    for path, generations in sorted(redaction.generations.items(), key=lambda one: (not one[1], one[0])):
        if not generations:
            yield {"path": path, "generation": None}
        for stay in generations:
            row = [stay.start, stay.end, stay.revision, stay.number, stay.lists, stay.sort_keys, stay.values, stay.span]
            yield {"path": path, "generation": row}


def _note(attempt: int, index: int, row: Mapping[str, Any]) -> "NewItem":
    return {**_note_key(attempt, index), "note": items.text(json.dumps(row, ensure_ascii=False, separators=(",", ":")))}


def _note_key(attempt: int, index: int) -> "NewItem":
    return items.key(items.redaction_pk(attempt), items.padded(index) if index else items.NOTED)


def _notes(store: Store, attempt: int) -> "Iterator[Item]":
    for page, _ in store.query(items.redaction_pk(attempt), items.NOTED, "~"):
        yield from page
