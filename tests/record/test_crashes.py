"""A publish that dies at any write: readers see nothing of it, the next publish removes what it left, and succeeds."""

from dataclasses import replace

import pytest

from record.errors import RecordProblem
from record.model import PageRequest, State
from record.verifying.findings import Discrepancy
from record.verifying.verification import verify
from record.writing.publishing import GRACE_SECONDS
from tests.conftest import World
from tests.record.documents import document, ids, in_order
from tests.record.expected import Expected, assert_release, gone, shaped
from tests.record.killing import Killed, Table, calls_of, differing, failing, killed, one_by_one, restore, sampled, settled, table
from tests.record.memory import memory_world

OLD = in_order([document(slug, day=f"2015-10-{day}", act="arrest") for slug, day in (("a", 22), ("b", 23), ("c", 24))])
NEW = in_order([document("a", day="2015-10-30", act="release"), OLD[1], document("c", day="2015-10-24", act="release"), document("d")])

# Everything that a publish can do: create, update, move in an order and between lists, withdraw, rename, merge, restore.
FIRST = in_order(
    [
        shaped("back", "was there", day="2015-10-20"),
        shaped("merges", day="2015-10-22", act="arrest"),
        shaped("moves", day="2015-10-23", act="arrest", case="cases/x"),
        shaped("renames", day="2015-10-24"),
        shaped("stays", day="2015-10-25", act="release"),
        shaped("updates", "old", day="2015-10-26"),
        shaped("withdraws", day="2015-10-27", case="cases/x"),
    ]
)
BEFORE = in_order([gone("back", State.WITHDRAWN, "error"), *FIRST[1:]])
AFTER = in_order(
    [
        shaped("back", "is back", day="2015-10-20"),
        shaped("creates", day="2015-10-24", case="cases/y"),
        gone("merges", State.MERGED, "duplicate", "events/stays"),
        shaped("moves", day="2015-10-19", act="release", case="cases/x"),
        gone("renames", State.RENAMED, "wrong-id", "events/creates"),
        shaped("stays", day="2015-10-25", act="release"),
        replace(shaped("updates", "new", day="2015-10-26"), lists=("events?case=cases/x",)),
        gone("withdraws", State.WITHDRAWN, "court-order"),
    ]
)
SLUGS = [one.path.partition("/")[2] for one in AFTER]
TIMES = ["2026-11-23T12:00:00.000Z", "2026-11-23T12:00:00.001Z", "2026-11-23T12:00:00.002Z"]


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> World:
    """An empty record in memory, written item by item, so that partly accepted batches are tried too."""
    one_by_one(monkeypatch)
    return memory_world()


def model() -> Expected:
    """Return the expected record with AFTER."""
    expected = Expected()
    for documents, published_at in zip((FIRST, BEFORE, AFTER), TIMES, strict=True):
        expected.publish(documents, published_at)
    return expected


def publish_before(world: World) -> Table:
    """Publish FIRST and BEFORE. Return the table."""
    world.publisher().publish(FIRST, "")
    world.publisher().publish(BEFORE, "")
    return table(world.store)


def publish(world: World) -> None:
    """Publish AFTER with a lease that expires at once, so that it is renewed all the time and the next publisher need not wait."""
    world.publisher(lease_seconds=0.0).publish(AFTER, "")


def archive(world: World) -> None:
    """Publish AFTER again after the grace period."""
    world.clock.advance(GRACE_SECONDS + 1)
    try:
        publish(world)
    finally:
        world.clock.advance(-GRACE_SECONDS - 1)


def assert_reads(world: World, expected: Expected, newest: int) -> None:
    """This release is the newest, and it and the one before it are as expected."""
    reader = world.reader()
    assert reader.head().release == newest
    for release in range(max(newest - 1, 1), newest + 1):
        assert_release(reader, expected, release, SLUGS, limit=20)


def assert_same(found: Table, clean: Table) -> None:
    """A table is equal to that of a record that never crashed, in every item and attribute."""
    found, clean = settled(found), settled(clean)
    assert differing(found, clean) == []


