"""Verifies the intents of releases: compares what a publish intended to write with what it wrote."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from record import items
from record.store import Store
from record.verifying.findings import (
    CHUNK,
    Discrepancy,
    Generation,
)
from record.writing.intents import Intent, chunk_item

if TYPE_CHECKING:
    from record.items import Item


class Intents:
    """Compares the intents of one release with what its publish wrote.

    Archiving deletes the chunks from the first on, so the first documents may have no intents any more.
    """

    def __init__(self, store: Store, attempt: int, release: int) -> None:
        """Read the intents of this attempt, which made this release."""
        self._store = store
        self._attempt = attempt
        self._release = release
        self._mark = items.stamp(release, attempt)
        self._coming = self._read()
        self._next = next(self._coming, None)
        self._begun = False

    def compare(self, path: str, generations: Sequence[Generation]) -> Iterator[Discrepancy]:
        """Yield a discrepancy if the intent for a document with these generations is not what was published. Call it in order of paths."""
        yield from self._skip(path)
        begun = next((one for one in generations if one.placed.mark == self._mark), None)
        ended = next((one for one in generations if one.until == self._mark), None)
        if isinstance(self._next, Intent) and self._next.path == path:
            if self._next != _intent(path, begun, ended):
                yield Discrepancy(path, self._release, f"its intent in {items.intent_pk(self._attempt)} is not what was published")
            self._step()
        elif begun is not None and (self._begun or (ended is not None and ended.here)):
            yield Discrepancy(path, self._release, f"it changed, but {items.intent_pk(self._attempt)} has no intent for it")

    def rest(self) -> Iterator[Discrepancy]:
        """Yield the remaining intents, whose documents are not in the index."""
        yield from self._skip(None)

    def _skip(self, path: str | None) -> Iterator[Discrepancy]:
        while self._next is not None and (isinstance(self._next, Discrepancy) or path is None or self._next.path < path):
            if isinstance(self._next, Discrepancy):
                yield self._next
            else:
                yield Discrepancy(
                    self._next.path, self._release, f"{items.intent_pk(self._attempt)} has an intent for it, but it was not published"
                )
            self._step()

    def _step(self) -> None:
        self._begun = True
        self._next = next(self._coming, None)

    def _read(self) -> Iterator[Intent | Discrepancy]:
        """Yield the intents; for a malformed chunk, yield a discrepancy instead."""
        for page, _ in self._store.query(items.intent_pk(self._attempt), "0", "~"):
            for item in page:
                sk = item["sk"]["S"]
                try:
                    intents = [] if CHUNK.misfit(item) else [_noted(row) for row in json.loads(item["intents"]["S"])]
                    first = int(item.get("first", {}).get("N", 0))
                    whole = {**chunk_item(self._attempt, int(sk), self._release, first, intents), "sk": items.text(sk)} == item
                except (ValueError, TypeError, RecursionError):
                    whole = False
                if whole:
                    yield from self._wrong_first(item, first, intents)
                    yield from intents
                else:
                    message = CHUNK.misfit(item) or f"it is not a chunk as the publish of release {self._release} writes it"
                    yield Discrepancy(f"{item['pk']['S']} {sk}", self._release, message)

    def _wrong_first(self, item: "Item", first: int, intents: Sequence[Intent]) -> Iterator[Discrepancy]:
        """Yield a discrepancy if the position of a chunk's first change is not where the feed has it."""
        revised = next((intent.path for intent in intents if intent.revises), None)
        row = self._store.get(items.key(items.CHANGES, items.change_sk(first, self._mark))) if revised else None
        if revised and (row is None or row.get("path") != items.text(revised)):
            message = f"it says that the change of {revised} has the position {first} in the feed, but it has not"
            yield Discrepancy(f"{item['pk']['S']} {item['sk']['S']}", self._release, message)


def _noted(row: Sequence[object]) -> Intent:
    path, revises, lists, sort_keys, old_mark, old_lists, old_sort_keys = row
    names = [tuple(map(str, some)) for some in (lists, old_lists) if isinstance(some, list)]
    orders = [tuple((str(order), str(key)) for order, key in some) for some in (sort_keys, old_sort_keys) if isinstance(some, list)]
    if len(names) + len(orders) != 4:
        raise TypeError
    return Intent(str(path), bool(revises), names[0], orders[0], None if old_mark is None else str(old_mark), names[1], orders[1])


def _intent(path: str, begun: Generation | None, ended: Generation | None) -> Intent | None:
    """Return the intent of a publish that began and ended these generations of a document; None if it began none."""
    if begun is None:
        return None
    old = ended.placed if ended else None
    return Intent(
        path,
        begun.revises,
        begun.placed.lists,
        tuple(begun.placed.sort_keys.items()),
        old.mark if old else None,
        old.lists if old else (),
        tuple(old.sort_keys.items()) if old else (),
    )
