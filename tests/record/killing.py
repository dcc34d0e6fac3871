"""Publishers that die, fail or pause at any of their calls; and tables, compared without the allowed differences."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from record import items
from record.store import Store
from tests.conftest import ENDPOINT
from tests.record.memory import Memory

WRITES = frozenset({"PutItem", "UpdateItem", "BatchWriteItem", "DeleteItem", "TransactWriteItems"})
NEVER = 1_000_000
_STAMP = re.compile(r"\b\d{10}\.(\d{10})\b")
_NOTED = re.compile(r"\b(?:INTENT|REDACTION)#(\d{10})\b")


class Killed(BaseException):
    """The publisher's process was killed."""


@contextmanager
def hooked(store: Store, before: Callable[[str], None], after: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Call `before` with the name of each operation, and `after` after each response."""

    def ahead(model: Any, **_: Any) -> None:
        before(model.name)

    def behind(**_: Any) -> None:
        after()

    events = store.client.meta.events
    events.register("before-call.dynamodb", ahead)
    events.register("after-call.dynamodb", behind)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb", ahead)
        events.unregister("after-call.dynamodb", behind)


@contextmanager
def killed(store: Store, at: int, *, after: bool) -> Iterator[list[str]]:
    """Kill the publisher at its n-th write, before or after it takes effect, and at every write after that.

    Yield the writes that it started.
    """
    writes: list[str] = []

    def count(name: str) -> None:
        if name in WRITES:
            writes.append(name)
            if len(writes) > at or (len(writes) == at and not after):
                raise Killed

    def stop() -> None:
        if len(writes) >= at and after:
            raise Killed

    with hooked(store, count, stop):
        yield writes


@contextmanager
def failing(store: Store, at: int, *, after: bool) -> Iterator[list[str]]:
    """Let the n-th write time out, before or after it takes effect. Later writes work. Yield all writes."""
    writes: list[str] = []
    failed: list[bool] = []

    def count(name: str) -> None:
        if name in WRITES:
            writes.append(name)
            if len(writes) == at and not after:
                raise ReadTimeoutError(endpoint_url="loopback")

    def stop() -> None:
        if len(writes) == at and after and not failed:
            failed.append(True)
            raise ReadTimeoutError(endpoint_url="loopback")

    with hooked(store, count, stop):
        yield writes


@contextmanager
def stalled(
    store: Store, at: int, meanwhile: Callable[[], object], *, writes_only: bool = True, fails: int | None = None
) -> Iterator[list[str]]:
    """Pause right before the n-th call (or write), run `meanwhile`, and continue. Yield the calls, without those of `meanwhile`.

    The call with the number `fails` times out before it takes effect.
    """
    calls: list[str] = []
    busy: list[bool] = []

    def count(name: str) -> None:
        if busy or (writes_only and name not in WRITES):
            return
        calls.append(name)
        if len(calls) == at:
            busy.append(True)
            meanwhile()
            busy.clear()
        if len(calls) == fails:
            raise ReadTimeoutError(endpoint_url="loopback")

    with hooked(store, count):
        yield calls


def calls_of(store: Store, act: Callable[[], object], *, writes_only: bool = True) -> int:
    """Return how many calls, or writes, `act` makes."""
    with stalled(store, NEVER, lambda: None, writes_only=writes_only) as calls:
        act()
    return len(calls)


def sampled(writes: Sequence[int]) -> Sequence[int]:
    """Return all of these write points on a second engine. On moto return every fifth one and the last two.

    `test_memory.py` compares moto with the table in memory, on which every write point is tried.
    """
    return writes if ENDPOINT else sorted({*writes[::5], *writes[-2:]})


def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write items one by one, like a batch that DynamoDB accepts only in part; and put two documents into each chunk of intents."""
    monkeypatch.setattr("record.store.BATCH_WRITE", 1)
    monkeypatch.setattr("record.writing.intents.MOST_DOCUMENTS", 2)


Table = dict[tuple[str, str], dict[str, Any]]


def table(store: Store) -> Table:
    """Return every item of the table, except total items without totals."""
    client: object = store.client
    pages = [client.everything()] if isinstance(client, Memory) else store.scan()
    found = {(item["pk"]["S"], item["sk"]["S"]): dict(item) for page in pages for item in page if len(item) > 2}
    return {key: found[key] for key in sorted(found)}


def restore(store: Store, wanted: Table) -> None:
    """Replace all items of the table by these."""
    client: object = store.client
    if isinstance(client, Memory):
        client.load(wanted)
        return
    there = table(store)
    store.delete_all([items.key(*key) for key in there if key not in wanted])
    store.put_all([item for key, item in wanted.items() if there.get(key) != item])


def settled(found: Table) -> Table:
    """Return a table with renumbered attempts, so that two tables can be compared.

    The number of attempts and the lost stamps are left out, because they are never undone.
    """
    rest = {key: _sorted(item) for key, item in found.items()}
    current = rest.get((items.RELEASES, items.CURRENT))
    if current is not None:
        current.pop("attempt")
        current.pop("lost", None)
    written = json.dumps(list(rest.values()))
    attempts = {int(number) for number in (*_STAMP.findall(written), *_NOTED.findall(written))}
    attempts |= {int(item["attempt"]["N"]) for item in rest.values() if "attempt" in item}
    attempts |= {int(number) for number in (current or {}).get("unclean", {}).get("NS", ())}
    rank = {attempt: index for index, attempt in enumerate(sorted(attempts), 1)}

    def renumber(match: re.Match[str]) -> str:
        return f"{match[0][:-10]}{rank[int(match[1])]:010d}"

    renumbered: list[dict[str, Any]] = json.loads(_NOTED.sub(renumber, _STAMP.sub(renumber, written)))
    for item in renumbered:
        if "attempt" in item:
            item["attempt"] = items.number(rank[int(item["attempt"]["N"])])
        if "unclean" in item:
            item["unclean"] = {"NS": sorted(str(rank[int(number)]) for number in item["unclean"]["NS"])}
    ordered = {(item["pk"]["S"], item["sk"]["S"]): item for item in renumbered}
    return {key: ordered[key] for key in sorted(ordered)}


def _sorted(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {kind: sorted(value) if kind in ("SS", "NS") else value for kind, value in item[name].items()} for name in sorted(item)}


def seen(found: Table) -> Table:
    """Return a table without what lost attempts left in it, which readers ignore."""
    lost = frozenset(found.get((items.RELEASES, items.CURRENT), {}).get("lost", {}).get("SS", ()))
    attempts = {int(mark[11:]) for mark in lost}
    rest: Table = {}
    for (pk, sk), item in found.items():
        if items.stamp_of(sk) in lost or any(pk == items.intent_pk(attempt) for attempt in attempts):
            continue
        if pk == items.RELEASES and "attempt" in item and sk != items.CURRENT and int(item["attempt"]["N"]) in attempts:
            continue
        kept = {name: value for name, value in item.items() if name not in lost and not (name == "to" and value["S"] in lost)}
        if set(kept) != {"pk", "sk"}:
            rest[pk, sk] = kept
    return rest


def differing(one: Table, other: Table) -> Sequence[tuple[str, str]]:
    """Return the keys at which two tables differ: a short output if a test fails."""
    return [key for key in sorted({*one, *other}) if one.get(key) != other.get(key)]
