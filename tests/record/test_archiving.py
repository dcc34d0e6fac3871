"""Archiving: ended entries leave the current lists, and no reader at any release notices it, at whatever moment it happens."""

import functools
from typing import Any

import pytest

from record import items
from record.model import Document, PageRequest, State
from record.writing.archiving import archive
from record.writing.publishing import GRACE_SECONDS
from tests.conftest import ENDPOINT, World
from tests.record.documents import document, ids, in_order, read_list
from tests.record.expected import LISTS, Expected, assert_release, assert_rest, gone, shaped
from tests.record.killing import Killed, Table, calls_of, hooked, killed, one_by_one, restore, stalled, table
from tests.record.memory import memory_world
from tests.record.test_crashes import assert_verifies
from tests.record.test_engine import read_units

metered = pytest.mark.skipif(ENDPOINT is None, reason="moto counts one read unit, whatever was read: make test-dynamodb")
NUMBER = 5
UPDATES = 200


def documents(turn: int) -> list[Document]:
    """Return documents that all change in each turn: they move, leave lists and return to earlier places."""
    found = []
    for number in range(NUMBER):
        day = f"2015-10-{(number * 7 + turn % 2 * 5) % 28 + 1:02d}"
        act = "arrest" if (number + turn) % 2 else "release"
        found.append(shaped(f"n{number}", f"{turn}", day=day, act=act, case="cases/x" if turn == 1 else None))
    if turn == 2:
        found[3] = gone("n3", State.WITHDRAWN, "error")
    return in_order(found)


def archive_now(world: World) -> None:
    """Publish the same documents again after the grace period."""
    newest = world.reader().head().release
    world.clock.advance(GRACE_SECONDS + 61)
    assert world.publisher().publish(documents(newest - 1), "") is None


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> World:
    """A record in memory with four releases, each of which changed all documents. Nothing is archived."""
    one_by_one(monkeypatch)
    world = memory_world()
    for turn in range(4):
        world.publisher().publish(documents(turn), "")
    return world


@pytest.fixture
def expected(memory: World) -> Expected:
    """The expected data of the same record."""
    expected, reader = Expected(), memory.reader()
    for turn in range(4):
        release = reader.release(turn + 1)
        assert release is not None
        expected.publish(documents(turn), release.published_at)
    return expected


REQUESTS = [
    PageRequest("events", "day", 2, 2),
    PageRequest("events", "day", 2, 2, descending=True),
    PageRequest("events?act=arrest", "id", 1, 1),
    PageRequest("events", "id", 3, 2, carried=(("act=release",),)),
    PageRequest("events", "day", 2, 2, span=("2015-10-05", "2015-10-20"), descending=True),
    PageRequest("events", "day", 2, 1, members_of=("events?case=cases/x", "events?act=arrest")),
]


@pytest.mark.parametrize("step", [1, 300])
@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: f"{one.list}-{one.sort}-{one.release}{'-desc' * one.descending}")
def test_reader_pages_on_while_entries_move(
    memory: World, expected: Expected, monkeypatch: pytest.MonkeyPatch, request_: PageRequest, step: int
) -> None:
    """Whatever is archived between two calls of a reader, it finds every row once, in order, with the right total."""
    monkeypatch.setattr("record.paging.FILTERED_STEP", step)
    stages = stages_of(memory)
    wanted = expected.listed(request_)
    pairs = {(0, later) for later in range(1, len(stages))} | {(earlier, len(stages) - 1) for earlier in range(len(stages) - 1)}
    for earlier, later in sorted(pairs):
        at, reached = 2, True
        while reached:
            restore(memory.store, stages[earlier])
            reader = memory.reader()
            with stalled(memory.reading, at, functools.partial(restore, memory.store, stages[later]), writes_only=False) as calls:
                assert_rest(reader, expected, request_, wanted)
            reached = len(calls) >= at
            at += 1


