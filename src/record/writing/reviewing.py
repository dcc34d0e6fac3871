"""When which number of reviews is due, noted beside the record for whoever measures it. No part of any release."""

from collections.abc import Mapping

from record import items
from record.store import Store


def note_due(store: Store, due: Mapping[str, int]) -> None:
    """Note how many resources are to be looked at again on which day (ISO date), in place of what was noted before."""
    days = {day: items.number(count) for day, count in sorted(due.items())}
    store.put_all([{**items.key(items.REVIEWS, items.DUE), "days": {"M": days}}])
