"""Publishing: a whole new record, the same again, and a hundred changes; for comparison, the engine's own rate by BatchWriteItem.

Also a record of a tenth of the size, to compare the memory that Linux reports.
"""

import ctypes
import gc
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import loading
from bench.documents import reworded
from bench.loading import make_table, shaped, staged, store_of
from record.store import Store
from record.writing.publishing import Publisher
from workbench.staging import Staging

BATCH = 25  # items; a DynamoDB limit
FEWER = 10  # the smaller record has a tenth of the resources


@dataclass(frozen=True, slots=True)
class Publish:
    """A publish: seconds of wall time, items written, how many of them by updates, and the peak memory growth in bytes."""

    seconds: float
    items: int
    updates: int
    grown: int


def measure(endpoint: str, resources: int, changed: int) -> dict[str, Publish]:
    """Publish into temporary tables; return the measurements by name.

    In this order: a smaller new record, the new record, the same again, the changed resources, plain BatchWriteItem.
    """
    found = {}
    with _table(endpoint) as store, staged(resources // FEWER) as staging:
        found[f"{resources // FEWER:,} new"] = _publish(store, staging)
    with _table(endpoint) as store, shaped(resources) as staging:
        found[f"{resources:,} new"] = _publish(store, staging)
        found["nothing changed"] = _publish(store, staging)
        with loading.changed(staging, reworded(resources, changed)) as anew:
            found[f"{changed} changed"] = _publish(store, anew)
        found["BatchWriteItem"] = _raw(store, min(40_000, found[f"{resources:,} new"].items))
    assert [one.items > 10 for one in found.values()] == [True, True, False, True, True], (
        "every publish except the unchanged one writes items"
    )
    return found


@contextmanager
def _table(endpoint: str) -> Iterator[Store]:
    """Yield an empty table and delete it afterwards."""
    store = store_of(endpoint, f"bench-publishing-{time.time_ns()}")
    make_table(store)
    try:
        yield store
    finally:
        store.client.delete_table(TableName=store.table)


def _publish(store: Store, staging: Staging) -> Publish:
    with _counted(store) as written:
        before = _settled()
        began = time.perf_counter()
        Publisher(store, owner="bench", clock=time.time).publish(staging, "benchmark")
        return Publish(time.perf_counter() - began, written.total(), written["UpdateItem"], _memory("VmHWM") - before)


def _raw(store: Store, number: int) -> Publish:
    """Copy this number of the record's items to other keys, as fast as the engine accepts them."""
    batches: list[list[dict[str, Any]]] = []
    for page in store.scan(Limit=1_000):
        items: list[dict[str, Any]] = [{**item, "pk": {"S": f"RAW#{item['pk']['S']}"}} for item in page]
        batches += [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
        if sum(map(len, batches)) >= number:
            break
    began = time.perf_counter()
    for batch in batches:
        answer = store.client.batch_write_item(RequestItems={store.table: [{"PutRequest": {"Item": item}} for item in batch]})
        assert not answer["UnprocessedItems"], "an emulator accepts all of them"
    return Publish(time.perf_counter() - began, sum(map(len, batches)), 0, 0)


@contextmanager
def _counted(store: Store) -> Iterator[Counter[str]]:
    """Count the items that are written through a store inside this context, by operation."""
    written: Counter[str] = Counter()

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name == "BatchWriteItem":
            written[model.name] += sum(map(len, params["RequestItems"].values()))
        elif model.name in ("PutItem", "UpdateItem", "DeleteItem"):
            written[model.name] += 1

    events = store.client.meta.events
    events.register("provide-client-params.dynamodb", note)
    try:
        yield written
    finally:
        events.unregister("provide-client-params.dynamodb", note)


def _settled() -> int:
    """Free unused memory and reset the peak; return the current memory of the process in bytes.

    Otherwise the publish would reuse the memory that staging no longer needs, and its own use would be invisible.
    """
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # resets VmHWM: proc(5)
    return _memory("VmRSS")


def _memory(name: str) -> int:
    """Return a memory figure of the process, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) * 1024
