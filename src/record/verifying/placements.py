"""Verifies placements: derives from the documents where each one must stand in the index at each release, and compares.

A document's own content gives its sort keys, values and span, and some of its lists. It is in its other lists because other documents
refer to it. Both follow from the bodies, which the chain proves, so nothing of the index is trusted. The rules belong to the caller:
this package knows no types of documents.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from record import items
from record.model import GONE, Release, State
from record.verifying.findings import DUE, REVISION, Discrepancy, Generation, OtherRules, release_in

if TYPE_CHECKING:
    from record.items import Item

_TABLES = """
CREATE TABLE revision (path TEXT, release INTEGER, stamp TEXT, live INTEGER, own TEXT, due TEXT, PRIMARY KEY (path, release)) WITHOUT ROWID;
CREATE TABLE brings (target TEXT, list TEXT, release INTEGER, source TEXT, PRIMARY KEY (target, list, release, source)) WITHOUT ROWID;
"""
_UNDERIVABLE = (LookupError, TypeError, ValueError, AttributeError, RecursionError)


class Derived(NamedTuple):
    """What follows from a document's content alone.

    `lists` are those that its own fields put it in, and `brings` has (path, list) pairs: the documents that are in a list because this
    one refers to them. `due` is the day on which its next review is due (ISO date). The others are as in `record.model.Document`.
    """

    sort_keys: Mapping[str, str]
    lists: tuple[str, ...]
    values: tuple[str, ...]
    span: tuple[str, str] | None
    brings: tuple[tuple[str, str], ...]
    due: str | None


class Rules(Protocol):
    """The rules of the index. `number` is what a release that was made by these rules has as `index_rules`."""

    @property
    def number(self) -> int:
        """The number of these rules."""
        ...

    def derive(self, path: str, content: Mapping[str, Any]) -> Derived:
        """Return what follows from a document's members. Raises LookupError, TypeError, ValueError or AttributeError if nothing does."""
        ...


class _Standing(NamedTuple):
    """Where a document stands, as its index entries say it."""

    lists: frozenset[str]
    sort_keys: Mapping[str, str]
    values: frozenset[str]
    span: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class _Held:
    """A document at a release: the stamp of its revision, and where it stands; None if that can't be derived."""

    revision: str
    standing: _Standing | None


