"""Moving what ended long ago out of the way: index entries and totals go to the history of their lists.

So a current list costs what its live entries cost, however often they were updated. Readers at an old release look in both
places, here first, so an entry on the move is seen at least once. A reader may not know the newest release yet; that is why
nothing moves before a time of grace has passed since the release that ended it.
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
    """Move what the release of this attempt ended, and forget its intents. Safe to repeat, and to break off anywhere.

    `lost` are the stamps of attempts that nobody may see; `renew` is called now and then, and raises where the lease was lost.
    """
    for key, release, intents in intended.chunks(store, attempt):
        renew()
        mark = items.stamp(release, attempt)
        for intent in intents:
            _move_entries(store, intent, mark, renew)
        for name in sorted({name for intent in intents for name in intent.joined() | intent.left()}):
            _move_totals(store, name, mark, lost)
        store.delete_all([key])


def _move_entries(store: Store, intent: Intent, mark: str, renew: Callable[[], None]) -> None:
    keys = [items.key(pk, sk) for pk, sk in intent.old_entries()]
    ended = [dict(item) for item in store.batch_get(keys).values() if item.get("to") == items.text(mark)]
    renew()  # who slept since it read them may not bring back what was redacted meanwhile
    store.put_all([{**item, "pk": items.text(items.history_pk(item["pk"]["S"]))} for item in ended])
    store.delete_all([items.key(item["pk"]["S"], item["sk"]["S"]) for item in ended])


def _move_totals(store: Store, name: str, mark: str, lost: frozenset[str]) -> None:
    """Move a list's totals that one with this stamp, or one before it, took the place of."""
    key = items.key(items.total_pk(name), items.TOTAL)
    item: Item = store.get(key) or {}
    reached = sorted(stamp for stamp in item if stamp not in ("pk", "sk") and stamp <= mark and stamp not in lost)
    for stamp in reached[:-1]:
        old: NewItem = {**items.key(items.history_pk(items.total_pk(name)), items.old_total_sk(stamp)), "total": item[stamp]}
        store.put_all([old])
        store.update(key, "REMOVE #stamp", ExpressionAttributeNames={"#stamp": stamp})
