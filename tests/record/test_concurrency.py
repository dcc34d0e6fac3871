"""Concurrent publishers: one wins and the other gets an error; one that is too late can change nothing that a reader sees."""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from record.errors import LeaseHeld, LeaseLost, RecordProblem
from record.model import Document, PageRequest, Release, State
from record.verifying.findings import Discrepancy
from record.verifying.verification import verify
from record.writing.leasing import MOST_LOST
from record.writing.publishing import GRACE_SECONDS, Publisher
from tests.conftest import Clock, World
from tests.record.documents import document, ids, in_order
from tests.record.expected import Expected, assert_release, shaped
from tests.record.killing import (
    NEVER,
    Killed,
    calls_of,
    differing,
    failing,
    killed,
    one_by_one,
    restore,
    sampled,
    seen,
    settled,
    stalled,
    table,
)
from tests.record.memory import memory_world
from tests.record.test_crashes import AFTER, BEFORE, FIRST, NEW, OLD, SLUGS, assert_verifies

# What the other publisher publishes after BEFORE. One document leaves `act=release` and one enters it, so its total stays the same.
OTHER = in_order(
    [
        shaped("stays", "otherwise", day="2015-10-21", act="arrest", case="cases/y"),
        shaped("updates", "old", day="2015-10-26", act="release"),
        *(one for one in BEFORE if one.path not in ("events/stays", "events/updates")),
    ]
)
LIVE = [one.path for one in OTHER if one.state is State.LIVE]
SKEW = 60.0  # seconds; the largest difference of clocks that is not refused, and the length of a lease


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> World:
    """A record in memory with two releases, written item by item."""
    one_by_one(monkeypatch)
    world = memory_world()
    world.publisher().publish(FIRST, "")
    world.publisher().publish(BEFORE, "")
    world.clock.advance(1)
    return world


def publisher(world: World, owner: str, *, seconds_ahead: float = 0.0) -> Publisher:
    """Return a publisher whose clock is `seconds_ahead` of the others'."""
    clock = Clock()
    clock.advance(world.clock() - clock() + seconds_ahead)
    return Publisher(world.store, owner=owner, clock=clock, salt=lambda: b"\x00" * 16)


def assert_history(world: World, *releases: Iterable[Document]) -> None:
    """The record has the releases FIRST, BEFORE and these, all as expected, and verifies."""
    reader, expected = world.reader(), Expected()
    assert reader.head().release == 2 + len(releases)
    for number, documents in enumerate((FIRST, BEFORE, *releases), 1):
        release = reader.release(number)
        assert release is not None
        expected.publish(documents, release.published_at)
    for number in range(1, len(expected.releases) + 1):
        assert_release(reader, expected, number, SLUGS, limit=20)
    assert_verifies(world)


def outcome(act: Callable[[], Release | None]) -> int | type[Exception]:
    """Return the number of the release that was published, or the error."""
    try:
        release = act()
    except (LeaseHeld, LeaseLost) as failure:
        return type(failure)
    assert release is not None
    return release.number


@pytest.mark.parametrize(
    ("first_ahead", "second_ahead", "takes_over"),
    [(0.0, 0.0, False), (0.0, -SKEW, False), (SKEW, 0.0, False), (0.0, SKEW, True), (-SKEW, 0.0, True)],
    ids=["same-clock", "second-behind", "first-ahead", "second-ahead", "first-behind"],
)
def test_two_publishers_at_once(memory: World, first_ahead: float, second_ahead: float, takes_over: bool) -> None:
    """Whenever a second publisher starts, one of the two publishes and the other gets an error, or both publish one after the other.

    A publisher whose clock is ahead by a lease takes over a lease that has not expired.
    """
    before = table(memory.store)
    calls = calls_of(memory.store, lambda: publisher(memory, "first", seconds_ahead=first_ahead).publish(AFTER, ""), writes_only=False)
    seen_outcomes = set()
    for at in range(1, calls + 1):
        restore(memory.store, before)
        second: list[int | type[Exception]] = []

        def come_in(second: list[int | type[Exception]] = second) -> None:
            second.append(outcome(lambda: publisher(memory, "second", seconds_ahead=second_ahead).publish(OTHER, "")))

        with stalled(memory.store, at, come_in, writes_only=False):
            first = outcome(lambda: publisher(memory, "first", seconds_ahead=first_ahead).publish(AFTER, ""))
        seen_outcomes.add((first, *second))
        if first is LeaseHeld or first is LeaseLost:
            assert second == [3]
            assert_history(memory, OTHER)
        elif second == [LeaseHeld]:
            assert first == 3
            assert_history(memory, AFTER)
        else:
            assert (first, second) == (4, [3])
            assert_history(memory, OTHER, AFTER)
    told = {(LeaseLost, 3)} if takes_over else {(3, LeaseHeld)}
    assert seen_outcomes == {(4, 3), (LeaseHeld, 3)} | told


