"""Verifying: a record as it was published passes, and so does one in which a publish or a redaction is in progress or has died."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from record import items
from record.model import Release
from record.verifying.findings import Redaction
from record.verifying.verification import verify
from record.writing.notes import Redaction as ToRedact
from record.writing.notes import Rewrite
from record.writing.reindexing import generations_of
from tests.conftest import World
from tests.record.killing import Killed, killed
from tests.record.memory import memory_world
from tests.record.tampering import RELEASES, RULES, Copy, copy_of, discrepancies, make_history, names, recorded
from tests.record.test_crashes import NEW, OLD


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
    make_history(shared_world)
    return copy_of(shared_world.store), list(verify(shared_world.store, RULES))


def test_record_as_published_passes(record: Copy) -> None:
    """Every release of an unchanged record verifies, whatever happened in it, and whatever a lost attempt left."""
    assert discrepancies(record) == []
    assert [found.number for found in verify(record, RULES) if isinstance(found, Release)] == list(range(1, RELEASES + 1))


def test_table_gives_the_same_as_its_copy(published: tuple[Copy, list[Any]]) -> None:
    """Verifying the engine's table finds the same as verifying the copy in memory."""
    record, found = published
    assert found == list(verify(record, RULES))


def test_redaction_is_told_and_not_what_it_took(record: Copy) -> None:
    """Verifying shows that a redaction happened, in which release, when and why, and nothing of the removed value."""
    told = [found for found in verify(record, RULES) if isinstance(found, Redaction)]
    assert [(one.path, one.number, one.release, one.reason) for one in told] == [
        ("events/a", 1, 7, "court-order"),
        ("releases/2", None, 8, "risk"),
    ]
    assert told[0].published_at.startswith("2026-11-23T")
    assert "/name" not in str(told)


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
        standing = generations_of(world.store, "events/a", world.reader().head())
        generations = {"events/a": tuple(replace(one, lists=("events",), values=()) for one in standing)}
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
        assert any(names(revision)(found) for found in discrepancies(record))
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