def stages_of(world: World) -> list[Table]:
    """Archive. Return the table before, at several moments during, and after archiving."""
    stages = [table(world.store)]
    world.clock.advance(GRACE_SECONDS + 61)
    writes = calls_of(world.store, lambda: world.publisher().publish(documents(3), ""))
    for at in (*range(3, writes, 13), writes):
        restore(world.store, stages[0])
        with pytest.raises(Killed), killed(world.store, at, after=True):
            world.publisher().publish(documents(3), "")
        stages.append(table(world.store))
    return stages


def test_reader_keeps_up_with_entries_that_move_at_its_every_call(memory: World, expected: Expected) -> None:
    """If archiving makes a few writes before each call of a reader, the reader still misses no row and gets none twice."""
    stages = stages_of(memory)
    for release in range(1, 4):
        for name in LISTS:
            for descending in (False, True):
                request = PageRequest(name, "id", release, 1, descending=descending)
                restore(memory.store, stages[0])
                ahead = iter(stages[1:])

                def move_on(_name: str, ahead: Any = ahead) -> None:
                    if stage := next(ahead, None):
                        restore(memory.store, stage)

                reader = memory.reader()
                reader.head()
                with hooked(memory.reading, move_on):
                    assert_rest(reader, expected, request, expected.listed(request))


def test_nothing_moves_before_the_time_of_grace_is_over(memory: World) -> None:
    """A publish within the grace period does not archive, so a reader that still uses the previous release finds its entries."""
    memory.clock.advance(GRACE_SECONDS - 1)
    memory.publisher().publish(documents(3), "")
    assert not [pk for pk, _ in table(memory.store) if pk.startswith("HISTORY#")]
    memory.clock.advance(2)
    memory.publisher().publish(documents(3), "")
    assert [pk for pk, _ in table(memory.store) if pk.startswith("HISTORY#")]


def test_everything_that_ended_moves_and_nothing_else(memory: World, expected: Expected) -> None:
    """After archiving, a list has its current entries and one total, the history has the rest, and there are no intents."""
    before = table(memory.store)
    archive_now(memory)
    after = table(memory.store)
    kept = [item for (pk, sk), item in after.items() if pk.startswith("LIST#") and sk != items.TOTAL]
    live = [(one, name) for one in expected.documents.values() for name in one.standing]
    assert len(kept) == sum(1 + len(one.sort_keys) for one, _ in live)
    assert not [item for item in kept if "to" in item]
    assert {len(item) for (pk, sk), item in after.items() if pk.startswith("LIST#") and sk == items.TOTAL} == {3}
    assert not [pk for pk, _ in after if pk.startswith("INTENT#")]
    moved = {(pk.replace("LIST#", "HISTORY#"), sk) for (pk, sk), item in before.items() if "to" in item}
    assert moved == {(pk, sk) for pk, sk in after if pk.startswith("HISTORY#") and not sk.startswith(items.TOTAL)}
    for release in range(1, 5):
        assert_release(memory.reader(), expected, release, [f"n{number}" for number in range(NUMBER)])
    assert_verifies(memory)


def test_entry_that_stands_in_both_places_is_listed_once(memory: World, expected: Expected) -> None:
    """An entry that is just moving is in the list and in its history. It is one row and counts once."""
    both = table(memory.store)
    archive_now(memory)
    restore(memory.store, {**table(memory.store), **both})
    for release in range(1, 5):
        for sort in ("id", "day"):
            for limit in (1, 3, 20):
                request = PageRequest("events", sort, release, limit, carried=(("act=arrest",),))
                assert_rest(memory.reader(), expected, request, expected.listed(request))


def test_list_that_became_empty_keeps_its_past(world: World) -> None:
    """A list that became empty is empty now, and has its old documents at the old release, archived or not."""
    world.publisher().publish([document("a", case="cases/x"), document("b", case="cases/x")], "")
    world.publisher().publish([document("a"), gone("b", State.WITHDRAWN, "error")], "")
    for _ in range(2):
        reader = world.reader()
        for release, wanted in ((1, ["events/a", "events/b"]), (2, [])):
            page = reader.page(PageRequest("events?case=cases/x", "id", release, 5))
            assert (ids(page), page.total, page.after) == (wanted, len(wanted), None)
        assert [reader.page(PageRequest("events?gone", "id", release, 5)).total for release in (1, 2)] == [0, 1]
        world.clock.advance(GRACE_SECONDS + 1)
        assert world.publisher().publish([document("a"), gone("b", State.WITHDRAWN, "error")], "") is None


