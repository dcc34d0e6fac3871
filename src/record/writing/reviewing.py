"""Stores how many reviews are due on which day, for monitoring. It is not part of any release."""

from collections.abc import Mapping

from record import items
from record.store import Store


def note_due(store: Store, due: Mapping[str, int]) -> None:
    """Store how many resources are due for review on each day (ISO date). Replaces what was stored before."""
    days = {day: items.number(count) for day, count in sorted(due.items())}
    store.put_all([{**items.key(items.REVIEWS, items.DUE), "days": {"M": days}}])
