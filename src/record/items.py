"""The items of the table: their keys, and how values become attributes.

| item | pk | sk |
|---|---|---|
| current release | `RELEASE` | `CURRENT` |
| release | `RELEASE` | release |
| intended writes | `INTENT#<attempt>` | chunk |
| what a redaction is to do | `REDACTION#<attempt>` | `!`, then one for each step |
| revision | `DOC#<path>` | stamp |
| index entry | `LIST#<list>|<order>` | `<sort key>#<slug>#<stamp>` |
| index entry that ended long ago | `HISTORY#<list>|<order>` | the same |
| list total | `LIST#<list>` | `!`, one attribute a stamp |
| list total of long ago | `HISTORY#<list>` | `!<stamp>` |
| when reviews are due | `REVIEW` | `DUE`, one member a day: how many resources |
| change | `CHANGES` | `<release>#<path>#<stamp>`, of a redaction `<release>#<path>#<revision>#<stamp>` |

A restore from a back-up marks a table that is not whole yet by an item `RESTORE`, `RESTORE`.

A stamp is `<release>.<attempt>`, zero-padded: two attempts at one release never share a key, so a publisher that goes on
after its lease was taken over can overwrite nothing, and readers skip what a lost attempt wrote. An entry says by stamps
`from` which publish it counts and, once ended, `to` which one it no longer does; and the stamp of its document's `revision`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item: TypeAlias = Mapping[str, AttributeValueTypeDef]
    NewItem: TypeAlias = dict[str, AttributeValueTypeDef]

RELEASES = "RELEASE"
CURRENT = "CURRENT"
CHANGES = "CHANGES"
REVIEWS, DUE = "REVIEW", "DUE"
TOTAL = "!"
BY_ID = "id"
LARGEST_ITEM = 400 * 1024  # bytes; a DynamoDB limit
LARGEST_REVISION = LARGEST_ITEM - 8 * 1024  # a redaction adds to it that it was redacted

# Above and below everything that can stand in a sort key: all parts of one are made of characters above `#`.
LOWEST, HIGHEST = "#", "\U0010ffff"


def padded(number: int) -> str:
    """Return a number so that text sorts as numbers do."""
    return f"{number:010d}"


def stamp(release: int, attempt: int) -> str:
    """Return the mark of what an attempt at a release wrote."""
    return f"{release:010d}.{attempt:010d}"


def stamp_of(sk: str) -> str:
    """Return the stamp that a key ends in."""
    return sk.rpartition("#")[2]


def bound(release: int) -> str:
    """Return what every stamp at a release or before it sorts below, and every later one above."""
    return f"{release:010d}~"


def document_pk(path: str) -> str:
    """Return the partition of a document's revisions."""
    return f"DOC#{path}"


def list_pk(name: str, sort: str) -> str:
    """Return the partition of a list in an order."""
    return f"LIST#{name}|{sort}"


def total_pk(name: str) -> str:
    """Return the partition of a list's totals."""
    return f"LIST#{name}"


def history_pk(pk: str) -> str:
    """Return the partition of what ended long ago in the partition of a list or its totals."""
    return f"HISTORY#{pk.removeprefix('LIST#')}"


def old_total_sk(mark: str) -> str:
    """Return the key of a list's total as it was from a stamp on, in its history."""
    return f"{TOTAL}{mark}"


def intent_pk(attempt: int) -> str:
    """Return the partition of an attempt's intended writes."""
    return f"INTENT#{padded(attempt)}"


def redaction_pk(attempt: int) -> str:
    """Return the partition of what a redaction notes to be done."""
    return f"REDACTION#{padded(attempt)}"


def entry_sk(sort_key: str, path: str, mark: str) -> str:
    """Return an index entry's key in its list."""
    return f"{sort_key}#{path.partition('/')[2]}#{mark}"


def change_sk(path: str, mark: str, redacted: int | None = None) -> str:
    """Return a change's key in the feed; a release that redacts has one for each revision of a document."""
    return f"{mark[:10]}#{path}#{mark}" if redacted is None else f"{mark[:10]}#{path}#{padded(redacted)}#{mark}"


def path_of(list_name: str, sk: str) -> str:
    """Return the path of the document that an index entry is of."""
    return f"{list_name.partition('?')[0]}/{sk.rsplit('#', 2)[1]}"


def text(value: str) -> "AttributeValueTypeDef":
    """Return a text as an attribute."""
    return {"S": value}


def number(value: int) -> "AttributeValueTypeDef":
    """Return a whole number as an attribute."""
    return {"N": str(value)}


def texts(values: Iterable[str]) -> "AttributeValueTypeDef":
    """Return texts as a set attribute; a set is never empty."""
    return {"SS": sorted(set(values))}


def key(pk: str, sk: str) -> "NewItem":
    """Return an item's key."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def size(item: "Item") -> int:
    """Return an item's size in bytes as DynamoDB counts it, or slightly more."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: "AttributeValueTypeDef") -> int:
    (kind, content), *_ = value.items()
    if isinstance(content, str):
        return len(content.encode()) if kind == "S" else len(content) // 2 + 3
    if isinstance(content, Mapping):
        return 3 + sum(len(name.encode()) + 1 + _size(inner) for name, inner in content.items())
    if isinstance(content, Sequence) and not isinstance(content, bytes):
        return 3 + sum(1 + (len(inner.encode()) if isinstance(inner, str) else _size(inner)) for inner in content)
    return 1
