"""Deletes the revisions of a document from under its old path, after its id was redacted.

`rewriting` has written each of them under the new path. Nothing else in the table has the old path any more.
"""

from collections.abc import Callable

from record import items
from record.store import Store


def drop_revisions(store: Store, path: str, renew: Callable[[], None]) -> None:
    """Delete all revisions under a path, those of lost attempts too. `renew` raises LeaseLost if the lease was lost."""
    for page, _ in store.query(items.document_pk(path), "0", "~", ProjectionExpression="pk, sk"):
        renew()
        store.delete_all([dict(item) for item in page])
