"""Whether a document fits into the table. `check` and `plan` ask before a publish does, with the functions that make the items.

The limits are DynamoDB's: 400 KB for an item, 2,048 bytes for a partition key, 1,024 bytes for a sort key.
"""

import json
from collections.abc import Iterator
from typing import Any

from record import items
from record.errors import KeyTooLong
from record.model import Document, Head, Origin
from record.writing.comparing import entry_places
from record.writing.leasing import Lease
from record.writing.making import Making, entries_of, fitting, revision_item

LONGEST_PK, LONGEST_SK = 2048, 1024  # bytes
MOST = 9_999_999_999  # of a number in a key
# More than all members of a revision's item take together, except for the content.
_AROUND = 4 * 1024
_SHORT = 32 * 1024  # bytes; the pointers to the fields of so short a content always fit into an item
_MAKING = Making(Lease(MOST, Head(MOST, 0, frozenset()), frozenset(), 0.0), MOST, "9999-12-31T23:59:59.999Z", "", "0" * 32, None, Origin())


def check_size(document: Document) -> None:
    """Raise ItemTooLarge or KeyTooLong if a publish could not write a document, or could write it but never change it."""
    if len(document.content) > items.LARGEST_REVISION - _AROUND:
        revision_item(_MAKING, document, MOST, "0" * 32, MOST)
    if len(document.content) > _SHORT:
        # If every value changes, the change in the feed names every field.
        named = [items.text(pointer) for pointer in _pointers(json.loads(document.content), "")]
        fitting(document.path, {**items.key(items.CHANGES, ""), "fields": {"L": named}}, items.LARGEST_ITEM - _AROUND)
    lists = document.standing
    for pk, sk in entry_places(document.path, (max(lists, key=len), *lists[:1]), dict(document.sort_keys), _MAKING.mark):
        for key, longest in ((items.history_pk(pk), LONGEST_PK), (sk, LONGEST_SK)):
            if (size := len(key.encode())) > longest:
                raise KeyTooLong(document.path, key, size, longest)
    orders = sorted(document.sort_keys.items())
    entry_bytes = sum(len(name.encode()) + 4 for name in (*lists, *document.values))
    if entry_bytes > items.LARGEST_ITEM // 4:
        entries_of(document, _MAKING.mark, entry_places(document.path, lists[:1], orders, _MAKING.mark), _MAKING.mark, MOST)
        # The intent of a change names the lists twice: before and after it.
        places: Any = json.dumps([lists, orders], ensure_ascii=False)
        fitting(document.path, {**items.key(items.intent_pk(MOST), items.padded(MOST)), "intents": items.text(places * 2)})


def _pointers(value: Any, at: str) -> Iterator[str]:
    """Yield a pointer to every value that has no others inside it."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in members:
        pointer = f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}"
        if isinstance(inner, dict | list) and inner:
            yield from _pointers(inner, pointer)
        else:
            yield pointer