class Placements:
    """The placements that follow from all documents at all releases. They are kept in a temporary file, because there can be many."""

    def __init__(self, rules: Rules) -> None:
        """Create the empty temporary file."""
        self._rules = rules
        self._database = sqlite3.connect("", isolation_level=None)
        # The file is temporary: nothing needs to survive a crash.
        self._database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384; {_TABLES} BEGIN;")
        self._others: list[OtherRules] = []
        self._last = 0
        self._paths: Iterator[tuple[str]] = iter(())
        self._next: str | None = None

    def close(self) -> None:
        """Delete the file."""
        self._database.close()

    def see(self, release: Release) -> None:
        """Take note of the rules of a release. Call it in order of releases. One that is not seen counts as made by these rules."""
        self._last = release.number
        number = release.origin.index_rules
        if number == self._rules.number:
            return
        before = self._others[-1] if self._others else None
        if before and (before.last + 1, before.rules) == (release.number, number):
            self._others[-1] = before._replace(last=release.number)
        else:
            self._others.append(OtherRules(release.number, release.number, number, self._rules.number))

    def others(self) -> Iterator[OtherRules]:
        """Yield the releases that were made by other rules. Their index can't be derived."""
        yield from self._others

    def add(self, path: str, mark: str, revision: "Item") -> None:
        """Add a revision of a release. The order does not matter."""
        if REVISION.misfit(revision):
            return  # the chain reports it
        release, live = release_in(mark), revision["state"] == items.text(State.LIVE)
        own, due, brings = None, None, list[tuple[str, str]]()
        if live:
            try:
                derived = self._rules.derive(path, json.loads(revision["body"]["S"]))
                "".join([*chain.from_iterable(derived.brings), derived.due or ""]).encode()  # a lone surrogate can't be stored
                own = json.dumps([dict(derived.sort_keys), derived.lists, derived.values, derived.span])
                brings, due = list(derived.brings), derived.due
            except _UNDERIVABLE:
                own = None
        self._database.execute("INSERT OR REPLACE INTO revision VALUES (?, ?, ?, ?, ?, ?)", (path, release, mark, live, own, due))
        rows = ((target, name, release, path) for target, name in brings)
        self._database.executemany("INSERT OR IGNORE INTO brings VALUES (?, ?, ?, ?)", rows)

    def begin(self) -> None:
        """Start comparing. All revisions must have been added."""
        self._paths = self._database.execute("SELECT DISTINCT path FROM revision ORDER BY path")
        self._step()

    def compare(self, path: str, generations: Sequence[Generation]) -> Iterator[Discrepancy]:
        """Yield where a document's generations differ from what the documents give. Call it in order of paths, after `begin`.

        Before them, yield the discrepancies of earlier documents, which the index does not have.
        """
        yield from self._skip(path)
        if self._next == path:
            self._step()
        yield from self._differences(path, generations)

    def rest(self) -> Iterator[Discrepancy]:
        """Yield the discrepancies of the remaining documents, which the index does not have."""
        yield from self._skip(None)

    def compare_due(self, item: "Item | None") -> Iterator[Discrepancy]:
        """Yield what is wrong with the number of reviews due per day, which the last publish stored in this item."""
        where = f"{items.REVIEWS} {items.DUE}"
        if not self._is_derivable(self._last) or (item is not None and DUE.misfit(item)):
            return  # the scan reports a malformed item
        said: dict[str, int] = {day: int(count["N"]) for day, count in item["days"]["M"].items()} if item else {}
        rows = self._database.execute(
            "SELECT due, COUNT(*) FROM revision WHERE live AND due IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM revision AS later WHERE later.path = revision.path AND later.release > revision.release) GROUP BY due"
        )
        remedy = "publish again to correct it, even if nothing changed"
        for day, count in chain(rows, ((day, 0) for day in sorted(said))):
            if (stored := said.pop(day, 0)) != count:
                yield Discrepancy(where, self._last, f"its number of reviews due on {day} is {stored}, but should be {count}; {remedy}")

    def _step(self) -> None:
        self._next = next(self._paths, (None,))[0]

    def _skip(self, path: str | None) -> Iterator[Discrepancy]:
        while self._next is not None and (path is None or self._next < path):
            missing = self._next
            self._step()
            yield from self._differences(missing, ())

    def _is_derivable(self, release: int) -> bool:
        return not any(one.first <= release <= one.last for one in self._others)

    def _differences(self, path: str, generations: Sequence[Generation]) -> Iterator[Discrepancy]:
        """Yield each difference at the release where it begins."""
        told: set[str] = set()
        for release, wanted, held in self._timeline(path, generations):
            wrong = list(_wrong(wanted, held)) if self._is_derivable(release) else []
            yield from (Discrepancy(path, release, message) for message in wrong if message not in told)
            told = set(wrong)

    def _timeline(self, path: str, generations: Sequence[Generation]) -> Iterator[tuple[int, _Held | None, _Held | None]]:
        """Yield (release, as derived, as in the index) for each release at which one of them changes, or other rules end."""
        revisions = self._database.execute(
            "SELECT release, stamp, live, own FROM revision WHERE path = ? ORDER BY release", (path,)
        ).fetchall()
        places = [(release_in(one.placed.mark), release_in(one.until) if one.until else None, one) for one in generations]
        joined, left = defaultdict[int, set[str]](set), defaultdict[int, set[str]](set)
        for name, start, end in self._brought(path):
            joined[start].add(name)
            if end is not None:
                left[end].add(name)
        steps = {*joined, *left, *(row[0] for row in revisions), *(one.last + 1 for one in self._others if one.last < self._last)}
        steps |= {release for *both, _ in places for release in both if release is not None}
        lists = set[str]()
        current, held = 0, 0  # how many revisions and generations had begun
        for release in sorted(steps):
            lists = (lists - left[release]) | joined[release]
            while current < len(revisions) and revisions[current][0] <= release:
                current += 1
            while held < len(places) and places[held][0] <= release:
                held += 1
            wanted = _derived(path, revisions[current - 1], lists) if current else None
            _, end, generation = places[held - 1] if held else (0, 0, None)
            yield release, wanted, _in_index(generation) if generation and (end is None or release < end) else None

    def _brought(self, path: str) -> Iterator[tuple[str, int, int | None]]:
        """Yield (list, first release, release after the last) of the lists that other documents bring a document into.

        Many documents can do that for one list, so the times are merged while they are read.
        """
        rows = self._database.execute(
            "SELECT list, release, (SELECT MIN(later.release) FROM revision AS later WHERE later.path = brings.source "
            "AND later.release > brings.release) FROM brings WHERE target = ? ORDER BY list, release",
            (path,),
        )
        before: tuple[str, int, int | None] | None = None
        for name, start, end in rows:
            if before and before[0] == name and (before[2] is None or start <= before[2]):
                last = None if before[2] is None or end is None else max(before[2], end)
                before = (name, before[1], last)
                continue
            if before:
                yield before
            before = (name, start, end)
        if before:
            yield before