def test_slow_publisher_that_nobody_took_over_goes_through(memory: World) -> None:
    """A lease that expired is still ours if nobody took it over."""
    before = table(memory.store)
    for at in range(1, calls_of(memory.store, lambda: memory.publisher().publish(AFTER, "")) + 1):
        restore(memory.store, before)
        with stalled(memory.store, at, lambda: memory.clock.advance(1000)):
            release = memory.publisher("slow").publish(AFTER, "")
        assert release is not None
        assert_history(memory, AFTER)


def publishing(_world: World, _writes: int) -> int:
    """The next publisher only publishes."""
    return NEVER


def undoing(world: World, writes: int) -> int:
    """Another publisher died right before its flip, so the next one undoes that."""
    with pytest.raises(Killed), killed(world.store, writes, after=False):
        world.publisher("dead").publish(AFTER, "")
    world.clock.advance(61)
    return NEVER


def archiving(world: World, _writes: int) -> int:
    """The grace period is over, so the next publisher archives."""
    world.clock.advance(GRACE_SECONDS + 1)
    return NEVER


def taking_back(_world: World, writes: int) -> int:
    """The flip fails, so the next publisher undoes its own attempt."""
    return writes


def writes_of_a_publish(world: World) -> int:
    """Return how many writes publishing AFTER takes; the last one is the flip."""
    before = table(world.store)
    writes = calls_of(world.store, lambda: world.publisher().publish(AFTER, ""))
    restore(world.store, before)
    return writes


@pytest.mark.parametrize("prepare", [publishing, undoing, archiving, taking_back])
def test_late_writer_can_change_nothing(memory: World, prepare: Callable[[World, int], int]) -> None:
    """A publisher that pauses before any of its writes, and continues after another one published, changes nothing.

    The table is as if it had died there, except for items with the stamp of a lost attempt, which readers ignore. Each case tries its own
    kind of writes; the writes of the publish itself are all tried by `publishing`.
    """
    publish_writes = writes_of_a_publish(memory)
    fails = prepare(memory, publish_writes)
    before, now = table(memory.store), memory.clock.now

    def begin() -> None:
        restore(memory.store, before)
        memory.clock.now = now

    def publish_late() -> None:
        memory.publisher("late").publish(AFTER, "")

    def take_over() -> None:
        memory.clock.advance(61)
        memory.publisher("quick").publish(OTHER, "")

    with stalled(memory.store, NEVER, take_over, fails=fails) as writes:
        attempt(publish_late)
    points = {
        publishing: range(2, publish_writes + 1),
        undoing: range(2, len(writes) - publish_writes + 2),
        archiving: range(2, len(writes) - publish_writes + 2),
        taking_back: range(publish_writes, len(writes) + 1),
    }[prepare]
    assert len(points) > 10
    broken = []
    for at in points:
        begin()
        with pytest.raises(Killed), killed(memory.store, at, after=False), failing(memory.store, fails, after=False):
            publish_late()
        take_over()
        wanted = settled(seen(table(memory.store)))
        begin()
        with stalled(memory.store, at, take_over, fails=fails), pytest.raises(RecordProblem):
            publish_late()
        if different := differing(settled(seen(table(memory.store))), wanted):
            broken.append((at, writes[at - 1], different))
            continue
        for _ in range(2):
            memory.clock.advance(GRACE_SECONDS + 1)
            memory.publisher("next").publish(AFTER, "")
        assert_history(memory, OTHER, AFTER)
    assert broken == []


def attempt(act: Callable[[], object]) -> None:
    """Call `act`, and ignore an error of the record."""
    with contextlib.suppress(RecordProblem):
        act()


@pytest.mark.parametrize("at_once", [True, False], ids=["at-once", "after-the-next-release"])
def test_write_that_lands_late_changes_nothing(memory: World, monkeypatch: pytest.MonkeyPatch, at_once: bool) -> None:
    """A write that timed out can take effect later: after its publish failed, or after another publish. It changes nothing then."""
    before = table(memory.store)
    writes = calls_of(memory.store, lambda: memory.publisher(lease_seconds=0.0).publish(AFTER, ""))
    client: Any = memory.store.client
    writing = {name: getattr(client, name) for name in ("update_item", "batch_write_item", "delete_item")}
    broken = []
    for at in range(1, writes + 1):
        late: list[Callable[[], object]] = []
        calls: list[str] = []

        def delay(name: str, request: Any, late: Any = late, calls: Any = calls, at: int = at) -> Any:
            calls.append(name)
            if len(calls) == at:
                late.append(lambda: writing[name](**request))
                raise ReadTimeoutError(endpoint_url="loopback")
            return writing[name](**request)

        restore(memory.store, before)
        with monkeypatch.context() as slow:
            for name in writing:
                slow.setattr(client, name, lambda name=name, delay=delay, **request: delay(name, request))
            with pytest.raises(RecordProblem):
                memory.publisher(lease_seconds=0.0).publish(AFTER, "")
        if not at_once:
            memory.publisher().publish(OTHER, "")
        wanted = settled(seen(table(memory.store)))
        with contextlib.suppress(ClientError):
            late[0]()
        if at == 1 and at_once:  # the lease itself was taken, for no time at all
            continue
        if different := differing(settled(seen(table(memory.store))), wanted):
            broken.append((at, calls[at - 1], different))
    assert broken == []