def test_document_that_returns_to_an_earlier_place(world: World) -> None:
    """A document that moves and returns is in the right place at each release, archived or not."""
    days = ["2015-10-01", "2015-10-03", "2015-10-01", "2015-10-03"]
    for day in days:
        world.publisher().publish([document("a", day=day), document("b", day="2015-10-02")], "")
        world.clock.advance(GRACE_SECONDS + 1)
        reader = world.reader()
        for release, then in enumerate(days[: reader.head().release], 1):
            wanted = ["events/a", "events/b"] if then < "2015-10-02" else ["events/b", "events/a"]
            assert read_list(reader, "events", "day", release, limit=1) == wanted
            assert read_list(reader, "events", "day", release, limit=1, descending=True) == wanted[::-1]


def test_archiving_again_changes_nothing(memory: World) -> None:
    """Archiving twice does no harm."""
    attempts = [int(pk.removeprefix("INTENT#")) for pk, _ in table(memory.store) if pk.startswith("INTENT#")]
    intents = {key: item for key, item in table(memory.store).items() if key[0].startswith("INTENT#")}
    for attempt in sorted(set(attempts)):
        archive(memory.store, attempt, frozenset())
    after = table(memory.store)
    restore(memory.store, {**after, **intents})
    for attempt in sorted(set(attempts), reverse=True):
        archive(memory.store, attempt, frozenset())
    assert table(memory.store) == after


@pytest.fixture(scope="module")
def updated() -> tuple[Table, Table]:
    """The table with three documents, and after 200 updates of each of them, an hour apart."""
    memory, tables = memory_world(), []
    for turn in range(UPDATES + 1):
        memory.clock.advance(GRACE_SECONDS + 1)
        memory.publisher().publish(at_turn(turn), "")
        if turn in (0, UPDATES):
            memory.clock.advance(GRACE_SECONDS + 1)
            assert memory.publisher().publish(at_turn(turn), "") is None
            tables.append(table(memory.store))
    return tables[0], tables[1]


def at_turn(turn: int) -> list[Document]:
    """Return the documents after `turn` updates."""
    return [document(f"n{number}", day=f"2015-10-{turn % 28 + 1:02d}", act="arrest", text=f"{turn}") for number in range(3)]


def test_current_page_takes_the_same_calls_after_many_updates(world: World, updated: tuple[Table, Table]) -> None:
    """After 200 updates of each document, a current page needs the same calls as before, and an old page is right."""
    for newest, found in zip((1, UPDATES + 1), updated, strict=True):
        restore(world.store, found)
        reader = world.reader()
        reader.head()
        world.calls.clear()
        page = reader.page(PageRequest("events", "day", newest, 20))
        assert (ids(page), page.total, world.calls) == ([f"events/n{number}" for number in range(3)], 3, ["Query", "BatchGetItem"])
    for release in (1, UPDATES // 2, UPDATES):
        page = reader.page(PageRequest("events?act=arrest", "id", release, 20))
        assert (ids(page), page.total) == ([f"events/n{number}" for number in range(3)], 3)
        assert f'"text":"{release - 1}"' in page.bodies[0]


@metered
def test_current_page_takes_the_same_units_after_many_updates(world: World, updated: tuple[Table, Table]) -> None:
    """After 200 updates of each document, a current page consumes the same read units as before."""
    costs = []
    for newest, found in zip((1, UPDATES + 1), updated, strict=True):
        restore(world.store, found)
        reader = world.reader()
        reader.head()
        with read_units(world.reading) as units:
            reader.page(PageRequest("events", "day", newest, 20))
        costs.append(units)
    assert costs[0] == costs[1] == {"Query": 1, "BatchGetItem": 4}
