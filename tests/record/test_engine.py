"""What the record expects from DynamoDB and moto does differently; the tests of read units need a second engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from record import items
from record.model import PageRequest
from record.paging import FILTERED_STEP
from record.store import Store
from tests.conftest import ENDPOINT, World
from tests.record.documents import document, ids, in_order, read_list

metered = pytest.mark.skipif(ENDPOINT is None, reason="moto counts one read unit, whatever was read: make test-dynamodb")


def waiting_for_nothing(world: World) -> Store:
    """Return a store on the world's table that does not sleep between tries."""
    return Store(world.store.client, world.store.table, sleep=lambda _: None)


@contextmanager
def read_units(store: Store) -> Iterator[dict[str, float]]:
    """Yield the read units that each operation consumes meanwhile."""
    units: dict[str, float] = {}

    def ask(params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def note(model: Any, parsed: dict[str, Any], **_: Any) -> None:
        consumed = parsed["ConsumedCapacity"]
        for one in consumed if isinstance(consumed, list) else [consumed]:
            units[model.name] = units.get(model.name, 0) + one["CapacityUnits"]

    events = store.client.meta.events
    events.register("before-parameter-build.dynamodb", ask)
    events.register("after-call.dynamodb", note)
    try:
        yield units
    finally:
        events.unregister("before-parameter-build.dynamodb", ask)
        events.unregister("after-call.dynamodb", note)


@pytest.mark.parametrize("limit", [1, 4, 5, 6])
@pytest.mark.parametrize("forward", [True, False], ids=["ascending", "descending"])
def test_query_ends_whether_or_not_its_last_page_is_full(world: World, forward: bool, limit: int) -> None:
    """If a page ends exactly with the partition, DynamoDB still returns a LastEvaluatedKey, and the next page is empty."""
    world.store.put_all([items.key(pk, f"k{number}") for pk in ("p", "q") for number in range(5)])
    pages = list(world.store.query("p", "k", "k~", Limit=limit, ScanIndexForward=forward))
    found = [item["sk"]["S"] for page, _ in pages for item in page]
    assert found == sorted((f"k{number}" for number in range(5)), reverse=not forward)
    assert [last is None for _, last in pages] == [False] * (len(pages) - 1) + [True]


@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
@pytest.mark.parametrize("entries", [FILTERED_STEP - 1, FILTERED_STEP, FILTERED_STEP + 1])
def test_filtered_list_ends_where_a_query_reads_just_all_of_it(world: World, entries: int, descending: bool) -> None:
    """A list with about as many entries as one Query reads, and as many matches as a page has, ends, and its total is right."""
    rare = (0, 7, entries - 1)
    documents = in_order([document(f"n{number:04d}", act="rare" if number in rare else "common") for number in range(entries)])
    world.publisher().publish(documents, "")
    expected = sorted((f"events/n{number:04d}" for number in rare), reverse=descending)
    reader = world.reader()
    assert read_list(reader, "events", "id", 1, limit=3, carried=(("act=rare",),), descending=descending) == expected
    assert reader.page(PageRequest("events", "id", 1, 3, carried=(("act=rare",),), descending=descending)).total == 3


@pytest.mark.parametrize("updated", range(10, 15))
def test_page_is_full_where_ended_entries_fill_up_the_query(world: World, updated: int) -> None:
    """A list of 20 with ended entries among them is one page, even if a Query reads exactly all entries."""
    old = in_order([document(f"n{number:02d}", day="2015-10-22") for number in range(20)])
    new = in_order([document(f"n{number:02d}", day="2015-10-23" if number < updated else "2015-10-22") for number in range(20)])
    world.publisher().publish(old, "")
    world.publisher().publish(new, "")
    for sort in ("id", "day"):
        for descending in (False, True):
            page = world.reader().page(PageRequest("events", sort, 2, 20, descending=descending))
            assert sorted(ids(page)) == [one.path for one in new]
            assert (page.total, page.after) == (20, None)


def test_page_goes_on_behind_a_place_of_another_list(world: World) -> None:
    """A place need not be the key of an item: a page can start after a place of another list, between entries, or beyond the end."""
    days = {f"n{number}": f"2015-10-{number + 10}" for number in range(8)}
    world.publisher().publish(
        in_order([document(slug, day=day, act="arrest" if slug in ("n2", "n5", "n7") else "release") for slug, day in days.items()]), ""
    )
    reader = world.reader()
    after = reader.page(PageRequest("events", "day", 1, 4)).after
    assert after is not None
    arrests = "events?act=arrest"
    assert ids(reader.page(PageRequest(arrests, "day", 1, 5, after))) == ["events/n5", "events/n7"]
    assert ids(reader.page(PageRequest(arrests, "day", 1, 5, after, descending=True))) == ["events/n2"]
    for place, forth, back in (("9", [], ["events/n7", "events/n5", "events/n2"]), ("1", ["events/n2", "events/n5", "events/n7"], [])):
        assert ids(reader.page(PageRequest(arrests, "day", 1, 5, place))) == forth
        assert ids(reader.page(PageRequest(arrests, "day", 1, 5, place, descending=True))) == back


def test_range_that_is_upside_down_is_empty_and_not_asked_for(world: World) -> None:
    """DynamoDB rejects a range whose end is below its start, so no call is made."""
    world.store.put_all([items.key("p", "k1")])
    world.calls.clear()
    assert list(world.reading.query("p", "k2", "k0")) == []
    assert world.reading.count("p", "k2", "k0") == 0
    assert world.calls == []


def test_partition_beyond_a_megabyte_is_read_whole(world: World) -> None:
    """A response is limited to a megabyte: a Query is read in pages, a count returns None, and a batch is repeated."""
    large = [{**items.key("p", f"k{number}"), "text": items.text("x" * 300_000)} for number in range(7)]
    store = waiting_for_nothing(world)
    store.put_all(large)
    pages = list(store.query("p", "k", "k~"))
    assert len(pages) > 1
    assert [item for page, _ in pages for item in page] == large
    assert store.count("p", "k", "k~") is None
    assert store.count("p", "k0", "k1") == 2
    found = store.batch_get([items.key("p", f"k{number}") for number in range(7)])
    assert sorted(found) == [("p", f"k{number}") for number in range(7)]


def test_more_keys_than_a_batch_holds_are_split(world: World) -> None:
    """More than 25 items to write, or 100 keys to read, are split into batches."""
    keys = [items.key(f"p{number}", "k") for number in range(101)]
    world.store.put_all(keys)
    assert len(world.store.batch_get(keys)) == 101
    world.store.delete_all(keys)
    assert world.store.batch_get(keys) == {}


@metered
def test_page_costs_the_same_in_a_list_of_any_length(world: World) -> None:
    """A current page consumes one read unit per document, one for the total and a few for the entries, however long the list is."""
    costs = []
    for release, length in enumerate((40, 400), 1):
        world.publisher().publish(in_order([document(f"n{number:03d}", day="2015-10-22") for number in range(length)]), "")
        reader = world.reader()
        reader.head()
        with read_units(world.reading) as units:
            assert reader.page(PageRequest("events", "day", release, 20)).total == length
        costs.append(units)
    assert costs[0]["BatchGetItem"] == 21
    assert 1 <= costs[0]["Query"] <= 3
    assert costs[1] == costs[0]


@metered
def test_document_costs_what_its_newest_revision_does(world: World) -> None:
    """A document consumes one read unit per 4 KB of the wanted revision, however many others it has."""
    for number in range(4):
        world.publisher().publish([document("a", text=f"{number}" * 100_000)], "")
    for release in (4, 2):
        reader = world.reader()
        with read_units(world.reading) as units:
            assert reader.document("events/a", release) is not None
        assert units["GetItem"] == 1
        assert 25 <= units["Query"] <= 26
