"""How many reviews of the record's resources are overdue, from what the last publish noted."""

from record import items
from record.store import Store


def overdue(store: Store, today: str) -> int | None:
    """Return how many resources were to be looked at again before a day (ISO date); None where nothing was noted yet.

    Raises RecordUnavailable.
    """
    item = store.get(items.key(items.REVIEWS, items.DUE))
    if item is None:
        return None
    return sum(int(count["N"]) for day, count in item["days"]["M"].items() if day < today)
