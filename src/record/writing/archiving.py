"""Archives index entries and totals that ended: moves them from their lists to the lists' histories.

So reading a current list costs the same however often its documents were updated. Readers at an old release read the list first,
then its history, so they see an entry that is just moving at least once. A reader may not know the newest release yet, so nothing
moves before a grace period after the release that ended it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from record import items
from record.store import Store
from record.writing import intents as intended
from record.writing.intents import Intent

if TYPE_CHECKING:
    from record.items import Item, NewItem


def archive(store: Store, attempt: int, lost: frozenset[str], renew: Callable[[], None] = lambda: None) -> None:
    """Archive what the release of this attempt ended, and delete its intents. Safe to repeat, and to interrupt anywhere.

    `lost` are the stamps of lost attempts. `renew` is called from time to time; it raises LeaseLost if the lease was lost.
    """
    for chunk in intended.chunks(store, attempt):
        renew()
        mark = items.stamp(chunk.release, attempt)
        for intent in chunk.intents:
            _move_entries(store, intent, mark, renew)
        for name in sorted({name for intent in chunk.intents for name in intent.joined() | intent.left()}):
            _move_totals(store, name, mark, lost)
        store.delete_all([chunk.key])


def _move_entries(store: Store, intent: Intent, mark: str, renew: Callable[[], None]) -> None:
    keys = [items.key(pk, sk) for pk, sk in intent.old_entries()]
    ended = [dict(item) for item in store.batch_get(keys).values() if item.get("to") == items.text(mark)]
    renew()  # if the lease was lost while we were paused, someone may have redacted what we are about to write
    store.put_all([{**item, "pk": items.text(items.history_pk(item["pk"]["S"]))} for item in ended])
    store.delete_all([items.key(item["pk"]["S"], item["sk"]["S"]) for item in ended])


def _move_totals(store: Store, name: str, mark: str, lost: frozenset[str]) -> None:
    """Archive those of a list's totals that were replaced at this stamp or before."""
    key = items.key(items.total_pk(name), items.TOTAL)
    item: Item = store.get(key) or {}
    reached = sorted(stamp for stamp in item if stamp not in ("pk", "sk") and stamp <= mark and stamp not in lost)
    for stamp in reached[:-1]:
        old: NewItem = {**items.key(items.history_pk(items.total_pk(name)), items.old_total_sk(stamp)), "total": item[stamp]}
        store.put_all([old])
        store.update(key, "REMOVE #stamp", ExpressionAttributeNames={"#stamp": stamp})
