"""Verifying: an unchanged record passes, and every change that someone makes in the table is named."""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from record import items
from record.errors import LeaseLost
from record.model import Document, Release, State
from record.store import Store
from record.verifying.findings import Discrepancy, Redaction
from record.verifying.verification import verify
from record.writing.notes import Redaction as ToRedact
from record.writing.notes import Rewrite
from record.writing.publishing import Publisher
from record.writing.reindexing import generations_of
from tests.conftest import World
from tests.record.documents import document, in_order
from tests.record.killing import Killed, killed
from tests.record.memory import memory_world
from tests.record.test_crashes import NEW, OLD

if TYPE_CHECKING:
    from record.items import Item

KINDS = ("current", "release", "change", "revision", "entry", "old entry", "total", "old total", "intents")
# Changes that can't be found, because the values do not follow from anything else.
UNTOLD = {
    ("current", "attempt", "raised"): "an attempt that changed nothing leaves no trace but this number",
    ("current", "attempt", "raised by far"): "likewise",
}


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
    return [found for found in verify(store) if isinstance(found, Discrepancy)]


def gone(slug: str, state: State, reason: str, target: str | None = None) -> Document:
    """Return a tombstone."""
    path = f"events/{slug}"
    content = json.dumps({"id": path, "reason": reason, "state": state, "target": target}, separators=(",", ":"), sort_keys=True)
    return Document(path, content.encode(), state=state, reason=reason, target=target)


A = document("a", day="2015-10-22", until="2015-10-23", act="arrest", name="to be taken out")
B, C, D = document("b", day="2015-10-24", act="return"), document("c"), document("d", day="2015-10-25")
X = document("x", collection="cases", day="2015-10-01")
MOVED = replace(C, lists=("events?case=cases/x",))
RENAMED = gone("d", State.RENAMED, "wrong-id", "events/c")
LATER = document("a", day="2015-10-26", act="arrest", text="é")


@pytest.fixture(scope="module")
def record(published: tuple[Copy, list[Any]]) -> Copy:
    """The items of the table after ten releases, in which everything happened that can happen."""
    return published[0]


@pytest.fixture
def emptied(shared_world: World, record: Copy) -> World:
    """The engine's table, empty again."""
    assert record.partitions
    empty(shared_world)
    return shared_world


def empty(world: World) -> None:
    """Delete everything."""
    world.store.delete_all([items.key(item["pk"]["S"], item["sk"]["S"]) for page in world.store.scan() for item in page])


@pytest.fixture(scope="module")
def published(shared_world: World) -> tuple[Copy, list[Any]]:
    """A copy of the table after ten releases, and what a verification of the engine's table found."""
    world = shared_world
    salts = itertools.count(0xA1B2C3D4E5F6A1B2C3D4E5F6)

    def publisher(owner: str = "tests") -> Publisher:
        return Publisher(world.store, owner=owner, clock=world.clock, salt=lambda: next(salts).to_bytes(16, "big"))

    def publish(*documents: Document, message: str = "") -> None:
        assert publisher().publish(in_order(documents), message) is not None

    rewritten = document("b", day="2015-10-24", text="new")

    slow = in_order([A, document("b", day="2015-12-01"), MOVED, RENAMED, X, document("late", act="arrest")])

    def overtaken(done: int, _total: int) -> None:
        if not done:  # it is about to write, and does not know that another publisher took over
            world.clock.advance(61)
            publish(LATER, rewritten, MOVED, RENAMED, X)
            world.clock.advance(-61)

    publish(A, B, C, X, message="the first")
    publish(A, B, C, D, X, message="the second")
    publish(LATER, B, C, D, X, message="the third")
    world.clock.advance(4000)
    publish(LATER, B, MOVED, D, X)
    publish(LATER, gone("b", State.WITHDRAWN, "court-order"), MOVED, RENAMED, X)
    world.clock.advance(4000)
    publish(LATER, document("b", day="2015-10-24"), MOVED, RENAMED, X)
    first = Rewrite("events/a", items.stamp(1, 1), 1, {"/name": None}, "0f" * 16)
    generations = {"events/a": tuple(generations_of(world.store, "events/a", world.reader().head()))}
    publisher().redact(ToRedact(6, "court-order", (first,), generations))
    publisher().redact(ToRedact(7, "risk", (), {}, (2,)))
    with pytest.raises(LeaseLost):  # after the redaction, which would delete what the late publisher leaves
        publisher("late").publish(slow, "", overtaken)
    publish(document("a", day="2015-10-26", act="return"), rewritten, C, RENAMED, X)
    return copy_of(world.store), list(verify(world.store))


