"""Verifies the index: each document's generations, and every index entry, total and intent that follows from them.

A generation is the set of a document's index entries from one stamp to the next. Its by-id entry has the places of the others. So the
by-id entries determine what the lists, their totals and the intents must contain, and that is compared with the table, a few documents
at a time. The by-id entries themselves are compared with what follows from the documents (see `placements`). This module knows nothing
of bodies or the chain.
"""

import heapq
import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from record import items
from record.model import GONE, Document, Release, State
from record.store import BATCH_GET, Store
from record.verifying.findings import (
    BY_ID,
    ENTRY,
    Discrepancy,
    Generation,
    Marks,
    parsed,
    release_in,
)
from record.verifying.intents import Intents
from record.verifying.placements import Placements
from record.verifying.totals import Totals
from record.writing.comparing import Placed, placement_digest

if TYPE_CHECKING:
    from record.items import Item

_BY_ID = re.compile(r"#[^#]+#\d{10}\.\d{10}")
_SHARED = ("revision", "from", "values", "first", "last")


class Index:
    """Verifies the index, document by document, in order of paths."""

    def __init__(self, store: Store, marks: Marks, totals: Totals, placements: Placements | None) -> None:
        """Verify the index of this table. Adds to `totals` what they must be. Without `placements`, by-id entries are trusted."""
        self._store = store
        self._marks = marks
        self._totals = totals
        self._placements = placements
        self._intents = [Intents(store, attempt, release) for attempt, release in marks.won()]

    def verify(self, release: Release) -> Iterator[Discrepancy]:
        """Yield the discrepancies of the index at the current release."""
        waiting: list[Generation] = []
        if self._placements is not None:
            self._placements.begin()
        for path, entries in groupby(self._entries(release), itemgetter(0)):
            generations: list[Generation] = []
            yield from self._generations(path, [(name, history, item) for _, _, history, name, item in entries], generations)
            yield from self._sequence(path, generations)
            for intents in self._intents:
                yield from intents.compare(path, generations)
            if self._placements is not None:
                yield from self._placements.compare(path, generations)
            for generation in generations:
                waiting.append(generation)
                if sum(len(one.placed.lists) for one in waiting) >= BATCH_GET:
                    yield from self._check(waiting)
                    waiting = []
        yield from self._check(waiting)
        for intents in self._intents:
            yield from intents.rest()
        if self._placements is not None:
            yield from self._placements.rest()

    def _entries(self, release: Release) -> Iterator[tuple[str, str, bool, str, "Item"]]:
        """Yield (path, stamp, whether in a history, list, entry) of every by-id entry, in order."""
        for collection in sorted(release.counts, key=lambda name: f"{name}/"):
            lists = [(name, history) for name in (collection, f"{collection}?{GONE}") for history in (False, True)]
            yield from heapq.merge(*(self._entries_by_id(name, history=history) for name, history in lists), key=itemgetter(0, 1, 2))

    def _entries_by_id(self, name: str, *, history: bool) -> Iterator[tuple[str, str, bool, str, "Item"]]:
        pk = items.list_pk(name, items.BY_ID)
        for page, _ in self._store.query(items.history_pk(pk) if history else pk, items.LOWEST, items.HIGHEST):
            for item in page:
                sk = item["sk"]["S"]  # `strays` reports keys that are not an entry's
                if _BY_ID.fullmatch(sk) and not self._marks.ignores(items.stamp_of(sk)):
                    yield items.path_of(name, sk), items.stamp_of(sk), history, name, item

    def _generations(self, path: str, entries: Sequence[tuple[str, bool, "Item"]], generations: list[Generation]) -> Iterator[Discrepancy]:
        """Append a document's generations, in order, to `generations`. Yield what is wrong with single by-id entries."""
        for name, history, item in entries:
            mark = items.stamp_of(item["sk"]["S"])
            placed = parsed(name, item)
            if placed is None:
                yield Discrepancy(
                    path, release_in(mark), f"its by-id entry in {item['pk']['S']}: {BY_ID.misfit(item) or 'it is malformed'}"
                )
                continue
            until = self._marks.end_of(item)
            strange = [stamp for stamp in (mark, placed.revision, until or mark) if not self._marks.is_published(stamp)]
            if strange or item["from"]["S"] != mark:
                said = strange[0] if strange else item["from"]["S"]
                yield Discrepancy(path, release_in(mark), f"its by-id entry of {mark} has the wrong stamp {said}")
                continue
            if placement_digest(_document(placed, item)) != placed.placement:
                yield Discrepancy(
                    path, release_in(mark), f"the placement digest of its by-id entry of {mark} does not fit its places and values"
                )
            last = generations[-1] if generations else None
            if last is not None and last.placed.mark == mark and history and last.here and _unplaced(last.entry) == _unplaced(item):
                generations[-1] = Generation(placed, last.entry, until, here=True, there=True)
            else:
                generations.append(Generation(placed, item, until, here=not history, there=history))

    @staticmethod
    def _sequence(path: str, generations: Sequence[Generation]) -> Iterator[Discrepancy]:
        """Yield the gaps and contradictions between a document's generations."""
        for before, after in pairwise([None, *generations]):
            placed = after.placed if after else None
            if placed is None or after is None:
                continue
            release, entry = release_in(placed.mark), f"its by-id entry of {placed.mark}"
            number = (before.placed.number if before else 0) + after.revises
            if placed.number != number:
                yield Discrepancy(path, release, f"{entry} has the number {placed.number}, but should have {number}")
            if before is not None and before.until != placed.mark:
                yield Discrepancy(path, release, f"{entry} follows one that ended at {before.until}")
            if not after.revises and (before is None or before.placed.revision != placed.revision):
                yield Discrepancy(path, release, f"{entry} points to the revision {placed.revision}, which was not current")
        if generations and (until := generations[-1].until) is not None:
            yield Discrepancy(path, release_in(until), f"its last entry ended at {until}, and no other replaced it")

    def _check(self, generations: Sequence[Generation]) -> Iterator[Discrepancy]:
        """Yield the missing and wrong entries and revisions of generations. Add them to the totals of their lists."""
        keys = {(items.document_pk(one.placed.path), one.placed.revision) for one in generations}
        wanted = ("number", "content_digest", "state")
        revisions = self._store.batch_get([items.key(*key) for key in sorted(keys)], wanted)
        places = {place for one in generations for place in one.places()}
        places |= {(items.history_pk(pk), sk) for one in generations if one.until for pk, sk in one.places()}
        found = self._store.batch_get([items.key(*key) for key in sorted(places)])
        for one in generations:
            placed = one.placed
            self._totals.count(placed.lists, placed.mark, 1)
            if one.until:
                self._totals.count(placed.lists, one.until, -1)
            revision = revisions.get((items.document_pk(placed.path), placed.revision), {})
            same = all(revision.get(name) == one.entry[name] for name in ("number", "content_digest"))
            if not same or (revision.get("state") == items.text(State.LIVE)) == placed.is_gone:
                yield Discrepancy(placed.path, release_in(placed.mark), f"its by-id entry of {placed.mark} contradicts its revision")
            for pk, sk in one.places():
                copies = [found[key] for key in ((pk, sk), (items.history_pk(pk), sk)) if key in found]
                message = self._wrong(one, pk, copies)
                if message:
                    yield Discrepancy(placed.path, release_in(placed.mark), f"its entry of {placed.mark} in {pk} {message}")

    def _wrong(self, one: Generation, pk: str, copies: Sequence["Item"]) -> str | None:
        """Return what is wrong with a generation's entry in one list, or None. While it moves to the history, it has two copies."""
        if not copies:
            return "is missing"
        shape = BY_ID if pk == items.list_pk(one.placed.lists[0], items.BY_ID) else ENTRY
        for copy in copies:
            if misfit := shape.misfit(copy):
                return f"is malformed: {misfit}"
            if any(copy.get(name) != one.entry.get(name) for name in _SHARED) or self._marks.end_of(copy) != one.until:
                return "differs from the by-id entry"
        if one.until and not self._marks.is_unclean(one.until) and copies[0]["pk"]["S"] == pk:
            return f"ended at {one.until}, but is not archived"
        return None


def _document(placed: Placed, item: "Item") -> Document:
    """Return a document that a publish would place as this by-id entry says."""
    span = (item["first"]["S"], item["last"]["S"]) if "first" in item and "last" in item else None
    values = tuple(item["values"]["SS"]) if "values" in item else ()
    state = State.WITHDRAWN if placed.is_gone else State.LIVE
    return Document(placed.path, b"", placed.sort_keys, placed.lists[1:], values, span, state)


def _unplaced(item: "Item") -> dict[str, object]:
    return {name: value for name, value in item.items() if name != "pk"}
