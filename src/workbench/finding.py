"""Finds a text in everything that the table holds: revisions, changes, messages, ids, lists, and what unfinished attempts left.

Both sides are folded as the scans for personal data fold a text, so another spelling of the same characters is found as well.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from record import items
from record.model import Head
from record.store import Store
from record.writing.leasing import current_head
from schemas.pointers import Json, leaves, split
from schemas.v1.safety.folding import fold, without_accents
from workbench.phrases import phrases_of

if TYPE_CHECKING:
    from record.items import Item

_BETWEEN_WORDS = re.compile(r"[\W_]+")
_FEWEST_DIGITS = 5  # a text of so many digits and no letter is a number, which can be written with other separators
# Members that the publish sets, and attributes of the engine. They hold numbers, times and digests, and no text of the record.
_SET_BY_PUBLISH = frozenset({"type", "revision", "release", "published_at"})
_OF_THE_ENGINE = frozenset(
    {
        *("pk", "sk", "path", "number", "release", "published_at", "state", "kind", "digest", "content_digest", "rows"),
        *("seal", "seals", "salts"),
        *("message_salt", "message_seal", "parent", "attempt", "revision", "from", "to", "placement"),
    }
)


class Where(StrEnum):
    """In what a text was found."""

    ID = "id"
    FIELD = "field"  # of a revision
    CHANGE = "change"  # a row of the feed
    MESSAGE = "message"  # of a release
    LIST = "list"  # the name of a list
    ORDER = "order"  # the key that sorts a resource in a list
    NOTE = "note"  # of a publish or a redaction, for its own use
    OTHER = "other"  # any other item


class Standing(StrEnum):
    """Who can read it."""

    CURRENT = "current"  # whoever reads the current release, the feed or the releases
    PAST = "past"  # whoever reads an older release
    HIDDEN = "hidden"  # nobody through the API: notes, and what an attempt wrote that was never published


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that has the text.

    `at` is the JSON Pointer of the field, the name of the list or of the order, or the key of another item. `path` is the resource,
    `revision` and `release` are numbers; they are None where there is no such thing.
    """

    where: Where
    standing: Standing
    path: str | None = None
    revision: int | None = None
    release: int | None = None
    at: str | None = None


class Needle:
    """A text to find."""

    def __init__(self, text: str) -> None:
        """Fold the text. Raises ValueError if nothing is left of it."""
        self._folded = fold(text).text.strip()
        if not self._folded:
            raise ValueError("there is no visible character in it")
        self._bare = _bare(self._folded)
        self._phrases = phrases_of([text])
        digits = sum(character.isdigit() for character in self._bare)
        self._is_number = digits == len(self._bare) >= _FEWEST_DIGITS

    def is_in(self, text: str) -> bool:
        """Return whether a text contains it.

        Whole words are found as a redaction finds them, whatever the separators and accents. So are parts of a number, an id, and any
        other text without blanks.
        """
        folded = fold(text).text
        if self._folded in folded or any(phrase.is_in(text) for phrase in self._phrases):
            return True
        return bool(self._bare) and (self._is_number or " " not in folded) and self._bare in _bare(folded)


def find(store: Store, text: str) -> Iterator[Hit]:
    """Return every place of the table that has the text, each once, in no particular order. Raises ValueError if the text is blank.

    It scans the table page by page. Only the hits stay in memory.
    """
    return _found(store, Needle(text))


def _found(store: Store, needle: Needle) -> Iterator[Hit]:
    search = _Search(store, current_head(store), needle)
    seen: set[Hit] = set()
    for page in store.scan():
        for item in page:
            for hit in search.hits(item):
                if hit not in seen:
                    seen.add(hit)
                    yield hit


