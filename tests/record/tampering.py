"""Helpers for tests that change items behind the record's back: a record with everything in it, and every kind of edit."""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from record import items
from record.errors import LeaseLost
from record.model import Document, State
from record.store import Store
from record.verifying.findings import Discrepancy
from record.verifying.verification import verify
from record.writing.notes import Redaction, Rewrite
from record.writing.publishing import Publisher
from record.writing.reindexing import generations_of
from record.writing.removals import Digested
from record.writing.reviewing import note_due
from tests.conftest import World
from tests.record.documents import DocumentRules, document, in_order

if TYPE_CHECKING:
    from record.items import Item

RULES = DocumentRules()
RELEASES = 10
KINDS = ("current", "release", "change", "revision", "entry", "old entry", "total", "old total", "intents", "due", "removed", "removed key")
DUE = "2027-01-01"


class Copy(Store):
    """A store in memory for reading, fast enough for thousands of verifications."""

    def __init__(self, found: "Sequence[Item]") -> None:
        """Contain these items."""
        self.partitions: dict[str, dict[str, Item]] = {}
        for item in found:
            self.put(item)

    def put(self, item: "Item") -> None:
        """Put an item."""
        self.partitions.setdefault(item["pk"]["S"], {})[item["sk"]["S"]] = item

    def drop(self, item: "Item") -> None:
        """Delete an item."""
        del self.partitions[item["pk"]["S"]][item["sk"]["S"]]

    def all(self) -> list["Item"]:
        """Return all items, in order of their keys."""
        return [self.partitions[pk][sk] for pk in sorted(self.partitions) for sk in sorted(self.partitions[pk])]

    def get(self, key: "Item") -> "Item | None":
        """Return an item."""
        return self.partitions.get(key["pk"]["S"], {}).get(key["sk"]["S"])

    def query(self, pk: str, low: str, high: str, **_: Any) -> Iterator[tuple[list["Item"], str | None]]:
        """Yield one page."""
        held = self.partitions.get(pk, {})
        yield [held[sk] for sk in sorted(held) if low <= sk <= high], None

    def scan(self, **_: Any) -> Iterator[list["Item"]]:
        """Yield a page for each partition."""
        yield from [list(held.values()) for held in self.partitions.values() if held]

    def batch_get(self, keys: "Sequence[Item]", attributes: Sequence[str] = ()) -> "dict[tuple[str, str], Item]":
        """Return the existing items."""
        named = [(key["pk"]["S"], key["sk"]["S"]) for key in keys]
        assert len(named) == len(set(named)), "DynamoDB refuses a batch that names an item twice"
        found = {(pk, sk): self.partitions[pk][sk] for pk, sk in named if sk in self.partitions.get(pk, {})}
        wanted = {"pk", "sk", *attributes}
        return {key: {name: item[name] for name in item if not attributes or name in wanted} for key, item in found.items()}


def copy_of(store: Store) -> Copy:
    """Return the items of a table."""
    return Copy([item for page in store.scan() for item in page])


def discrepancies(store: Store) -> list[Discrepancy]:
    """Return all discrepancies."""
    return [found for found in verify(store, RULES) if isinstance(found, Discrepancy)]


def gone(slug: str, state: State, reason: str, target: str | None = None, *, collection: str = "events") -> Document:
    """Return a tombstone."""
    path = f"{collection}/{slug}"
    content = json.dumps({"id": path, "reason": reason, "state": state, "target": target}, separators=(",", ":"), sort_keys=True)
    return Document(path, content.encode(), state=state, reason=reason, target=target)


A = document("a", day="2015-10-22", until="2015-10-23", act="arrest", name="to be taken out", due=DUE)
B, C, D = document("b", day="2015-10-24", act="return"), document("c"), document("d", day="2015-10-25")
X = document("x", collection="cases", day="2015-10-01")
# With this case, the event c moves to the case's list, although its content is the same.
HOLDING = document("x", collection="cases", day="2015-10-01", events=["events/c"])
MOVED = replace(C, lists=("events?case=cases/x",))
RENAMED = gone("d", State.RENAMED, "wrong-id", "events/c")
LATER = document("a", day="2015-10-26", act="arrest", text="é", due=DUE)
REWRITTEN = document("b", day="2015-10-24", text="new", due="2027-02-01")


