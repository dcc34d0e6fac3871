"""Tampering: whoever changes, deletes, copies or moves any item of the table is found, also if everything that depends on it fits."""

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record import items
from record.verifying.findings import Discrepancy
from record.verifying.verification import verify
from record.writing.notes import Generation, Redaction
from record.writing.reindexing import changed_lists, generations_of, recount, reindex
from tests.conftest import World
from tests.record.killing import Table, restore, table
from tests.record.memory import memory_world
from tests.record.tampering import (
    DUE,
    KINDS,
    RELEASES,
    RULES,
    Copy,
    discrepancies,
    edits,
    kind_of,
    lost_in,
    make_history,
    names,
    other_keys,
    recorded,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from record.items import Item

# Edits that can't be found, because nothing else follows from the value.
UNTOLD = {
    ("current", "attempt", "raised"): "an attempt that changed nothing leaves no trace but this number",
    ("current", "attempt", "raised by far"): "likewise",
}
# The number in the key of a chunk of intents only orders the chunks. The first chunks may have been archived, so no number is wrong.
RENUMBERED = r"INTENT#\d{10} \d{10}"
EVENT, OTHER, CASE = "events/a", "events/c", "events?case=cases/x"


@pytest.fixture(scope="module")
def history() -> Table:
    """The items of a record with ten releases, in which everything happened that can happen."""
    world = memory_world()
    make_history(world)
    return table(world.store)


@pytest.fixture
def record(history: Table) -> Copy:
    """The record, to change and verify."""
    return Copy(list(history.values()))


@pytest.fixture
def world(history: Table) -> World:
    """The record in a table that can be written."""
    world = memory_world()
    restore(world.store, history)
    return world


def test_record_holds_every_kind_of_item(record: Copy) -> None:
    """The tests below try every kind of item that a record can have, at the current and at old releases. Untouched, it passes."""
    assert {kind_of(item) for item in record.all()} == set(KINDS)
    assert discrepancies(record) == []
    assert lost_in(record) <= {items.stamp_of(item["sk"]["S"]) for item in record.all()}
    for kind in ("release", "change", "revision", "entry", "old entry"):
        assert len({item["sk"]["S"] for item in recorded(record, kind)}) > 2, kind


@pytest.mark.parametrize("kind", KINDS)
def test_changed_attribute_is_named(record: Copy, kind: str) -> None:
    """If any attribute of any item is changed, removed or added, a discrepancy names the item."""
    missed = []
    for item in recorded(record, kind):
        is_named = names(item)
        for attribute, how, new in edits(record, item):
            record.put(new)
            if not any(is_named(found) for found in verify(record, RULES) if isinstance(found, Discrepancy)):
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
        if not any(names(item)(found) for found in discrepancies(record)):
            missed.append((item["pk"]["S"], item["sk"]["S"]))
        record.put(item)
    assert missed == []


@pytest.mark.parametrize("kind", KINDS)
def test_copied_or_moved_item_is_found(record: Copy, kind: str) -> None:
    """If any item is copied to a similar key, there is a discrepancy. If it is moved there, a discrepancy names it."""
    missed = []
    for item in recorded(record, kind):
        for key in other_keys(record, item):
            elsewhere = {**item, **items.key(*key)}
            record.put(elsewhere)
            if not discrepancies(record):
                missed.append(("copied", *key))
            record.drop(item)
            if not any(names(item)(found) for found in discrepancies(record)) and not re.fullmatch(RENUMBERED, " ".join(key)):
                missed.append(("moved", *key))
            record.put(item)
            record.drop(elsewhere)
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
        assert all(any(names(row)(said) for said in found) for row in (one, other)), (one, other)
        record.put(one)
        record.put(other)
    assert tried


def without_list(name: str, *, from_release: int = 1) -> Callable[[Generation], Generation]:
    """Return the edit that hides a document in a list, from a release on."""
    return lambda one: replace(one, lists=tuple(some for some in one.lists if some != name)) if int(one.start[:10]) >= from_release else one


def with_list(name: str) -> Callable[[Generation], Generation]:
    """Return the edit that puts a document into another list."""
    return lambda one: replace(one, lists=(one.lists[0], *sorted({*one.lists[1:], name})))


CONSISTENT: dict[str, tuple[str, Callable[[Generation], Generation], int, str]] = {
    "hidden in the list of its act": (EVENT, without_list("events?act=arrest"), 1, "events?act=arrest"),
    "hidden in the list of its act, later": (EVENT, without_list("events?act=return", from_release=10), 10, "events?act=return"),
    "hidden in the list of its case": (OTHER, without_list(CASE), 4, CASE),
    "put into a list": (EVENT, with_list("events?act=return"), 1, "events?act=return"),
    "moved in an order": (EVENT, lambda one: replace(one, sort_keys=(("day", "2000-01-01"),)), 1, "sort key for day"),
    "with another value": (EVENT, lambda one: replace(one, values=("act=release",)), 1, "act=release"),
    "with another span": (EVENT, lambda one: replace(one, span=("2000-01-01", "2000-01-02")), 1, "2000-01-01 to 2000-01-02"),
    "without a span": (EVENT, lambda one: replace(one, span=None), 1, "missing"),
}


@pytest.mark.parametrize(("path", "edit", "release", "said"), CONSISTENT.values(), ids=CONSISTENT)
def test_consistent_edit_of_the_index_is_named(
    world: World, path: str, edit: Callable[[Generation], Generation], release: int, said: str
) -> None:
    """If an entry is changed together with its by-id entry, its lists and their totals, its document and the first release are named.

    The documents say what the index must be. Without the rules, nothing else contradicts such an edit.
    """
    forge(world, path, edit)
    assert [found for found in verify(world.store) if isinstance(found, Discrepancy)] == []
    found = discrepancies(world.store)
    assert {one.path for one in found} == {path}
    assert found[0].release == release
    assert said in found[0].message


def test_event_that_leaves_the_list_of_its_case_is_named(world: World) -> None:
    """Nobody can hide an event from its case by editing its entry, the list and the total: verify names the event and the list."""
    forge(world, OTHER, without_list(CASE))
    assert [(one.path, one.release) for one in discrepancies(world.store) if CASE in one.message] == [(OTHER, 4)]


def test_document_that_leaves_the_index_is_named(world: World) -> None:
    """If all index entries of a document are deleted, with its totals, the document is named."""
    found = {one.message for one in hidden(world, EVENT) if one.path == EVENT}
    assert "the index does not have it" in found


def test_edit_that_was_taken_back_later_is_named_where_it_was(world: World) -> None:
    """An index that was wrong at old releases only is named at the release where it begins to be wrong."""
    forge(world, EVENT, lambda one: replace(one, values=()) if int(one.start[:10]) == 3 else one)
    assert [(one.path, one.release) for one in discrepancies(world.store)] == [(EVENT, 3)]


def forge(world: World, path: str, edit: Callable[[Generation], Generation]) -> None:
    """Change the index entries of a document, and everything in the index that follows from them. No intents are left that tell."""
    forget_intents(world)
    reader = world.reader()
    before = generations_of(world.store, path, reader.head())
    after = [edit(one) for one in before]
    reindex(world.store, path, after, lambda: None)
    for name in changed_lists(before, after):
        recount(world.store, name, reader.head().lost)


def hidden(world: World, path: str) -> list[Discrepancy]:
    """Delete all index entries of a document; return the discrepancies."""
    forget_intents(world)
    reader = world.reader()
    before = generations_of(world.store, path, reader.head())
    reindex(world.store, path, [], lambda: None)
    for name in changed_lists(before, []):
        recount(world.store, name, reader.head().lost)
    return discrepancies(world.store)


def forget_intents(world: World) -> None:
    """Archive what ended, as the next publish does after a while. It deletes the intents."""
    world.clock.advance(100_000)
    world.publisher().resume()


@given(at=st.integers(0, 10_000), way=st.sampled_from(["change", "delete", "move", "swap"]), choice=st.integers(0, 10_000))
def test_no_random_tampering_goes_unnoticed(history: Table, at: int, way: str, choice: int) -> None:
    """A hundred times, any item is changed, deleted, moved, or swaps an attribute with another: there is always a discrepancy."""
    record = Copy(list(history.values()))
    every = recorded(record)
    if tamper(record, every[at % len(every)], way, choice):
        assert discrepancies(record)


def tamper(record: Copy, item: "Item", way: str, choice: int) -> bool:
    """Tamper with an item. Return False if that changed nothing, or only what is in UNTOLD."""
    if way == "delete":
        record.drop(item)
        return True
    if way == "move":
        keys = [key for key in other_keys(record, item) if not re.fullmatch(RENUMBERED, " ".join(key))]
        record.drop(item)
        record.put({**item, **items.key(*keys[choice % len(keys)])})
        return True
    if way == "swap":
        return swap(record, item, choice)
    every = [(attribute, how, new) for attribute, how, new in edits(record, item) if (kind_of(item), attribute, how) not in UNTOLD]
    record.put(every[choice % len(every)][2])
    return True


def swap(record: Copy, item: "Item", choice: int) -> bool:
    """Swap an attribute with another item of the kind. Return False if both have the same value."""
    alike: list[Any] = [one for one in recorded(record, kind_of(item)) if one is not item and set(one) == set(item)]
    attributes = sorted(set(item) - {"pk", "sk"})
    if not alike:
        return False
    other, attribute = alike[choice % len(alike)], attributes[choice // 7 % len(attributes)]
    one: Any = item
    if one[attribute] == other[attribute]:
        return False
    record.put({**one, attribute: other[attribute]})
    record.put({**other, attribute: one[attribute]})
    return True


def test_notes_that_a_finished_redaction_left_are_named_whatever_they_say(world: World) -> None:
    """A redaction that dies just before it deletes its notes leaves them. Verify names each one until the next publish deletes it."""
    notes: list[Item] = []

    def keep_notes() -> None:
        notes.extend(item for page in world.store.scan() for item in page if item["pk"]["S"].startswith("REDACTION#"))

    world.clock.advance(100_000)
    world.publisher().redact(Redaction(RELEASES, "risk", (), {}, (3,)), keep_notes)
    attempt = str(int(notes[0]["pk"]["S"].partition("#")[2]))
    world.store.update(
        items.key(items.RELEASES, items.CURRENT), "ADD unclean :attempt", ExpressionAttributeValues={":attempt": {"NS": [attempt]}}
    )
    for changed in ({}, {"note": items.text("{}")}, {"invented": items.text("x")}):
        world.store.put_all([{**note, **changed} for note in notes])
        assert {one.path for one in discrepancies(world.store)} == {f"{note['pk']['S']} {note['sk']['S']}" for note in notes}
    world.publisher().resume()
    assert discrepancies(world.store) == []


@pytest.mark.parametrize(
    ("attribute", "value", "said"),
    [
        ("published_at", {"S": "2026-11-23T12:00:00.000Z"}, "is not after that of release 1"),
        ("published_at", {"S": "yesterday"}, "is not a time"),
        ("counts", {"M": {"events": {"N": "4"}, "cases": {"N": "7"}}}, "its count of cases is 7, but the index has 1"),
    ],
)
def test_old_release_is_compared_with_those_before_and_with_the_index(
    record: Copy, attribute: str, value: "AttributeValueTypeDef", said: str
) -> None:
    """The times of releases must increase, and their counts must be those of the index, besides the digest."""
    item = record.get(items.key(items.RELEASES, items.padded(2)))
    assert item is not None
    record.put({**item, attribute: value})
    assert [one.release for one in discrepancies(record) if said in one.message] == [2]


def test_review_counter_follows_from_the_current_documents(record: Copy) -> None:
    """The number of reviews due per day is that of the newest revisions, without tombstones. A wrong one says how to correct it."""
    item: Any = record.get(items.key(items.REVIEWS, items.DUE))
    record.put({**item, "days": {"M": {**item["days"]["M"], DUE: {"N": "2"}}}})
    (found,) = discrepancies(record)
    assert found.path == "REVIEW DUE"
    assert "is 2, but should be 1; publish again" in found.message
