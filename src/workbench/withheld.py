"""The addresses of suppressed sources that earlier revisions still have. No resource may lead to them."""

import json
from collections.abc import Iterable, Iterator

from record import items
from record.store import Store
from schemas.pointers import leaves

_STARTS = ("http://", "https://")


def addresses_of(store: Store, sources: Iterable[str]) -> Iterator[str]:
    """Yield every URL in the stored revisions of these sources."""
    for path in sources:
        for page, _ in store.query(items.document_pk(path), "0", "~", ProjectionExpression="body"):
            for item in page:
                yield from (text for _, text in leaves(json.loads(item["body"]["S"])) if isinstance(text, str) and text.startswith(_STARTS))
