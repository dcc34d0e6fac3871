"""Helpers for tests of export and restore: a record of three releases, and all its data for comparison."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from record.copying.backups import Manifest
from record.copying.claims import Restorer, key_of
from record.copying.copies import export, restore
from record.store import UNHURRIED, Store
from record.writing.owners import Owner
from tests.conftest import World
from tests.record.documents import document, in_order, read_list
from workbench.templates import table_declaration

FIRST = in_order(
    [
        document("a", day="2015-10-22", act="arrest", case="cases/x"),
        document("b", day="2015-10-24", text='tenthousand 만 🜲 \u2028 \\ " \x01'),
        document("c"),
        document("x", collection="cases"),
    ]
)
SECOND = in_order([*FIRST[:1], *FIRST[2:], document("a", day="2015-10-23", act="release", case="cases/x"), document("d", act="arrest")])
THIRD = in_order([*SECOND[:1], *SECOND[2:], document("b", day="2015-11-02", act="arrest")])
WRITES = ("PutItem", "UpdateItem", "BatchWriteItem", "DeleteItem", "TransactWriteItems")


class Killed(BaseException):
    """The process was killed."""


def publish_three(world: World) -> World:
    """Publish three releases, two hours apart."""
    for message, some in (("the first", FIRST), ("the second", _newest(SECOND)), ("the third", _newest(THIRD))):
        world.publisher().publish(some, message)
        world.clock.advance(7200)
    return world


def _newest(documents: list[Any]) -> list[Any]:
    """Return FIRST and these documents: a record never loses a document."""
    return in_order({one.path: one for one in (*FIRST, *SECOND, *documents)}.values())


def another(world: World, table: str = "restored", declared: Mapping[str, Any] | None = None) -> World:
    """Return a second, empty table as a world of its own. It has the same schema unless another one is declared."""
    table = f"{world.store.table}-{table}"
    world.store.client.create_table(TableName=table, **(declared or table_declaration()))
    world.store.client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return World(
        world.clock,
        Store(world.store.client, table, sleep=lambda _: None),
        Store(world.reading.client, table, clock=world.clock, budget=UNHURRIED),
        world.calls,
    )


def everything_in(store: Store) -> dict[tuple[str, str], Any]:
    """Return every item of a table by key, with sorted sets."""
    pages = store.client.get_paginator("scan").paginate(TableName=store.table)
    found = [cast("dict[str, Any]", item) for page in pages for item in page["Items"]]
    return {key_of(item): comparable(item) for item in found}


def comparable(value: Any) -> Any:
    """Return an attribute with sorted sets, for comparison."""
    if isinstance(value, dict):
        return {name: sorted(inner) if name in ("SS", "NS") else comparable(inner) for name, inner in value.items()}
    return [comparable(inner) for inner in value] if isinstance(value, list) else value


def everything_read(world: World) -> dict[str, Any]:
    """Return everything that a reader returns, at every release."""
    keys = list(everything_in(world.store))
    paths = sorted({pk.removeprefix("DOC#") for pk, _ in keys if pk.startswith("DOC#")})
    lists = sorted({pk.removeprefix("LIST#") for pk, _ in keys if pk.startswith("LIST#") and "|" in pk})
    reader = world.reader()
    releases = range(1, reader.head().release + 1)
    return {
        "head": reader.head(),
        "releases": reader.releases(len(releases) + 1, 100),
        "lists": {(one, at): read_list(reader, one.partition("|")[0], one.partition("|")[2], at) for one in lists for at in releases},
        "documents": {(path, at): reader.document(path, at) for path in paths for at in releases},
        "revisions": {(path, at): reader.revisions(path, at, 1000, 100) for path in paths for at in releases},
        "changes": {at: reader.changes("", at, 1000) for at in releases},
    }


def exported(world: World, directory: Path, **options: Any) -> Manifest:
    """Export the world's record."""
    return export(world.store, directory, clock=world.clock, **options)


def restored(world: World, directory: Path, name: str = "tests", **options: Any) -> Manifest:
    """Restore a backup into the world's table. The owner's earlier processes have ended, so it can continue at once."""
    return restore(world.store, directory, Restorer(Owner(name, 1, lambda _process: False), world.clock), **options)


@contextmanager
def watching(store: Store, event: str, act: Callable[..., Any]) -> Iterator[None]:
    """Call `act` at every such event of the boto3 client."""
    store.client.meta.events.register(event, act)
    try:
        yield
    finally:
        store.client.meta.events.unregister(event, act)


@contextmanager
def writes(store: Store, most: int = 1_000_000, *, after: bool = False) -> Iterator[list[str]]:
    """Record every write, and kill the process at the n-th, before or after it takes effect."""
    seen: list[str] = []

    def note(model: Any, **_: Any) -> None:
        if model.name in WRITES:
            seen.append(model.name)
            if len(seen) > most or (len(seen) == most and not after):
                raise Killed

    def stop(**_: Any) -> None:
        if after and len(seen) >= most:
            raise Killed

    with watching(store, "before-call.dynamodb", note), watching(store, "after-call.dynamodb", stop):
        yield seen


@contextmanager
def small_pages(store: Store, size: int) -> Iterator[None]:
    """Limit every page of a Scan to `size` items."""

    def limit(params: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**params, "Limit": size}

    with watching(store, "provide-client-params.dynamodb.Scan", limit):
        yield
