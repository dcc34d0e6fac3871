"""What a response cost: calls and read units are counted per response, with every try and in every thread."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from record import items
from record.errors import RecordUnavailable
from record.model import PageRequest
from record.store import Spent, Store
from tests.conftest import ENDPOINT, Clock, World
from tests.record.documents import document, in_order

KEY = items.key("p", "k")
THROTTLED = {"Error": {"Code": "ThrottlingException", "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 400}}


def store_of(clock: Clock | None = None, **operations: Callable[..., Any]) -> Store:
    """Return a store whose client has these operations only, on a clock that stands still."""
    client: Any = SimpleNamespace(**operations)
    return Store(client, "t", sleep=lambda _: None, clock=clock or Clock())


def test_units_are_summed_over_operations_and_tables() -> None:
    """GetItem and Query report a table, BatchGetItem a list of tables; all count towards one sum, until the next response begins."""
    one = {"TableName": "t", "CapacityUnits": 1.0}
    store = store_of(
        get_item=lambda **_: {"Item": KEY, "ConsumedCapacity": one},
        query=lambda **_: {"Items": [], "Count": 0, "ConsumedCapacity": {**one, "CapacityUnits": 2.5}},
        batch_get_item=lambda **_: {"Responses": {"t": [KEY]}, "ConsumedCapacity": [one, {**one, "CapacityUnits": 4.0}]},
    )
    store.begin()
    store.get(KEY)
    assert store.spent == Spent(1, 1.0)
    list(store.query("p", "a", "b"))
    store.count("p", "a", "b")
    store.batch_get([KEY])
    assert store.spent == Spent(4, 11.0)
    store.begin()
    assert store.spent == Spent(0, 0.0)


def test_every_try_counts_as_a_call() -> None:
    """A retried read is two calls, whether the retry succeeds or not; a read that never starts is none."""
    answers: list[Any] = []

    def get_item(**_: Any) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    clock = Clock()
    store = store_of(clock, get_item=get_item)
    throttled = ClientError(THROTTLED, "GetItem")  # type: ignore[arg-type]
    store.begin()
    answers[:] = [throttled, {"ConsumedCapacity": {"CapacityUnits": 1.0}}]
    store.get(KEY)
    assert store.spent == Spent(2, 1.0)
    answers[:] = [throttled, throttled]
    with pytest.raises(RecordUnavailable):
        store.get(KEY)
    assert store.spent == Spent(4, 1.0)
    clock.advance(2)
    with pytest.raises(RecordUnavailable, match="within"):
        store.get(KEY)
    assert store.spent == Spent(4, 1.0)


def test_a_response_without_units_counts_as_a_call() -> None:
    """Some engines do not report read units."""
    store = store_of(get_item=lambda **_: {})
    store.begin()
    store.get(KEY)
    assert store.spent == Spent(1, 0.0)


def test_threads_lose_no_count() -> None:
    """Reads in several threads add up exactly."""
    store = store_of(get_item=lambda **_: {"ConsumedCapacity": {"CapacityUnits": 0.5}})
    store.begin()
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(lambda _: store.get(KEY), range(2000)))
    assert store.spent == Spent(2000, 1000.0)


def test_only_a_store_that_began_a_response_asks_for_units(world: World) -> None:
    """A publisher's store neither counts nor asks DynamoDB to report units."""
    asked: list[dict[str, Any]] = []

    def get_item(**request: Any) -> Any:
        asked.append(request)
        return {}

    store = store_of(get_item=get_item)
    store.get(KEY)
    store.begin()
    store.get(KEY)
    assert ["ReturnConsumedCapacity" in request for request in asked] == [False, True]
    world.publisher().publish([document("a")], "")
    assert world.store.spent == Spent(0, 0.0)


def test_reader_counts_what_the_engine_reports(world: World) -> None:
    """Each call of a reader is counted: a page, and documents that are read at once in threads. Dynalite reports their exact units."""
    names = [f"n{number:02d}" for number in range(20)]
    world.publisher().publish(in_order([document(name) for name in names]), "")
    reader = world.reader()
    for read, units in (
        (reader.head, 1.0),
        (lambda: reader.documents([f"events/{name}" for name in names], 1), 20.0),
        (lambda: reader.document("events/n00", 1), 0.0),  # a cache hit
    ):
        world.calls.clear()
        reader.begin()
        read()
        assert reader.spent.calls == len(world.calls)
        if ENDPOINT:
            assert reader.spent.units == units
    reader.begin()
    world.calls.clear()
    reader.page(PageRequest("events", "id", 1, 20))
    assert reader.spent.calls == len(world.calls) == 2
    assert reader.spent.units >= 2
