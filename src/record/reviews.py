"""Counts overdue reviews of resources, from the dates that the last publish stored."""

from record import items
from record.store import Store


def overdue(store: Store, today: str) -> int | None:
    """Return how many resources were due for review before a day (ISO date), or None if no publish has stored that yet.

    Raises RecordUnavailable.
    """
    item = store.get(items.key(items.REVIEWS, items.DUE))
    if item is None:
        return None
    return sum(int(count["N"]) for day, count in item["days"]["M"].items() if day < today)