def make_history(world: World) -> None:
    """Make ten releases in which everything happens that can happen."""
    salts = itertools.count(0xA1B2C3D4E5F6A1B2C3D4E5F6)

    def publisher(owner: str = "tests") -> Publisher:
        return Publisher(world.store, owner=owner, clock=world.clock, salt=lambda: next(salts).to_bytes(16, "big"))

    def publish(*documents: Document, message: str = "") -> None:
        assert publisher().publish(in_order(documents), message) is not None

    slow = in_order([A, document("b", day="2015-12-01"), MOVED, RENAMED, HOLDING, document("late", act="arrest")])

    def overtaken(done: int, _total: int) -> None:
        if not done:  # it is about to write, and does not know that another publisher took over
            world.clock.advance(60)
            publish(LATER, REWRITTEN, MOVED, RENAMED, HOLDING)
            world.clock.advance(-60)

    publish(A, B, C, X, message="the first")
    publish(A, B, C, D, X, message="the second")
    publish(LATER, B, C, D, X, message="the third")
    world.clock.advance(4000)
    publish(LATER, B, MOVED, D, HOLDING)
    publish(LATER, gone("b", State.WITHDRAWN, "court-order"), MOVED, RENAMED, HOLDING)
    world.clock.advance(4000)
    publish(LATER, document("b", day="2015-10-24"), MOVED, RENAMED, HOLDING)
    first = Rewrite("events/a", items.stamp(1, 1), 1, {"/name": None}, "0f" * 16)
    generations = {"events/a": tuple(generations_of(world.store, "events/a", world.reader().head()))}
    removed = tuple(Digested(digest * 32, 9, everywhere, "events/a:/name") for digest, everywhere in (("d1", True), ("d2", False)))
    publisher().redact(Redaction(6, "court-order", (first,), generations, removed=removed, key="ab" * 32))
    publisher().redact(Redaction(7, "risk", (), {}, (2,)))
    with pytest.raises(LeaseLost):  # after the redaction, which would delete what the late publisher leaves
        publisher("late").publish(slow, "", overtaken)
    publish(document("a", day="2015-10-26", act="return", due=DUE), REWRITTEN, C, RENAMED, X)
    note_due(world.store, {DUE: 1, "2027-02-01": 1})


def kind_of(item: "Item") -> str:
    """Return the kind of an item."""
    pk, sk = item["pk"]["S"], item["sk"]["S"]
    if pk == items.RELEASES:
        return "current" if sk == items.CURRENT else "release"
    if pk == items.REMOVED:
        return "removed key" if sk == items.REMOVED_KEY else "removed"
    if "|" in pk:
        return "entry" if pk.startswith("LIST#") else "old entry"
    kinds = {"CHANGES": "change", "DOC": "revision", "LIST": "total", "HISTORY": "old total", "INTENT": "intents", "REVIEW": "due"}
    return kinds[pk.partition("#")[0]]


def lost_in(record: Copy) -> set[str]:
    """Return the stamps of lost attempts."""
    current: Any = record.get(items.key(items.RELEASES, items.CURRENT))
    return set(current["lost"]["SS"]) if "lost" in current else set()


def recorded(record: Copy, kind: str = "") -> list["Item"]:
    """Return the items of a kind, or all, without those of lost attempts, which are not part of the record."""
    lost = lost_in(record)
    partitions = {items.intent_pk(int(mark[11:])) for mark in lost}
    found = [item for item in record.all() if kind in ("", kind_of(item))]
    return [item for item in found if items.stamp_of(item["sk"]["S"]) not in lost and item["pk"]["S"] not in partitions]


