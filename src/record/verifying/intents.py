"""The intents of releases, verified: what a publish noted that it would write, compared with what it wrote."""

import json
from collections.abc import Iterator, Sequence

from record import items
from record.store import Store
from record.verifying.findings import (
    CHUNK,
    Discrepancy,
    Generation,
)
from record.writing.intents import Intent, chunk_item


class Intents:
    """What the publish of a release noted that it would write, compared with what it wrote.

    Its chunks are cleared away from the first on, so the first documents may have none any more.
    """

    def __init__(self, store: Store, attempt: int, release: int) -> None:
        """Compare the intents of this attempt, which made this release."""
        self._store = store
        self._attempt = attempt
        self._release = release
        self._mark = items.stamp(release, attempt)
        self._coming = self._read()
        self._next = next(self._coming, None)
        self._begun = False

    def compare(self, path: str, generations: Sequence[Generation]) -> Iterator[Discrepancy]:
        """Yield where the intent for a document, its generations being these, is not what was published. Paths come in order."""
        yield from self._skip(path)
        begun = next((one for one in generations if one.placed.mark == self._mark), None)
        ended = next((one for one in generations if one.until == self._mark), None)
        if isinstance(self._next, Intent) and self._next.path == path:
            if self._next != _intent(path, begun, ended):
                yield Discrepancy(path, self._release, f"what {items.intent_pk(self._attempt)} notes of it is not what was published")
            self._step()
        elif begun is not None and (self._begun or (ended is not None and ended.here)):
            yield Discrepancy(path, self._release, f"it changed, and {items.intent_pk(self._attempt)} does not note it")

    def rest(self) -> Iterator[Discrepancy]:
        """Yield what is noted of documents that the index does not hold."""
        yield from self._skip(None)

    def _skip(self, path: str | None) -> Iterator[Discrepancy]:
        while self._next is not None and (isinstance(self._next, Discrepancy) or path is None or self._next.path < path):
            if isinstance(self._next, Discrepancy):
                yield self._next
            else:
                yield Discrepancy(self._next.path, self._release, f"{items.intent_pk(self._attempt)} notes it, and it was not published")
            self._step()

    def _step(self) -> None:
        self._begun = True
        self._next = next(self._coming, None)

    def _read(self) -> Iterator[Intent | Discrepancy]:
        """Yield the intents; in place of those of a chunk that is malformed, what is wrong with it."""
        for page, _ in self._store.query(items.intent_pk(self._attempt), "0", "~"):
            for item in page:
                sk = item["sk"]["S"]
                try:
                    intents = [] if CHUNK.misfit(item) else [_noted(row) for row in json.loads(item["intents"]["S"])]
                    whole = {**chunk_item(self._attempt, int(sk), self._release, intents), "sk": items.text(sk)} == item
                except (ValueError, TypeError, RecursionError):
                    whole = False
                if whole:
                    yield from intents
                else:
                    message = CHUNK.misfit(item) or f"it is not what the publish of release {self._release} notes"
                    yield Discrepancy(f"{item['pk']['S']} {sk}", self._release, message)


def _noted(row: Sequence[object]) -> Intent:
    path, revises, lists, sort_keys, old_mark, old_lists, old_sort_keys = row
    names = [tuple(map(str, some)) for some in (lists, old_lists) if isinstance(some, list)]
    orders = [tuple((str(order), str(key)) for order, key in some) for some in (sort_keys, old_sort_keys) if isinstance(some, list)]
    if len(names) + len(orders) != 4:
        raise TypeError
    return Intent(str(path), bool(revises), names[0], orders[0], None if old_mark is None else str(old_mark), names[1], orders[1])


def _intent(path: str, begun: Generation | None, ended: Generation | None) -> Intent | None:
    """Return what a publish notes of a document of which it began and ended these generations; None where it began none."""
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