def _derived(path: str, revision: tuple[int, str, int, str | None], brought: set[str]) -> _Held:
    """Return how the index must hold a revision that other documents bring into these lists."""
    _, mark, live, own = revision
    collection = path.partition("/")[0]
    if not live:
        return _Held(mark, _Standing(frozenset({f"{collection}?{GONE}"}), {}, frozenset(), None))
    if own is None:
        return _Held(mark, None)
    sort_keys, lists, values, span = json.loads(own)
    return _Held(mark, _Standing(frozenset({collection, *lists, *brought}), sort_keys, frozenset(values), tuple(span) if span else None))


def _in_index(generation: Generation) -> _Held:
    """Return how a generation of the index holds a document."""
    placed, entry = generation.placed, generation.entry
    values = frozenset(entry["values"]["SS"]) if "values" in entry else frozenset[str]()
    span = (entry["first"]["S"], entry["last"]["S"]) if "first" in entry and "last" in entry else None
    return _Held(placed.revision, _Standing(frozenset(placed.lists), placed.sort_keys, values, span))


def _wrong(wanted: _Held | None, held: _Held | None) -> Iterator[str]:
    """Yield how the index differs from what the documents give."""
    if wanted is None or held is None:
        if wanted is not None:
            yield "the index does not have it"
        elif held is not None:
            yield "the index has it, but it had no revision then"
        return
    if wanted.revision != held.revision:
        yield f"its index entries point to the revision {held.revision}, but {wanted.revision} was current"
    if held.standing is None or wanted.standing is None:
        yield "its place in the index can't be derived from its body"
        return
    there, here = wanted.standing, held.standing
    for name in sorted(there.lists - here.lists):
        yield f"the index does not have it in the list {name}, but the documents put it there"
    for name in sorted(here.lists - there.lists):
        yield f"the index has it in the list {name}, but no document puts it there"
    for order in sorted({*there.sort_keys, *here.sort_keys}):
        if (key := here.sort_keys.get(order)) != (right := there.sort_keys.get(order)):
            yield f"its sort key for {order} is {_shown(key)}, but should be {_shown(right)}"
    if here.values != there.values:
        yield f"its values in the index are {sorted(here.values)}, but should be {sorted(there.values)}"
    if here.span != there.span:
        yield f"its span in the index is {_shown(here.span)}, but should be {_shown(there.span)}"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return " to ".join(value)
    return "missing" if value is None else str(value)