def test_late_writer_can_change_nothing_on_the_engine(world: World) -> None:
    """The same on an engine and in whole batches: at every write on DynamoDB or dynalite, at some on moto, which is slow."""
    quicker = in_order([replace(OLD[0], lists=()), *OLD[1:], document("quick", act="arrest")])
    world.publisher().publish(OLD, "")
    before, now = table(world.store), world.clock.now

    def take_over() -> None:
        world.clock.advance(61)
        world.publisher("quick").publish(quicker, "")

    writes = calls_of(world.store, lambda: world.publisher().publish(NEW, ""))
    restore(world.store, before)
    take_over()
    wanted = settled(table(world.store))
    for at in sampled(range(2, writes + 1)):
        restore(world.store, before)
        world.clock.now = now
        with stalled(world.store, at, take_over), pytest.raises(LeaseLost):
            world.publisher("late").publish(NEW, "")
        assert differing(settled(seen(table(world.store))), wanted) == []
        page = world.reader().page(PageRequest("events?act=arrest", "id", 2, 20))
        assert (ids(page), page.total) == (["events/b", "events/c", "events/quick"], 3)
        assert_verifies(world)


def test_two_late_writers_can_change_nothing(memory: World) -> None:
    """One publisher pauses, a second takes over and pauses, a third publishes. Then the second and the first continue, without effect."""
    before, now = table(memory.store), memory.clock.now

    def third() -> None:
        memory.clock.advance(61)
        memory.publisher("third").publish(OTHER, "")

    writes = writes_of_a_publish(memory)
    broken = []
    for first in range(2, writes + 1, 5):
        for second in range(2, writes + first, 5):
            restore(memory.store, before)
            memory.clock.now = now

            def take_over(second: int = second) -> None:
                memory.clock.advance(61)
                with stalled(memory.store, second, third) as calls:
                    attempt(lambda: memory.publisher("second").publish(AFTER, ""))
                if len(calls) < second:
                    third()

            with stalled(memory.store, first, take_over):
                attempt(lambda: memory.publisher("first").publish(AFTER, ""))
            found = [one for one in verify(memory.store) if isinstance(one, Discrepancy)]
            page = memory.reader().page(PageRequest("events", "id", memory.reader().head().release, 20))
            if found or ids(page) != LIVE or page.total != len(LIVE):
                broken.append((first, second, found))
    assert broken == []


def test_hundreds_of_lost_attempts_hinder_nobody(memory: World) -> None:
    """After hundreds of lost attempts, only the newest lost stamps are stored; lists, totals and publishing work as before."""
    for _ in range(300):
        with pytest.raises(Killed), killed(memory.store, 45, after=True):
            memory.publisher("dead").publish(AFTER, "")
        memory.clock.advance(61)
    assert len(memory.reader().head().lost) <= MOST_LOST + 2
    memory.publisher().publish(AFTER, "")
    page = memory.reader().page(PageRequest("events", "day", 3, 20, carried=(("act=release",),)))
    assert ids(page) == ["events/moves", "events/stays"]
    assert_history(memory, AFTER)


def test_traces_of_a_late_writer_stay_unseen_whoever_is_lost_after_it(memory: World) -> None:
    """Readers never see what a late writer left, however many attempts were lost since."""

    def take_over() -> None:
        memory.clock.advance(61)
        memory.publisher("quick").publish(OTHER, "")

    with stalled(memory.store, 4, take_over), pytest.raises(LeaseLost):
        memory.publisher("late").publish(AFTER, "")
    assert_history(memory, OTHER)
    for _ in range(MOST_LOST + 2):
        with pytest.raises(Killed), killed(memory.store, 1, after=True):
            memory.publisher("dead").publish(AFTER, "")
        memory.clock.advance(61)
    memory.publisher().publish(AFTER, "")
    assert_history(memory, OTHER, AFTER)
