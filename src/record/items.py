"""The items of the table: their keys, and how Python values become attributes. Start here, then read `model`.

One DynamoDB table holds the record. Its partition key is `pk`, its sort key `sk`. docs/glossary.md explains the terms.

| item | pk | sk |
|---|---|---|
| current release (the head), with the lease or the claim of a restore | `RELEASE` | `CURRENT` |
| release | `RELEASE` | `<release>` |
| intents of a publish | `INTENT#<attempt>` | `<chunk>` |
| notes of a redaction | `REDACTION#<attempt>` | `!` for the head, then one number per step |
| revision | `DOC#<path>` | `<stamp>` |
| index entry | `LIST#<list>|<order>` | `<sort key>#<slug>#<stamp>` |
| archived index entry | `HISTORY#<list>|<order>` | `<sort key>#<slug>#<stamp>` |
| totals of a list | `LIST#<list>` | `!`, with one attribute per stamp |
| archived total of a list | `HISTORY#<list>` | `!<stamp>` |
| change | `CHANGES` | `<release>#<position>#<stamp>`; positions count from 1 in each release |
| digest of what a redaction removed | `REMOVED` | `<digest>`, or `<digest>#<digest of the place>` if it counts only there |
| key of these digests, and their seal | `REMOVED` | `!` |
| number of reviews due | `REVIEW` | `DUE`, with one map member per day |

Numbers in keys are padded with zeros to ten digits, so that text sorts as numbers do.

Everything that a publish writes carries its stamp, `<release>.<attempt>`. Two attempts at one release therefore never share a
key: a publisher that continues after it lost its lease can't overwrite anything, and readers ignore the stamps of lost attempts.

An index entry is valid from the stamp in `from` until the stamp in `to`; while it is current it has no `to`. Its `revision` is the
stamp of the revision that it points to.

A revision names its changes in the feed (`rows`, their sort keys): the one that published it, and one for each redaction. A release
whose message was redacted names the change that says so (`row`).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item: TypeAlias = Mapping[str, AttributeValueTypeDef]
    NewItem: TypeAlias = dict[str, AttributeValueTypeDef]

RELEASES = "RELEASE"
CURRENT = "CURRENT"
CHANGES = "CHANGES"
REMOVED, REMOVED_KEY = "REMOVED", "!"
REVIEWS, DUE = "REVIEW", "DUE"
TOTAL = "!"
NOTED = "!"  # the sort key of the head note of a redaction
BY_ID = "id"
LARGEST_ITEM = 400 * 1024  # bytes; a DynamoDB limit
LARGEST_REVISION = LARGEST_ITEM * 5 // 8  # bytes; the rest is for what redactions add to a revision: their notes, salts and hashes

# Bounds below and above every sort key of a list: the parts of a key contain only characters above `#`.
LOWEST, HIGHEST = "#", "\U0010ffff"


def padded(number: int) -> str:
    """Return a number padded with zeros, so that text sorts as numbers do."""
    return f"{number:010d}"


def stamp(release: int, attempt: int) -> str:
    """Return the stamp of everything that this attempt at this release writes."""
    return f"{release:010d}.{attempt:010d}"


def stamp_of(sk: str) -> str:
    """Return the stamp at the end of a sort key."""
    return sk.rpartition("#")[2]


def bound(release: int) -> str:
    """Return a text that sorts after every stamp up to this release and before every later one."""
    return f"{release:010d}~"


def document_pk(path: str) -> str:
    """Return the partition of a document's revisions."""
    return f"DOC#{path}"


def list_pk(name: str, sort: str) -> str:
    """Return the partition of a list's index entries in one order."""
    return f"LIST#{name}|{sort}"


def total_pk(name: str) -> str:
    """Return the partition of a list's totals."""
    return f"LIST#{name}"


def history_pk(pk: str) -> str:
    """Return the partition to which the ended entries, or the old totals, of a list's partition are archived."""
    return f"HISTORY#{pk.removeprefix('LIST#')}"


def old_total_sk(mark: str) -> str:
    """Return the sort key of an archived total, which was valid from this stamp on."""
    return f"{TOTAL}{mark}"


def intent_pk(attempt: int) -> str:
    """Return the partition of an attempt's intents."""
    return f"INTENT#{padded(attempt)}"


def redaction_pk(attempt: int) -> str:
    """Return the partition of the notes of an attempt that is a redaction."""
    return f"REDACTION#{padded(attempt)}"


def entry_sk(sort_key: str, path: str, mark: str) -> str:
    """Return an index entry's sort key."""
    return f"{sort_key}#{path.partition('/')[2]}#{mark}"


def change_sk(position: int, mark: str) -> str:
    """Return a change's sort key in the feed. `position` is its place in the release of the stamp, counted from 1."""
    return f"{mark[:10]}#{padded(position)}#{mark}"


def release_path(release: int) -> str:
    """Return the path of a release, under which the feed names the redaction of its message."""
    return f"releases/{release}"


def path_of(list_name: str, sk: str) -> str:
    """Return the path of the document to which an index entry belongs."""
    return f"{list_name.partition('?')[0]}/{sk.rsplit('#', 2)[1]}"


def text(value: str) -> "AttributeValueTypeDef":
    """Return a string attribute."""
    return {"S": value}


def number(value: int) -> "AttributeValueTypeDef":
    """Return a number attribute from an integer."""
    return {"N": str(value)}


def compact(value: object) -> "AttributeValueTypeDef":
    """Return a string attribute that holds a value as JSON."""
    return {"S": json.dumps(value, ensure_ascii=False, separators=(",", ":"))}


def texts(values: Iterable[str]) -> "AttributeValueTypeDef":
    """Return a string set attribute. DynamoDB allows no empty set."""
    return {"SS": sorted(set(values))}


def key(pk: str, sk: str) -> "NewItem":
    """Return an item's key."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def size(item: "Item") -> int:
    """Return an item's size in bytes as DynamoDB counts it, or a little more."""
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