def kind_of(item: "Item") -> str:
    """Return the kind of an item."""
    pk, sk = item["pk"]["S"], item["sk"]["S"]
    if pk == items.RELEASES:
        return "current" if sk == items.CURRENT else "release"
    if "|" in pk:
        return "entry" if pk.startswith("LIST#") else "old entry"
    kinds = {"CHANGES": "change", "DOC": "revision", "LIST": "total", "HISTORY": "old total", "INTENT": "intents"}
    return kinds[pk.partition("#")[0]]


def lost_in(record: Copy) -> set[str]:
    """Return the stamps of lost attempts."""
    current: Any = record.get(items.key(items.RELEASES, items.CURRENT))
    return set(current["lost"]["SS"]) if "lost" in current else set()


def recorded(record: Copy, kind: str) -> list["Item"]:
    """Return the items of a kind, without those of lost attempts, which are not part of the record."""
    lost = lost_in(record)
    attempts = {str(int(mark[11:])) for mark in lost}
    found = [item for held in record.partitions.values() for item in held.values() if kind_of(item) == kind]
    return [
        item
        for item in found
        if items.stamp_of(item["sk"]["S"]) not in lost
        and not (kind == "intents" and str(int(item["pk"]["S"].partition("#")[2])) in attempts)
    ]


def names(kind: str, item: "Item") -> Callable[[Discrepancy], bool]:
    """Return a function that says whether a discrepancy names an item: by path and release, or by key if it has no path."""
    pk, sk = item["pk"]["S"], item["sk"]["S"]
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
    path = items.path_of(pk.partition("#")[2].partition("|")[0], sk)
    return lambda found: found.path == path


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
    elif kind in ("SS", "NS", "L"):
        more = {"SS": "invented", "NS": "999", "L": {"S": "/invented"}}[kind]
        yield "with more", {kind: [*content, more]}
        yield "with others", {kind: [more, *content[1:]]}
        if len(content) > 1 or (kind == "L" and content):  # a set can't be empty
            yield "with less", {kind: content[1:]}
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


def test_record_as_published_passes(record: Copy) -> None:
    """Every release of an unchanged record verifies, whatever happened in it, and whatever a lost attempt left."""
    assert discrepancies(record) == []
    assert [found.number for found in verify(record) if isinstance(found, Release)] == list(range(1, 11))


def test_table_gives_the_same_as_its_copy(published: tuple[Copy, list[Any]]) -> None:
    """Verifying the engine's table finds the same as verifying the copy in memory."""
    record, found = published
    assert found == list(verify(record))


def test_record_holds_every_kind_of_item(record: Copy) -> None:
    """The tests below try every kind of item that a record can have, including what a lost attempt left."""
    assert {kind_of(item) for held in record.partitions.values() for item in held.values()} == set(KINDS)
    assert all(recorded(record, kind) for kind in KINDS)
    stamps = {items.stamp_of(item["sk"]["S"]) for held in record.partitions.values() for item in held.values()}
    assert lost_in(record) <= stamps


def test_redaction_is_told_and_not_what_it_took(record: Copy) -> None:
    """Verifying shows that a redaction happened, in which release, when and why, and nothing of the removed value."""
    told = [found for found in verify(record) if isinstance(found, Redaction)]
    assert [(one.path, one.number, one.release, one.reason) for one in told] == [
        ("events/a", 1, 7, "court-order"),
        ("releases/2", None, 8, "risk"),
    ]
    assert told[0].published_at.startswith("2026-11-23T")
    assert "/name" not in str(told)