def assert_verifies(world: World) -> None:
    """The whole record verifies."""
    assert [found for found in verify(world.store) if isinstance(found, Discrepancy)] == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_publish_killed_at_any_write_is_invisible_and_leaves_nothing(memory: World, after: bool) -> None:
    """If a publish is killed before or after any write, readers see the old or the new release, and the next publish cleans up."""
    before, expected = publish_before(memory), model()
    writes = calls_of(memory.store, lambda: publish(memory))
    assert writes > 60
    clean = table(memory.store)
    assert_reads(memory, expected, 3)
    flipped = []
    for at in range(1, writes + 1):
        restore(memory.store, before)
        with pytest.raises(Killed), killed(memory.store, at, after=after):
            publish(memory)
        flipped.append(memory.reader().head().release == 3)
        assert_reads(memory, expected, 3 if flipped[-1] else 2)
        publish(memory)
        assert_same(table(memory.store), clean)
    assert_reads(memory, expected, 3)
    assert_verifies(memory)
    assert flipped == [False] * (writes - after) + [True] * after, "only the last write makes the release current"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_roll_back_killed_at_any_write_goes_on(memory: World, after: bool) -> None:
    """The same if the publish that undoes a dead one is killed too, at any write."""
    before, expected = publish_before(memory), model()
    clean_writes = calls_of(memory.store, lambda: publish(memory))
    clean = table(memory.store)
    restore(memory.store, before)
    with pytest.raises(Killed), killed(memory.store, clean_writes, after=False):
        publish(memory)
    dead = table(memory.store)
    undoing = calls_of(memory.store, lambda: publish(memory)) - clean_writes
    assert undoing > 40
    assert_same(table(memory.store), clean)
    for at in range(1, undoing + 2):
        restore(memory.store, dead)
        with pytest.raises(Killed), killed(memory.store, at, after=after):
            publish(memory)
        assert_reads(memory, expected, 2)
        publish(memory)
        assert_same(table(memory.store), clean)
    assert_verifies(memory)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_failed_publish_killed_while_it_takes_back_leaves_nothing(memory: World, after: bool) -> None:
    """If a publish fails at its end and is killed while it undoes itself, readers see nothing of it, and the next publish succeeds."""
    before, expected = publish_before(memory), model()
    clean_writes = calls_of(memory.store, lambda: publish(memory))
    clean = table(memory.store)
    restore(memory.store, before)
    with pytest.raises(RecordProblem), failing(memory.store, clean_writes, after=False) as writes:
        publish(memory)
    assert_same(table(memory.store), before)
    for at in range(clean_writes + 1, len(writes) + 1):
        restore(memory.store, before)
        with pytest.raises(Killed), killed(memory.store, at, after=after), failing(memory.store, clean_writes, after=False):
            publish(memory)
        assert_reads(memory, expected, 2)
        publish(memory)
        assert_same(table(memory.store), clean)
    assert_verifies(memory)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_publish_that_fails_at_any_write_leaves_what_was_there(memory: World, after: bool) -> None:
    """If any write fails, with or without effect, the publish undoes itself; or it turns out to be published."""
    before, expected = publish_before(memory), model()
    writes = calls_of(memory.store, lambda: publish(memory))
    clean = table(memory.store)
    for at in range(2, writes + 1):
        restore(memory.store, before)
        with failing(memory.store, at, after=after):
            if at == writes and after:
                publish(memory)
            else:
                with pytest.raises(RecordProblem):
                    publish(memory)
        assert_same(table(memory.store), clean if at == writes and after else before)
        assert_reads(memory, expected, 3 if at == writes and after else 2)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_archiving_killed_at_any_write_changes_no_answer(memory: World, after: bool) -> None:
    """If archiving is killed at any write, every release reads as before, and the next archiving finishes it."""
    publish_before(memory)
    publish(memory)
    ended, expected = table(memory.store), model()
    writes = calls_of(memory.store, lambda: archive(memory))
    archived = table(memory.store)
    assert writes > 40
    for at in range(1, writes + 1):
        restore(memory.store, ended)
        with pytest.raises(Killed), killed(memory.store, at, after=after):
            archive(memory)
        for release in (1, 2, 3):
            assert_release(memory.reader(), expected, release, SLUGS, limit=20)
        archive(memory)
        assert_same(table(memory.store), archived)
    assert_reads(memory, expected, 3)
    assert_verifies(memory)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_publish_killed_at_any_batch_of_the_engine_leaves_nothing(world: World, after: bool) -> None:
    """The same on an engine and in whole batches: at every write on DynamoDB or dynalite, at some on moto, which is slow."""
    world.publisher().publish(OLD, "")
    before, newest = table(world.store), {1: [one.path for one in OLD], 2: [one.path for one in NEW]}
    writes = calls_of(world.store, lambda: world.publisher(lease_seconds=0.0).publish(NEW, ""))
    clean = table(world.store)
    for at in sampled(range(1, writes + 1)):
        restore(world.store, before)
        with pytest.raises(Killed), killed(world.store, at, after=after):
            world.publisher(lease_seconds=0.0).publish(NEW, "")
        reader = world.reader()
        release = reader.head().release
        assert release == (2 if after and at == writes else 1)
        page = reader.page(PageRequest("events", "id", release, 20))
        assert (ids(page), page.total) == (newest[release], len(newest[release]))
        arrests = ids(reader.page(PageRequest("events?act=arrest", "day", release, 20)))
        assert arrests == (newest[1] if release == 1 else ["events/b"])
        world.publisher(lease_seconds=0.0).publish(NEW, "")
        assert_same(table(world.store), clean)
    assert_verifies(world)
