"""Publishing: a whole record anew, the same once more, and with a hundred changes; beside it the engine's own pace, by BatchWriteItem.

And a record of a tenth of it, for the memory, which Linux is asked for.
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
FEWER = 10  # times fewer resources, in the smaller record


@dataclass(frozen=True, slots=True)
class Publish:
    """A publish: seconds of wall time, items written, how many of them by updates, and by how many bytes the process grew at its peak."""

    seconds: float
    items: int
    updates: int
    grown: int


def measure(endpoint: str, resources: int, changed: int) -> dict[str, Publish]:
    """Publish into tables of their own, which go afterwards; return each publish, and the raw writing, by what it is of.

    In this order: a smaller record anew, the record anew, the same again, a hundred changed, the raw writing.
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
    assert [one.items > 10 for one in found.values()] == [True, True, False, True, True], "what was staged is what was meant"
    return found


@contextmanager
def _table(endpoint: str) -> Iterator[Store]:
    """Yield an empty table, which goes afterwards."""
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
        Publisher(store, owner="bench", clock=time.time).publish(staging, "measured")
        return Publish(time.perf_counter() - began, written.total(), written["UpdateItem"], _memory("VmHWM") - before)


def _raw(store: Store, number: int) -> Publish:
    """Write so many items as they are read back from the record itself, under keys of their own, as fast as the engine takes them."""
    batches: list[list[dict[str, Any]]] = []
    for page in store.scan(Limit=1_000):
        items: list[dict[str, Any]] = [{**item, "pk": {"S": f"RAW#{item['pk']['S']}"}} for item in page]
        batches += [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
        if sum(map(len, batches)) >= number:
            break
    began = time.perf_counter()
    for batch in batches:
        answer = store.client.batch_write_item(RequestItems={store.table: [{"PutRequest": {"Item": item}} for item in batch]})
        assert not answer["UnprocessedItems"], "an emulator takes all of them"
    return Publish(time.perf_counter() - began, sum(map(len, batches)), 0, 0)


@contextmanager
def _counted(store: Store) -> Iterator[Counter[str]]:
    """Yield how many items are written through a store meanwhile, by operation."""
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
    """Give back what is free, and let the peak begin anew; return how much memory the process has now, in bytes.

    What staging took and no longer needs would else be taken again by the publish, and nothing of that be seen.
    """
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # resets VmHWM: proc(5)
    return _memory("VmRSS")


def _memory(name: str) -> int:
    """Return a figure of the process's memory, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) * 1024