@pytest.mark.parametrize("kind", KINDS)
def test_changed_attribute_is_named(record: Copy, kind: str) -> None:
    """If any attribute of any item is changed, removed or added, a discrepancy names the item."""
    missed = []
    lost = lost_in(record)
    for item in recorded(record, kind):
        is_named = names(kind, item)
        for attribute in sorted(set(item) - {"pk", "sk"}):
            value: Any = item[attribute]
            if attribute in lost or (attribute == "to" and value["S"] in lost):
                continue  # readers ignore an end or a total with a lost stamp
            changed: list[tuple[str, Item]] = [(how, {**item, attribute: new}) for how, new in tampered(value)]
            changed.append(("removed", {name: item[name] for name in item if name != attribute}))
            changed.append(("invented", {**item, "invented": {"S": "x"}}))
            for how, new in changed:
                record.put(new)
                if not any(is_named(found) for found in verify(record) if isinstance(found, Discrepancy)):
                    missed.append((kind, attribute, how, item["pk"]["S"], item["sk"]["S"]))
            record.put(item)
    assert [one for one in missed if one[:3] not in UNTOLD] == []
    assert {one[:3] for one in missed} == {one for one in UNTOLD if one[0] == kind}


@pytest.mark.parametrize("kind", KINDS)
def test_deleted_item_is_named(record: Copy, kind: str) -> None:
    """If any item is deleted, a discrepancy names it."""
    missed = []
    for item in recorded(record, kind):
        record.drop(item)
        if not any(names(kind, item)(found) for found in discrepancies(record)):
            missed.append((item["pk"]["S"], item["sk"]["S"]))
        record.put(item)
    assert missed == []


@pytest.mark.parametrize("kind", KINDS)
def test_invented_item_is_named(record: Copy, kind: str) -> None:
    """If any item is copied to a similar key, there is a discrepancy."""
    missed = []
    for item in recorded(record, kind):
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        for key in ((pk, f"{sk}x"), (f"{pk}x", sk), (pk, f"{sk[:-1]}{(ord(sk[-1]) + 1) % 10}"), (pk, f"0{sk}"), (pk, f"{sk[1:]}~")):
            if key[1] in record.partitions.get(key[0], {}) or items.stamp_of(key[1]) in lost_in(record):
                continue
            invented = {**item, **items.key(*key)}
            record.put(invented)
            if not discrepancies(record):
                missed.append(key)
            record.drop(invented)
    assert missed == []


def test_changes_that_swapped_their_documents_are_named(record: Copy) -> None:
    """If two rows of the feed name each other's document, revision and target, but keep what the digest covers, both are named."""
    tried = 0
    for one, other in itertools.permutations(recorded(record, "change"), 2):
        told = [{name: row[name] for name in ("path", "number", "target", "digest") if name in row} for row in (one, other)]
        if one["sk"]["S"][:10] != other["sk"]["S"][:10] or told[0] == told[1]:
            continue
        tried += 1
        kept = [{name: value for name, value in row.items() if name not in {*told[0], *told[1]}} for row in (one, other)]
        record.put({**kept[0], **told[1]})
        record.put({**kept[1], **told[0]})
        found = discrepancies(record)
        assert all(any(names("change", row)(said) for said in found) for row in (one, other)), (one, other)
        record.put(one)
        record.put(other)
    assert tried


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_publish_under_way_is_no_discrepancy(after: bool) -> None:
    """Wherever a publish is or died, the record passes; and also after the next publish cleaned up."""
    world = memory_world()  # on which every write point is quick to try
    publisher = world.publisher()
    for at in itertools.count(1):
        empty(world)
        publisher.publish(OLD, "")
        world.clock.advance(4000)
        try:
            with killed(world.store, at, after=after):
                publisher.publish(NEW, "")
        except Killed:
            assert discrepancies(copy_of(world.store)) == [], at
            world.clock.advance(61)
            publisher.publish(NEW, "")
            assert discrepancies(copy_of(world.store)) == [], at
        else:
            return


