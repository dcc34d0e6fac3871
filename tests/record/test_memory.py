"""The table in memory that other tests use: it is compared with an engine, item by item and response by response."""

import pytest

from record import items
from record.errors import WriteRefused
from record.model import PageRequest
from record.verifying.verification import verify
from record.writing.publishing import GRACE_SECONDS
from tests.conftest import World
from tests.record.expected import LISTS
from tests.record.killing import Killed, failing, killed, table
from tests.record.memory import memory_world
from tests.record.test_crashes import AFTER, BEFORE, FIRST, SLUGS

REQUESTS = [
    PageRequest(name, sort, release, limit, descending=descending)
    for name in LISTS[:4]
    for sort in ("id", "day")
    for release in (2, 3)
    for limit, descending in ((2, False), (20, True))
] + [
    PageRequest("events", "day", 3, 2, carried=(("act=arrest", "act=release"),)),
    PageRequest("events", "day", 2, 2, span=("2015-10-22", "2015-10-24"), descending=True),
    PageRequest("events", "id", 2, 2, after="#moves", span=("", "2015-10-26"), members_of=("events?case=cases/x",)),
]


def test_memory_does_as_the_engine(world: World) -> None:
    """After publishes, crashes, failures and archiving, both have the same items and return the same responses."""
    memory = memory_world()
    for one in (world, memory):
        one.publisher().publish(FIRST, "")
        one.publisher().publish(BEFORE, "")
        with pytest.raises(Killed), killed(one.store, 6, after=True):
            one.publisher("dead").publish(AFTER, "")
        one.clock.advance(61)
        with pytest.raises(WriteRefused), failing(one.store, 12, after=False):
            one.publisher("failing").publish(AFTER, "")
        one.publisher().publish(AFTER, "")
        one.clock.advance(GRACE_SECONDS + 1)
        with pytest.raises(Killed), killed(one.store, 4, after=True):
            one.publisher("dead").publish(AFTER, "")
        one.clock.advance(61)
        one.publisher().publish(AFTER, "")
    assert table(world.store) == table(memory.store)
    assert list(verify(world.store)) == list(verify(memory.store))
    reader, of_memory = world.reader(), memory.reader()
    for request in REQUESTS:
        assert of_memory.page(request) == reader.page(request)
    for slug in SLUGS:
        assert of_memory.revisions(f"events/{slug}", 3, 10, 10) == reader.revisions(f"events/{slug}", 3, 10, 10)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("attribute_exists(#there)", True),
        ("attribute_not_exists(#there)", False),
        ("attribute_not_exists(#gone) AND NOT #there IN (:b, :c)", True),
        ("NOT #there IN (:a) OR #gone = :a", False),
        ("#gone < :a OR #gone >= :a", False),
        ("#there < :b AND (#gone = :a OR #there = :a)", True),
        ("contains(#set, :a) AND NOT contains(#set, :c)", True),
        ("contains(#gone, :a)", False),
    ],
)
def test_memory_takes_conditions_as_the_engine(world: World, condition: str, holds: bool) -> None:
    """A condition holds on both or on none."""
    for one in (world, memory_world()):
        one.store.put_all([{**items.key("p", "k"), "there": items.text("a"), "set": items.texts(["a", "b"])}])
        values = {f":{value}": items.text(value) for value in "abc" if f":{value}" in condition}
        names = {f"#{name}": name for name in ("there", "gone", "set") if f"#{name}" in condition}
        done = one.store.update(
            items.key("p", "k"),
            "SET #done = :done",
            ConditionExpression=condition,
            ExpressionAttributeNames={**names, "#done": "done"},
            ExpressionAttributeValues={**values, ":done": items.text("yes")},
        )
        assert done is holds
