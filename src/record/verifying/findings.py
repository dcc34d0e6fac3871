"""The findings of a verification, the expected attributes of each kind of item, and which stamps are valid."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from record import items
from record.model import Head, Seal
from record.writing.comparing import Placed, entry_places, placed_of

if TYPE_CHECKING:
    from record.items import Item

_WHOLE = re.compile(r"-?[0-9]{1,18}")  # SQLite, which compares them, has integers of 64 bits
_HASH = re.compile(r"[0-9a-f]{64}")
STAMP = re.compile(r"\d{10}\.\d{10}")
NUMBERED = re.compile(r"\d{10}")


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Something in the table that is not as it was published: where, in which release, and what.

    `path` is the path of the document, or the item's key if it has no document.
    """

    path: str
    release: int
    message: str


@dataclass(frozen=True, slots=True)
class Redaction:
    """A revision that a release redacted, when, and why. The removed text does not exist any more.

    If it was the message of a release, `path` is `releases/<number>`, and there is no `number`.
    """

    path: str
    number: int | None
    release: int
    published_at: str
    reason: str


class OtherRules(NamedTuple):
    """Releases from `first` to `last` whose index was made by the rules number `rules`.

    This version has the rules number `ours`, so it can't derive the index of these releases from their documents.
    """

    first: int
    last: int
    rules: int
    ours: int


@dataclass(frozen=True, slots=True)
class Shape:
    """The attributes of a kind of item, except its key: required and optional names, each with its DynamoDB type."""

    needed: Mapping[str, str]
    optional: Mapping[str, str] = field(default_factory=dict)

    def misfit(self, item: "Item") -> str | None:
        """Return what is wrong with an item of this kind, or None."""
        for name, value in item.items():
            if name in ("pk", "sk"):
                continue
            wanted = self.needed.get(name) or self.optional.get(name)
            if wanted is None:
                return f"it has the unknown attribute {name}"
            if not _is(value, wanted):
                return f"its {name} has the wrong type"
        missing = sorted(self.needed.keys() - item.keys())
        return f"its {missing[0]} is missing" if missing else None


def _is(value: Mapping[str, object], wanted: str) -> bool:
    (kind, content), *_ = value.items()
    if wanted in _JSON:
        return kind == "S" and _JSON[wanted](_parsed(str(content)))
    if kind != wanted:
        return (kind, wanted) == ("N", "decimal")
    if kind == "N":
        return _WHOLE.fullmatch(str(content)) is not None
    if kind == "NS":
        return isinstance(content, list) and all(_WHOLE.fullmatch(str(member)) for member in content)
    if kind == "M":
        return isinstance(content, dict) and all(_is(member, "N") for member in content.values())
    return kind != "L" or (isinstance(content, list) and all(_is(member, "S") for member in content))


