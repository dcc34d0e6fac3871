"""Intents: a write-ahead log. A publish stores what it is about to write before it writes it, so that it can always be undone.

A chunk names some documents, and the places of their old and new index entries; the rest follows from the attempt. After the release
became current, a chunk tells which entries ended, until these are archived.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from record import items
from record.store import Store
from record.writing.comparing import Compared, Difference, entry_places

if TYPE_CHECKING:
    from record.items import NewItem

MOST_DOCUMENTS = 25
MOST_BYTES = 300_000


@dataclass(frozen=True, slots=True)
class Intent:
    """What a publish is about to do with one document: `revises` is false if it only moves."""

    path: str
    revises: bool
    lists: tuple[str, ...]
    sort_keys: tuple[tuple[str, str], ...]
    old_mark: str | None
    old_lists: tuple[str, ...]
    old_sort_keys: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, compared: Compared) -> "Intent":
        """Return the intent for a document that differs."""
        document, placed = compared.document, compared.placed
        assert document is not None, "a missing document refuses the publish before anything is intended"
        return cls(
            document.path,
            compared.difference is not Difference.MOVED,
            document.standing,
            tuple(sorted(document.sort_keys.items())),
            placed.mark if placed else None,
            placed.lists if placed else (),
            tuple(sorted(placed.sort_keys.items())) if placed else (),
        )

    def new_entries(self, mark: str) -> list[tuple[str, str]]:
        """Return the (pk, sk) of the entries to write."""
        return entry_places(self.path, self.lists, self.sort_keys, mark)

    def old_entries(self) -> list[tuple[str, str]]:
        """Return the (pk, sk) of the entries to end."""
        return entry_places(self.path, self.old_lists, self.old_sort_keys, self.old_mark) if self.old_mark else []

    def joined(self) -> set[str]:
        """Return the lists to which the document is added."""
        return set(self.lists) - set(self.old_lists)

    def left(self) -> set[str]:
        """Return the lists from which the document is removed."""
        return set(self.old_lists) - set(self.lists)

    def size(self) -> int:
        """Return its approximate size in a chunk, in bytes."""
        names = sum(len(name) + 4 for name in (*self.lists, *self.old_lists))
        return 300 + names + sum(len(pair[1]) + 20 for pair in (*self.sort_keys, *self.old_sort_keys))


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stored chunk: its key, its release, the position of its first change in the feed, and its intents."""

    key: "NewItem"
    release: int
    first: int
    intents: tuple[Intent, ...]

    def changes(self, mark: str) -> list[str]:
        """Return the sort keys in the feed of its revising intents."""
        revising = sum(intent.revises for intent in self.intents)
        return [items.change_sk(position, mark) for position in range(self.first, self.first + revising)]


def chunk_item(attempt: int, number: int, release: int, first: int, intents: Sequence[Intent]) -> "NewItem":
    """Return the item that stores a chunk of intents. `first` is the position of the first change; those of the others follow.

    A chunk of documents that only move makes no change, so it has no first position.
    """
    rows = [
        [intent.path, intent.revises, intent.lists, intent.sort_keys, intent.old_mark, intent.old_lists, intent.old_sort_keys]
        for intent in intents
    ]
    return {
        **items.key(items.intent_pk(attempt), items.padded(number)),
        "release": items.number(release),
        **({"first": items.number(first)} if any(intent.revises for intent in intents) else {}),
        "intents": items.text(json.dumps(rows, ensure_ascii=False, separators=(",", ":"))),
    }


def chunks(store: Store, attempt: int) -> Iterator[Chunk]:
    """Yield every chunk that an attempt stored."""
    for page, _ in store.query(items.intent_pk(attempt), "0", "~"):
        for item in page:
            rows: list[Any] = json.loads(item["intents"]["S"])
            intents = tuple(
                Intent(
                    path,
                    revises,
                    tuple(lists),
                    tuple((order, sort_key) for order, sort_key in sort_keys),
                    old_mark,
                    tuple(old_lists),
                    tuple((order, sort_key) for order, sort_key in old_sort_keys),
                )
                for path, revises, lists, sort_keys, old_mark, old_lists, old_sort_keys in rows
            )
            first = int(item["first"]["N"]) if "first" in item else 0
            yield Chunk(items.key(item["pk"]["S"], item["sk"]["S"]), int(item["release"]["N"]), first, intents)


def undo(store: Store, attempt: int) -> None:
    """Undo everything that an attempt wrote. Safe to repeat, and to interrupt anywhere.

    Each chunk is deleted after its writes are undone, so what remains to be undone is always still stored.
    """
    for chunk in chunks(store, attempt):
        mark = items.stamp(chunk.release, attempt)
        for intent in chunk.intents:
            for pk, sk in intent.old_entries():
                store.update(
                    items.key(pk, sk),
                    "REMOVE #to",
                    ConditionExpression="#to = :mark",
                    ExpressionAttributeNames={"#to": "to"},
                    ExpressionAttributeValues={":mark": items.text(mark)},
                )
        written = [items.key(pk, sk) for intent in chunk.intents for pk, sk in intent.new_entries(mark)]
        written += [items.key(items.document_pk(intent.path), mark) for intent in chunk.intents if intent.revises]
        written += [items.key(items.CHANGES, sk) for sk in chunk.changes(mark)]
        store.delete_all(written)
        _undo_totals(store, mark, {name for intent in chunk.intents for name in intent.joined() | intent.left()})
        _undo_release(store, chunk.release, attempt)
        store.delete_all([chunk.key])


def sweep(store: Store, marks: frozenset[str]) -> None:
    """Scan the table and delete everything that carries one of these stamps of lost attempts."""
    partitions = {items.intent_pk(int(mark[11:])) for mark in marks}
    for page in store.scan():
        for item in page:
            key = items.key(item["pk"]["S"], item["sk"]["S"])
            if items.stamp_of(item["sk"]["S"]) in marks or item["pk"]["S"] in partitions:
                store.delete(key)
                continue
            names = [name for name in item if name in marks]
            if "to" in item and item["to"].get("S") in marks:
                names.append("to")
            for name in names:
                store.update(key, "REMOVE #name", ExpressionAttributeNames={"#name": name})


def _undo_totals(store: Store, mark: str, lists: set[str]) -> None:
    for name in sorted(lists):
        key = items.key(items.total_pk(name), items.TOTAL)
        # Keep the item even without totals: a delete that arrives late could remove the total of a later publish.
        store.update(key, "REMOVE #mark", ConditionExpression="attribute_exists(#mark)", ExpressionAttributeNames={"#mark": mark})


def _undo_release(store: Store, release: int, attempt: int) -> None:
    store.delete(
        items.key(items.RELEASES, items.padded(release)),
        ConditionExpression="#attempt = :mine",
        ExpressionAttributeNames={"#attempt": "attempt"},
        ExpressionAttributeValues={":mine": items.number(attempt)},
    )