def names(item: "Item") -> Callable[[Discrepancy], bool]:
    """Return a function that says whether a discrepancy names an item: by path and release, or by key if it has no path."""
    kind, pk, sk = kind_of(item), item["pk"]["S"], item["sk"]["S"]
    if kind == "current":
        return bool
    if kind == "release":
        return lambda found: found.release == int(sk)
    if kind in ("total", "old total"):
        return lambda found: found.path.partition("#")[2].partition(" ")[0] == pk.partition("#")[2]
    if kind == "intents":
        return lambda found: pk in found.path or pk in found.message
    if kind == "revision":
        return lambda found: (found.path, found.release) == (pk.removeprefix("DOC#"), int(sk[:10]))
    if kind == "change":
        return lambda found: (found.path, found.release) == (item["path"].get("S"), int(sk[:10]))
    if kind in ("due", "removed", "removed key"):
        return lambda found: found.path.startswith(pk)
    path = items.path_of(pk.partition("#")[2].partition("|")[0], sk)
    return lambda found: found.path == path


def edits(record: Copy, item: "Item") -> Iterator[tuple[str, str, "Item"]]:
    """Yield (attribute, how, item) for each edit of an item's attributes that a reader could notice."""
    lost = lost_in(record)
    for attribute in sorted(set(item) - {"pk", "sk"}):
        value: Any = item[attribute]
        if attribute in lost or (attribute == "to" and value["S"] in lost):
            continue  # readers ignore an end or a total with a lost stamp
        for how, new in tampered(value):
            yield attribute, how, {**item, attribute: new}
        yield attribute, "removed", {name: item[name] for name in item if name != attribute}
    yield "invented", "added", {**item, "invented": {"S": "x"}}


def other_keys(record: Copy, item: "Item") -> Iterator[tuple[str, str]]:
    """Yield keys that are similar to an item's, that no item has, and that are not those of a lost attempt."""
    pk, sk = item["pk"]["S"], item["sk"]["S"]
    for key in ((pk, f"{sk}x"), (f"{pk}x", sk), (pk, f"{sk[:-1]}{(ord(sk[-1]) + 1) % 10}"), (pk, f"0{sk}"), (pk, f"{sk[1:]}~")):
        if key[1] not in record.partitions.get(key[0], {}) and items.stamp_of(key[1]) not in lost_in(record):
            yield key


def tampered(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield changed values of an attribute, in every way that could go unnoticed, each with a description."""
    (kind, content), *_ = value.items()
    yield "of another type", {"S": "7"} if kind == "N" else {"N": "7"}
    if kind == "N":
        yield "raised", {"N": str(int(content) + 1)}
        yield "raised by far", {"N": str(10**14)}
        yield "lowered", {"N": str(int(content) - 1)}
    elif kind == "S":
        for how, new in tampered_text(content):
            yield how, {"S": new}
    elif kind == "BOOL":
        yield "the opposite", {"BOOL": not content}
    elif kind in ("SS", "NS", "L"):
        more = {"SS": "invented", "NS": "999", "L": {"S": "/invented"}}[kind]
        yield "with more", {kind: [*content, more]}
        yield "with others", {kind: [more, *content[1:]]}
        if len(content) > 1 or (kind == "L" and content):  # a set can't be empty
            yield "with less", {kind: content[1:]}
        for at, member in enumerate(content if kind == "L" else ()):
            for how, new in tampered(member):
                yield f"with {at} {how}", {"L": [*content[:at], new, *content[at + 1 :]]}
    else:
        assert kind == "M", kind
        yield "with more", {"M": {**content, "invented": {"N": "1"}}}
        for name, member in content.items():
            yield f"without {name}", {"M": {other: content[other] for other in content if other != name}}
            for how, new in tampered(member):
                yield f"with {name} {how}", {"M": {**content, name: new}}


def tampered_text(content: str) -> Iterator[tuple[str, str]]:
    """Yield a text, changed."""
    for at in sorted({0, len(content) // 2, max(0, len(content) - 1)}):
        old = content[at : at + 1]
        for new in {"0", "1"} if old.isdigit() else {"x", "y"}:
            if old != new:
                yield f"changed at {at}", f"{content[:at]}{new}{content[at + 1 :]}"
    yield "longer", f"{content} "
    if content:
        yield "empty", ""
    if content.swapcase() != content:
        yield "in the other case", content.swapcase()