def _parsed(text: str) -> object:
    """Return the value of compact JSON, or None if the text is something else."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if items.compact(value) == items.text(text) else None


def _are_salts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(salt, str) for salt in value.values())


def _are_seals(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_seal(one) for one in value)


def _is_seal(value: object) -> bool:
    if not isinstance(value, list) or len(value) != len(Seal._fields):
        return False
    release, seal, hashes = value
    # A text that is not a hash could stand for several hashes, and so for values that no redaction named.
    hexadecimal = isinstance(seal, str) and isinstance(hashes, dict) and all(isinstance(one, str) for one in hashes.values())
    return type(release) is int and hexadecimal and all(_HASH.fullmatch(one) for one in (seal, *hashes.values()))


_JSON = {"salts": _are_salts, "seals": _are_seals}  # attributes that hold JSON

CURRENT = Shape({"release": "N", "epoch": "N", "attempt": "N"}, {"owner": "S", "lease_until": "decimal", "lost": "SS", "unclean": "NS"})
RELEASE = Shape(
    {"release": "N", "published_at": "S", "attempt": "N", "counts": "M", "changes": "M", "index_rules": "N"}
    | dict.fromkeys(("message", "message_seal", "digest"), "S"),
    {"parent": "S", "message_salt": "S", "row": "S", "commit": "S", "modified": "BOOL"},
)
CHANGE = Shape(
    {"path": "S", "kind": "S", "release": "N", "seal": "S", "fields": "L"}, {"number": "N", "digest": "S", "reason": "S", "target": "S"}
)
REVISION = Shape(
    {
        **dict.fromkeys(("path", "published_at", "state", "body", "digest", "content_digest"), "S"),
        "number": "N",
        "release": "N",
        "rows": "SS",
        "salts": "salts",
        "seals": "seals",
    },
    {"reason": "S", "target": "S"},
)
OLD_TOTAL = Shape({"total": "N"})
DUE = Shape({"days": "M"})
REMOVED = Shape({"length": "N", "at": "S", "release": "N", "reason": "S"})
REMOVED_KEY = Shape({"key": "S", "seal": "S"})
ENTRY = Shape({"revision": "S", "from": "S"}, {"to": "S", "values": "SS", "first": "S", "last": "S"})
BY_ID = Shape({**ENTRY.needed, "number": "N", "content_digest": "S", "placement": "S", "places": "S"}, ENTRY.optional)
CHUNK = Shape({"release": "N", "intents": "S"}, {"first": "N"})


@dataclass(slots=True)
class Marks:
    """Which stamps are valid: those of releases, but not those of lost attempts or of a publish in progress.

    `attempts` made the releases 1, 2, 3 and so on; None if the item of a release does not say. `under_way` is the stamp of a publish in
    progress.
    """

    head: Head
    attempt: int
    unclean: frozenset[int]
    under_way: str | None
    attempts: list[int | None] = field(default_factory=list)

    def ignores(self, mark: str) -> bool:
        """Return whether items with this stamp are not part of the record."""
        return mark in self.head.lost or mark == self.under_way

    def is_published(self, mark: str) -> bool:
        """Return whether this is the stamp of a release."""
        if not STAMP.fullmatch(mark) or not 1 <= release_in(mark) <= len(self.attempts):
            return False
        attempt = self.attempts[release_in(mark) - 1]
        return attempt is None or mark == items.stamp(release_in(mark), attempt)

    def end_of(self, entry: "Item") -> str | None:
        """Return the stamp at which an index entry ended, or None if it has not ended."""
        mark = entry["to"].get("S") if "to" in entry else None
        return None if mark is None or self.ignores(mark) else mark

    def is_unclean(self, mark: str) -> bool:
        """Return whether entries that ended at this stamp may not be archived yet."""
        return int(mark[11:]) in self.unclean

    def won(self) -> list[tuple[int, int]]:
        """Return (attempt, release) of the releases that still have intents."""
        return [(attempt, number) for number, attempt in enumerate(self.attempts, 1) if attempt is not None and attempt in self.unclean]


def release_in(mark: str) -> int:
    """Return the release of a stamp, or 0 if it is not a stamp."""
    return int(mark[:10]) if STAMP.fullmatch(mark) else 0


def parsed(name: str, item: "Item") -> Placed | None:
    """Return the document that a by-id entry of this list describes, or None if no publish would write it like this."""
    if BY_ID.misfit(item):
        return None
    try:
        lists, orders = json.loads(item["places"]["S"])
        placed = placed_of(name, item)
        entry_places(placed.path, placed.lists, placed.sort_keys, placed.mark)
        whole = json.dumps([lists, orders], ensure_ascii=False, separators=(",", ":"))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    in_order = lists == [name, *sorted(set(lists[1:]))] and orders == sorted(orders)
    return placed if in_order and whole == item["places"]["S"] else None


@dataclass(frozen=True, slots=True)
class Generation:
    """The index entries of a document from one stamp to the next; `until` is None if they are current.

    `here` says whether its by-id entry is in the list, `there` whether it is in the list's history. While it moves, it is in both.
    """

    placed: Placed
    entry: "Item"
    until: str | None
    here: bool
    there: bool

    @property
    def revises(self) -> bool:
        """True if it began with a new revision; false if the document only moved."""
        return self.placed.revision == self.placed.mark

    def places(self) -> list[tuple[str, str]]:
        """Return the (pk, sk) of its entries, in the lists and not in their histories."""
        return entry_places(self.placed.path, self.placed.lists, self.placed.sort_keys, self.placed.mark)
