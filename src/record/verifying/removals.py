"""Verifies the digests of what redactions removed. The removed texts do not exist any more, so only the seal of all digests tells."""

import re
from collections.abc import Iterator

from record import items
from record.store import Store
from record.verifying.findings import REMOVED_KEY, Discrepancy
from record.writing.removals import seal_of_removals, stored_removals

_KEY = re.compile(r"([0-9a-f]{2})+")


def verify_removals(store: Store, release: int) -> Iterator[Discrepancy]:
    """Yield a discrepancy if the digests do not fit their seal. `release` is the current release."""
    where = f"{items.REMOVED} {items.REMOVED_KEY}"
    key, removals = stored_removals(store)
    if key is None:
        if next(removals, None) is not None:
            yield Discrepancy(where, release, "it is missing, but there are digests that were made with it")
    elif REMOVED_KEY.misfit(key) is None:  # the scan reports a malformed item
        if not _KEY.fullmatch(key["key"]["S"]):
            yield Discrepancy(where, release, "its key is not hexadecimal")
        elif key["seal"]["S"] != seal_of_removals(key["key"]["S"], removals):
            message = "its seal does not fit the digests of what was removed: one was changed, added or deleted"
            yield Discrepancy(where, release, message)