@dataclass(frozen=True, slots=True)
class _Search:
    store: Store
    head: Head
    needle: Needle

    def hits(self, item: "Item") -> list[Hit]:
        """Return the hits of one item."""
        try:
            return list(self._in_item(item))
        except (LookupError, TypeError, ValueError):  # somebody has changed it by hand; `article33 verify` says what is wrong with it
            return list(self._in_any(item, Where.OTHER))

    def _in_item(self, item: "Item") -> Iterator[Hit]:
        pk = item["pk"]["S"]
        kind, _, rest = pk.partition("#")
        if kind == "DOC":
            yield from self._in_revision(item, rest)
        elif kind in ("LIST", "HISTORY"):
            yield from self._in_list(item, rest)
        elif pk == items.CHANGES:
            yield from self._in_change(item)
        elif pk == items.RELEASES and "message" in item:
            yield from self._in_release(item)
        else:
            yield from self._in_any(item, Where.NOTE if kind in ("INTENT", "REDACTION") else Where.OTHER)

    def _in_any(self, item: "Item", where: Where) -> Iterator[Hit]:
        texts = (text for name, value in item.items() for text in (name, *_texts(value)))
        if any(self.needle.is_in(text) for text in texts):
            yield Hit(where, Standing.HIDDEN, at=item["pk"]["S"])

    def _in_revision(self, item: "Item", path: str) -> Iterator[Hit]:
        number, release = _number(item, "number"), _number(item, "release")
        shown = self._is_shown(item["sk"]["S"])
        fields = [field for field, text in _of_body(item) if self.needle.is_in(text)]
        fields += [f"/{name}" for name, text in _attributes(item) if name != "body" and self.needle.is_in(text)]
        if fields:
            standing = Standing.HIDDEN
            if shown:
                standing = Standing.PAST if self._has_later(item) else Standing.CURRENT
            for field in dict.fromkeys(fields):
                yield Hit(Where.FIELD, standing, path, number, release, field)
        yield from self._in_path(path, shown=shown)

    def _in_list(self, item: "Item", partition: str) -> Iterator[Hit]:
        name, _, order = partition.partition("|")
        sk = item["sk"]["S"]
        if not order:  # the totals of a list
            if self.needle.is_in(name):
                yield Hit(Where.LIST, Standing.PAST if item["pk"]["S"].startswith("HISTORY") else Standing.CURRENT, at=name)
            return
        start, end = item.get("from", {}).get("S", items.stamp_of(sk)), item.get("to", {}).get("S")
        shown = self._is_shown(start)
        standing = Standing.HIDDEN if not shown else Standing.PAST if end and self._is_shown(end) else Standing.CURRENT
        path = items.path_of(name, sk)
        lists, orders = json.loads(item["places"]["S"]) if "places" in item else ([], [])
        collection = name.partition("?")[0]
        names = [name, *lists, *(f"{collection}?{value}" for value in item.get("values", {}).get("SS", ()))]
        for one in dict.fromkeys(names):
            if self.needle.is_in(one):
                yield Hit(Where.LIST, standing, at=one)
        for one, key in [(order, sk.rsplit("#", 2)[0]), *orders]:
            if self.needle.is_in(key):
                yield Hit(Where.ORDER, standing, path, at=one)
        for attribute, text in _attributes(item):
            if attribute not in ("places", "values") and self.needle.is_in(text):
                yield Hit(Where.ORDER, standing, path, at=attribute)
        yield from self._in_path(path, shown=shown)

    def _in_change(self, item: "Item") -> Iterator[Hit]:
        path, shown = item["path"]["S"], self._is_shown(items.stamp_of(item["sk"]["S"]))
        for name, text in _attributes(item):
            if self.needle.is_in(text):
                standing = Standing.CURRENT if shown else Standing.HIDDEN
                yield Hit(Where.CHANGE, standing, path, _number(item, "number"), _number(item, "release"), f"/{name}")
        yield from self._in_path(path, shown=shown)

    def _in_release(self, item: "Item") -> Iterator[Hit]:
        release = _number(item, "release") or 0
        standing = Standing.CURRENT if self._is_shown(items.stamp(release, _number(item, "attempt") or 0)) else Standing.HIDDEN
        for name, text in _attributes(item):
            if self.needle.is_in(text):
                yield Hit(Where.MESSAGE if name == "message" else Where.OTHER, standing, release=release, at=f"/{name}")

    def _in_path(self, path: str, *, shown: bool) -> Iterator[Hit]:
        if self.needle.is_in(path):
            yield Hit(Where.ID, Standing.CURRENT if shown else Standing.HIDDEN, path)

    def _is_shown(self, mark: str) -> bool:
        """Return whether readers of some release see what carries a stamp."""
        return mark not in self.head.lost and mark < items.bound(self.head.release)

    def _has_later(self, item: "Item") -> bool:
        """Return whether a later revision of the same resource is in the record."""
        after, bound = f"{item['sk']['S']}\x00", items.bound(self.head.release)
        pages = self.store.query(item["pk"]["S"], after, bound, ProjectionExpression="sk")
        return any(later["sk"]["S"] not in self.head.lost for page, _ in pages for later in page)


def _bare(folded: str) -> str:
    return _BETWEEN_WORDS.sub("", without_accents(folded))


def _of_body(item: "Item") -> Iterator[tuple[str, str]]:
    """Yield the JSON Pointer and the text of each value in a revision's body, its id excepted."""
    content = _json(item.get("body", {}).get("S", "null"))
    for pointer, value in leaves(content):
        if value is not None and split(pointer)[:1] not in (["id"], *([name] for name in _SET_BY_PUBLISH)):
            yield pointer, str(value)


def _attributes(item: "Item") -> Iterator[tuple[str, str]]:
    """Yield the name and each text of the attributes that hold text of the record."""
    for name, value in item.items():
        if name not in _OF_THE_ENGINE:
            for text in _texts(value):
                yield name, text


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a DynamoDB attribute, the names of map members and the values in JSON texts included."""
    ((kind, content),) = value.items()
    if kind == "L":
        for one in content:
            yield from _texts(one)
    elif kind == "M":
        for name, one in content.items():
            yield name
            yield from _texts(one)
    elif kind in ("SS", "NS"):
        yield from content
    elif kind in ("S", "N"):
        parsed = _json(content) if content[:1] in ("{", "[") else content
        if isinstance(parsed, str):
            yield parsed
        else:
            yield from (str(leaf) for _, leaf in leaves(parsed) if leaf is not None)


def _json(text: str) -> Json:
    """Return a parsed JSON text; the text itself if it is not JSON, as after a change by hand."""
    try:
        parsed: Json = json.loads(text)
    except ValueError:
        return text
    return parsed


def _number(item: "Item", name: str) -> int | None:
    value = item.get(name, {}).get("N")
    return int(value) if value is not None else None
