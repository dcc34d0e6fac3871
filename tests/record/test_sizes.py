"""Whether a document fits into the table: said before a publish, and never less strictly than the publish itself."""

from dataclasses import replace
from typing import Any

import pytest
import rfc8785

from record.errors import ItemTooLarge, KeyTooLong
from record.items import LARGEST_REVISION
from record.model import Document
from record.writing.sizes import check_size
from tests.conftest import World

PATH = "sources/a-source"


def document(length: int) -> Document:
    """Return a document with a text of this length."""
    return Document(PATH, rfc8785.dumps({"id": PATH, "type": "source", "text": "x" * length}))


def fits(length: int) -> bool:
    """Return whether a text of this length fits."""
    try:
        check_size(document(length))
    except ItemTooLarge:
        return False
    return True


def test_what_fits_can_be_published_and_little_more(world: World) -> None:
    """The longest text that passes the check is published. A text that is a hundred bytes longer is refused by both."""
    low, high = 0, LARGEST_REVISION
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    assert LARGEST_REVISION - low < 2_000
    publisher = world.publisher()
    with pytest.raises(ItemTooLarge):
        publisher.publish([document(low + 200)], "Too long")
    assert publisher.publish([document(low)], "As long as possible") is not None


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"sort_keys": {"name": "x" * 1_000}}, KeyTooLong, "would get a key of 1,0"),
        ({"lists": (f"sources?case={'x' * 2_050}",)}, KeyTooLong, "the limit is 2,048"),
        ({"lists": tuple(f"sources?case=cases/{number:0100d}" for number in range(2_000))}, ItemTooLarge, "too large"),
        ({"values": tuple(f"case=cases/{number:0100d}" for number in range(4_000))}, ItemTooLarge, "too large"),
        ({"content": rfc8785.dumps({"a-long-name": {"b-long-name": [[0]] * 20_000}})}, ItemTooLarge, "too large"),
    ],
    ids=["sort key", "list", "lists", "values", "fields"],
)
def test_everything_that_the_table_limits_is_checked(changes: dict[str, Any], error: type[Exception], said: str) -> None:
    """Keys, index entries, intents and changes have limits too."""
    with pytest.raises(error, match=said):
        check_size(replace(document(1), **changes))
