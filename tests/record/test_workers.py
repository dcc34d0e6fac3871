"""Threads that make calls: results, errors, calls that are given up, and the limit."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast

import pytest

from record import items
from record.errors import RecordUnavailable
from record.store import Spent, Store
from record.workers import NoThread, Overdue, Workers
from tests.conftest import Clock

LONG = 60.0  # seconds; no test waits for them
KEY = items.key("p", "k")


@pytest.fixture
def hanging() -> Iterator[Callable[[], None]]:
    """A call that ends when the test does."""
    ended = threading.Event()
    yield lambda: cast("None", ended.wait())
    ended.set()


def test_call_returns_its_result_or_raises_its_error() -> None:
    """Also one that is no Exception, in the same thread each time, which is not the caller's."""
    workers = Workers(most=1)

    def interrupted() -> None:
        raise KeyboardInterrupt

    threads = {workers.run(threading.get_ident, LONG) for _ in range(3)}
    with pytest.raises(KeyboardInterrupt):
        workers.run(interrupted, LONG)
    assert threads == {workers.run(threading.get_ident, LONG)}
    assert threading.get_ident() not in threads


def test_call_that_takes_too_long_is_given_up(hanging: Callable[[], None]) -> None:
    """It keeps its thread, of which there are only so many. Threads are daemons, so none of them keeps the process from ending."""
    workers = Workers(most=2)
    with pytest.raises(Overdue):
        workers.run(hanging, 0.0)
    assert workers.run(lambda: threading.current_thread().daemon, LONG)
    with pytest.raises(Overdue):
        workers.run(hanging, -1.0)
    with pytest.raises(NoThread):
        workers.run(lambda: None, LONG)


def test_thread_of_a_call_that_ends_late_makes_the_next() -> None:
    """Its late result goes to nobody."""
    workers, ended, late = Workers(most=1), threading.Event(), threading.Event()

    def slow() -> str:
        ended.wait()
        threading.Timer(0.0, late.set).start()
        return "late"

    with pytest.raises(Overdue):
        workers.run(slow, 0.0)
    ended.set()
    late.wait()
    found: list[Any] = []
    while not found:
        try:
            found.append(workers.run(lambda: "next", LONG))
        except NoThread:
            continue
    assert found == ["next"]


def test_threads_end_with_their_workers() -> None:
    """An idle one at once, and one whose call was given up when that call ends."""
    workers, hangs, ends = Workers(), threading.Event(), threading.Event()
    idle, busy = list[threading.Thread](), list[threading.Thread]()

    def hang() -> None:
        busy.append(threading.current_thread())
        hangs.set()
        ends.wait()

    with pytest.raises(Overdue):
        workers.run(hang, 0.0)
    hangs.wait()
    idle.append(workers.run(threading.current_thread, LONG))
    del workers
    idle[0].join(LONG)
    assert not idle[0].is_alive()
    ends.set()
    busy[0].join(LONG)
    assert not busy[0].is_alive()


def test_threads_get_their_own_results() -> None:
    """Many callers at once."""
    workers = Workers()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda number: workers.run(lambda: number, LONG), range(2_000))) == list(range(2_000))


@pytest.mark.parametrize(
    ("takes", "waits"), [((1.3, 1.1), [1.3, 1.2]), ((0.2, 1.3), [1.3, 1.3]), ((1.6,), [1.3])], ids=["in time", "quickly", "too late"]
)
def test_read_that_hangs_is_tried_again_if_there_is_time(
    takes: tuple[float, ...], waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No try is waited for beyond its own limit and the deadline. Each counts as a call."""
    clock, waited, taking = Clock(), list[float](), iter(takes)

    def run(_workers: Workers, _call: object, seconds: float) -> None:
        waited.append(round(seconds, 3))
        clock.advance(next(taking))
        raise Overdue

    monkeypatch.setattr(Workers, "run", run)
    store = Store(cast("Any", SimpleNamespace(get_item=dict)), "t", sleep=lambda _: None, clock=clock)
    store.begin()
    with pytest.raises(RecordUnavailable, match=r"did not end within 1\.[23] seconds"):
        store.get(KEY)
    assert waited == waits
    assert store.spent == Spent(len(waits), 0.0)
    clock.advance(1.5)
    with pytest.raises(RecordUnavailable, match=r"did not respond within 1\.5 seconds"):
        store.get(KEY)


def test_read_that_finds_no_thread_is_an_error_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not tried again."""

    def run(_workers: Workers, _call: object, _seconds: float) -> None:
        raise NoThread

    monkeypatch.setattr(Workers, "run", run)
    store = Store(cast("Any", SimpleNamespace(get_item=dict)), "t", sleep=lambda _: None, clock=Clock())
    store.begin()
    with pytest.raises(RecordUnavailable, match="32 calls to DynamoDB have not ended yet"):
        store.get(KEY)
    assert store.spent.calls == 1


def test_read_without_a_budget_is_made_by_its_caller() -> None:
    """A publisher calls DynamoDB in its own thread."""
    made_by: list[int] = []

    def get_item(**_: Any) -> dict[str, Any]:
        made_by.append(threading.get_ident())
        return {}

    store = Store(cast("Any", SimpleNamespace(get_item=get_item)), "t")
    store.get(KEY)
    store.begin()
    store.get(KEY)
    assert (made_by[0] == threading.get_ident(), made_by[1] == threading.get_ident()) == (True, False)