def test_redaction_that_died_is_named() -> None:
    """Wherever a redaction died, the record passes, or the discrepancy says that the next publish finishes it; then it passes."""
    world = memory_world()  # on which every write point is quick to try
    publisher = world.publisher()
    told = 0
    for at in itertools.count(1):
        empty(world)
        publisher.publish(OLD, "")
        generations = {"events/a": tuple(generations_of(world.store, "events/a", world.reader().head()))}
        rewrite = Rewrite("events/a", items.stamp(1, 1), 1, {"/act": None}, "0f" * 16)
        try:
            with killed(world.store, at, after=False):
                publisher.redact(ToRedact(1, "court-order", (rewrite,), generations))
        except Killed:
            found = discrepancies(copy_of(world.store))
            told += bool(found)
            assert not found or any(one.path.startswith("REDACTION#") for one in found), at
            world.clock.advance(61)
            publisher.publish(OLD, "")
            assert discrepancies(copy_of(world.store)) == [], at
        else:
            assert told
            return


def test_intents_that_ended_nothing_are_missed_by_nobody(emptied: World) -> None:
    """A release that only created documents passes without its intents, because it is as if they were archived already."""
    emptied.publisher().publish(OLD, "")
    record = copy_of(emptied.store)
    for item in recorded(record, "intents"):
        record.drop(item)
    assert discrepancies(record) == []


def test_empty_table_is_a_record_without_a_release(emptied: World) -> None:
    """An empty table has nothing to verify."""
    assert list(verify(emptied.store)) == []


@pytest.mark.parametrize("pk", ["RESTORE", "REDACTION#0000000001", "NOTES", "LIST#", "DOC#", "DOC#events", "HISTORY#|", "INTENT#1"])
def test_item_of_no_known_kind_is_named(record: Copy, pk: str) -> None:
    """An item that does not belong to the record is named by its key."""
    invented = items.key(pk, "0000000001")
    record.put(invented)
    assert f"{pk} 0000000001" in {found.path for found in discrepancies(record)}
    record.drop(invented)


@pytest.mark.parametrize(
    "body", ["", "7", "[]", "{", "[" * 100_000, '{"a": 1e999}', '{"redactions": 1}', '{"redactions": [{}, 1]}', '"\\ud800"']
)
def test_body_that_is_no_json_object_is_named(record: Copy, body: str) -> None:
    """Whatever replaces a body, it is a discrepancy, and the verification continues."""
    for revision in recorded(record, "revision"):
        record.put({**revision, "body": items.text(body)})
        assert any(names("revision", revision)(found) for found in discrepancies(record))
        record.put(revision)


def test_lease_is_no_part_of_the_record(record: Copy) -> None:
    """The lease's owner and expiry may be anything, but a lease without one of them is a discrepancy."""
    current = record.get(items.key(items.RELEASES, items.CURRENT)) or {}
    record.put({**current, "owner": items.text("anybody"), "lease_until": {"N": "1795435200.125"}})
    assert discrepancies(record) == []
    record.put({**current, "owner": items.text("anybody")})
    assert [found.path for found in discrepancies(record)] == ["RELEASE CURRENT"]
    record.put(current)


@pytest.mark.parametrize("mark", ["0000000001.0000000001", "0000000099.0000000001", "invented"])
def test_release_that_is_said_to_be_lost_is_named(record: Copy, mark: str) -> None:
    """A lost stamp that belongs to a release, or that no attempt can have, is a discrepancy."""
    current: Any = record.get(items.key(items.RELEASES, items.CURRENT))
    record.put({**current, "lost": {"SS": [*current["lost"]["SS"], mark]}})
    assert "RELEASE CURRENT" in {found.path for found in discrepancies(record)}
    record.put(current)
