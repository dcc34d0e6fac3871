"""Publishing: a whole record anew, the same once more, and with a hundred changes; beside it the engine's own pace, by BatchWriteItem."""

import resource
import time
from dataclasses import dataclass
from typing import Any

from bench.loading import make_table, staged, store_of
from record.store import Store
from record.writing.publishing import Publisher
from workbench.staging import Staging

BATCH = 25  # items; a DynamoDB limit


@dataclass(frozen=True, slots=True)
class Publish:
    """A publish: seconds of wall time, items written, and how many bytes the process grew by at its peak."""

    seconds: float
    items: int
    grown: int


def measure(endpoint: str, resources: int, changed: int) -> dict[str, Publish]:
    """Publish into a table of its own, which goes afterwards; return each publish, and the raw writing, by what it is of."""
    table = f"bench-publishing-{time.time_ns()}"
    store = store_of(endpoint, table)
    written = _counted(store)
    make_table(store)
    try:
        found = {}
        with staged(resources) as staging:
            found["all new"] = _publish(store, staging, "all new", written)
            found["nothing changed"] = _publish(store, staging, "nothing changed", written)
        with staged(resources, 1, changed) as staging:
            found[f"{changed} changed"] = _publish(store, staging, f"{changed} changed", written)
        found["BatchWriteItem"] = _raw(store, min(40_000, found["all new"].items))
        return found
    finally:
        store.client.delete_table(TableName=table)


def _publish(store: Store, staging: Staging, name: str, written: list[int]) -> Publish:
    before, peak, began = written[0], _peak(), time.perf_counter()
    release = Publisher(store, owner="bench", clock=time.time).publish(staging, name)
    seconds = time.perf_counter() - began
    assert (release is None) == (name == "nothing changed"), "what was staged is what was meant"
    return Publish(seconds, written[0] - before, _peak() - peak)


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
    return Publish(time.perf_counter() - began, sum(map(len, batches)), 0)


def _counted(store: Store) -> list[int]:
    """Return where the number of items that are written through a store is counted."""
    written = [0]

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name == "BatchWriteItem":
            written[0] += sum(map(len, params["RequestItems"].values()))
        elif model.name in ("PutItem", "UpdateItem", "DeleteItem"):
            written[0] += 1

    store.client.meta.events.register("provide-client-params.dynamodb", note)
    return written


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
