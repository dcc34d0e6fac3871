"""A publish that dies, anywhere: nothing of it is seen, nothing of it stays, and the next one goes through."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from record.errors import LeaseLost
from record.model import Document
from record.store import Store
from tests.conftest import World
from tests.record.documents import document, in_order, read_list
from tests.record.test_publishing import scan

OLD = in_order([document(slug, day=f"2015-10-{day}", act="arrest") for slug, day in (("a", 22), ("b", 23), ("c", 24))])
NEW = in_order([document("a", day="2015-10-30", act="release"), OLD[1], document("c", day="2015-10-24", act="release"), document("d")])
WRITES = ("PutItem", "UpdateItem", "BatchWriteItem", "DeleteItem")


class Killed(BaseException):
    """The publisher's process is gone."""


@contextmanager
def killed(store: Store, at: int, *, after: bool) -> Iterator[list[str]]:
    """Kill the publisher at its n-th write, before or after it takes effect; everything it would write later is killed too."""
    writes: list[str] = []

    def count(model: Any, **_: Any) -> None:
        if model.name in WRITES:
            writes.append(model.name)
            if len(writes) > at or (len(writes) == at and not after):
                raise Killed

    def stop(**_: Any) -> None:
        if len(writes) >= at and after:
            raise Killed

    events = store.client.meta.events
    events.register("before-call.dynamodb", count)
    events.register("after-call.dynamodb", stop)
    try:
        yield writes
    finally:
        events.unregister("before-call.dynamodb", count)
        events.unregister("after-call.dynamodb", stop)


def seen(world: World, release: int) -> dict[str, Any]:
    """Return everything that a client can read at a release."""
    reader = world.reader()
    return {
        "lists": {
            (name, sort): read_list(reader, name, sort, release)
            for name in ("events", "events?act=arrest", "events?act=release")
            for sort in ("id", "day")
        },
        "documents": [reader.document(f"events/{slug}", release) for slug in "abcd"],
        "changes": reader.changes("", release, 100),
        "release": reader.release(release),
    }


def writes_of_a_publish(world: World) -> int:
    """Return how many writes publishing NEW over OLD takes."""
    with killed(world.store, 10_000, after=False) as writes:
        world.publisher().publish(NEW, "")
    return len(writes)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_publish_killed_at_any_write_is_invisible_and_leaves_nothing(world: World, after: bool) -> None:
    """Killed before or after each of its writes in turn, a publish shows the old release or the new one, and the next clears up."""
    world.publisher().publish(OLD, "")
    old = seen(world, 1)
    writes = writes_of_a_publish(world)
    new, clean = seen(world, 2), scan(world.store)
    for at in range(1, writes + 1):
        _empty(world)
        world.publisher().publish(OLD, "")
        with pytest.raises(Killed), killed(world.store, at, after=after):
            world.publisher().publish(NEW, "")
        current = world.reader().head().release
        assert seen(world, 1) == old, at
        assert current == 1 or seen(world, 2) == new, at
        world.clock.advance(61)
        world.publisher().publish(NEW, "")
        world.clock.advance(-61)
        assert world.reader().head().release == 2
        assert without_times(seen(world, 2)) == without_times(new), at
        assert keys(scan(world.store)) == keys(clean), at


def test_publisher_that_was_taken_over_can_change_nothing(world: World) -> None:
    """A publisher that stops in mid-publish and goes on after another took over fails, and nothing of its work is seen."""
    world.publisher().publish(OLD, "")
    late_new = in_order([document("a", day="2016-01-01", act="arrest"), *OLD[1:], document("late")])

    class Slow:
        rounds = 0

        def __iter__(self) -> Iterator[Document]:
            self.rounds += 1
            if self.rounds == 2:  # it has surveyed, and is about to write
                world.clock.advance(61)
                world.publisher("quick").publish(NEW, "")
                world.clock.advance(-61)
            yield from late_new

    with pytest.raises(LeaseLost):
        world.publisher("late").publish(Slow(), "")
    after_it = seen(world, 2)
    assert after_it["lists"]["events", "id"] == ["events/a", "events/b", "events/c", "events/d"]
    assert world.reader().document("events/late", 2) is None
    assert after_it["documents"][0].body.count("2015-10-30") == 1
    assert "events/late" not in {change.path for change in after_it["changes"]}
    world.publisher().publish(in_order([*NEW, document("e")]), "")
    assert read_list(world.reader(), "events", "id", 3) == ["events/a", "events/b", "events/c", "events/d", "events/e"]


def keys(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the keys of items without the attempt that wrote them."""
    return [(item["pk"]["S"], item["sk"]["S"].rpartition(".")[0] or item["sk"]["S"].rpartition("#")[0]) for item in found]


def without_times(reading: dict[str, Any]) -> dict[str, Any]:
    """Return a reading without what differs because a publish was later or the second try."""
    return {
        "lists": reading["lists"],
        "numbers": [revision and (revision.path, revision.number, revision.release) for revision in reading["documents"]],
        "changes": [(change.path, change.kind, change.release, change.fields) for change in reading["changes"]],
    }


def _empty(world: World) -> None:
    world.store.delete_all([{"pk": item["pk"], "sk": item["sk"]} for item in scan(world.store)])
