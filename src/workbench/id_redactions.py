"""Plans the redaction of an id: an opaque id replaces it wherever the record has it.

This module only reads; `record.writing.redacting` carries out the plan.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from record import items
from record.model import REDACTED_ID, Head, State
from record.store import Store
from record.writing.leasing import current_head
from record.writing.notes import Generation, Redaction, Rewrite
from record.writing.reindexing import generations_of
from schemas import pointers
from schemas.indexing import own_placement
from schemas.pointers import Json, leaves
from workbench.redactions import AlreadyRedacted, CannotRedact
from workbench.removed import Digests, key_of

if TYPE_CHECKING:
    from record.items import Item

ID = "/id"
# Consonants, one for each value of four bits. Without digits and vowels, no check takes an opaque id for an age, a number or a word.
_LETTERS = "bcdfghjklmnpqrst"
_OPAQUE = re.compile(rf"{REDACTED_ID}[{_LETTERS}]{{16}}")


@dataclass(frozen=True, slots=True)
class Replaced:
    """A revision that contains the id: its path, number and release, and the fields in which the opaque id replaces it."""

    path: str
    number: int
    release: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IdPlan:
    """The plan for an id: what `record.writing.redacting` will do, and what a maintainer should know before it does.

    `to` is the opaque id. `lists` are the lists that have the old id in their name. `alike` has the places that keep the words of the
    id, as (path, number, field); the number of a release's message is 0.
    """

    redaction: Redaction
    path: str
    to: str
    replaced: tuple[Replaced, ...]
    lists: tuple[str, ...]
    alike: tuple[tuple[str, int, str], ...]


class Id:
    """An id to replace, and its opaque id. It is found in a longer text too, but not in a longer id."""

    def __init__(self, path: str, to: str) -> None:
        """Replace `path` by `to`."""
        self.path = path
        self.to = to
        self._found = re.compile(rf"(?<![a-z0-9-]){re.escape(path)}(?![a-z0-9-])")
        words = re.escape(path.partition("/")[2]).replace(r"\-", "[^a-z0-9]{0,3}")
        self._alike = re.compile(rf"(?<![a-z0-9]){words}(?![a-z0-9])", re.IGNORECASE)

    def is_in(self, text: str) -> bool:
        """Return whether a text contains the id."""
        return self._found.search(text) is not None

    def replaced(self, text: str) -> str:
        """Return a text with the opaque id instead."""
        return self._found.sub(self.to, text)

    def is_alike(self, text: str) -> bool:
        """Return whether a text has the words of the id, with other separators or capitals."""
        return self._alike.search(text) is not None


def plan_id(
    store: Store,
    path: str,
    reason: str,
    salt: Callable[[], bytes] = lambda: os.urandom(16),
    token: Callable[[], bytes] = lambda: os.urandom(8),
) -> IdPlan:
    """Plan the redaction of a resource's id: of the resource, all references to it, and the lists that it gives its name to.

    `salt` returns 16 random bytes for each new seal, `token` the 8 random bytes of the opaque id. Raises CannotRedact if there is no
    such resource, AlreadyRedacted if its id is an opaque one.
    """
    collection, _, slug = path.partition("/")
    head = current_head(store)
    if not any(item["sk"]["S"] not in head.lost for page in _revisions(store, path, head) for item in page):
        raise CannotRedact(f"there is no {path} in the record")
    if _OPAQUE.fullmatch(slug):
        raise AlreadyRedacted(f"{path} is the opaque id that replaced a redacted one")
    id_ = Id(path, f"{collection}/{REDACTED_ID}{_opaque(token())}")
    found = _Found()
    for page in store.scan():
        for item in page:
            found.look_at(item, id_, head, salt)
    generations: dict[str, tuple[Generation, ...]] = {}
    lists: set[str] = set()
    for other in sorted(found.placed | {one.path for one in found.rewrites}):
        before = generations_of(store, other, head)
        lists |= {name for one in before for name in one.lists if id_.is_in(name)}
        generations[id_.to if other == path else other] = tuple(
            _replaced(one, id_, found.sort_keys.get((other, one.revision), {})) for one in before
        )
    generations[path] = ()
    rewrites = tuple(sorted(found.rewrites, key=lambda one: (one.path, one.number)))
    told = tuple(Replaced(one.path, one.number, int(one.mark[:10]), tuple(sorted(one.replaced))) for one in rewrites)
    key = key_of(store)
    redaction = Redaction(head.release, reason, rewrites, generations, removed=tuple(Digests(key).id(path, id_.to)), key=key)
    return IdPlan(redaction, path, id_.to, told, tuple(sorted(lists)), tuple(sorted(found.alike)))


class _Found:
    """What a scan of the table found: the revisions to rewrite, and the resources whose index entries contain the id."""

    def __init__(self) -> None:
        """Start without anything found."""
        self.rewrites: list[Rewrite] = []
        self.placed: set[str] = set()
        self.alike: set[tuple[str, int, str]] = set()
        self.sort_keys: dict[tuple[str, str], Mapping[str, str]] = {}  # (path, stamp) of a revision -> the sort keys that change

    def look_at(self, item: "Item", id_: Id, head: Head, salt: Callable[[], bytes]) -> None:
        """Look for the id in an item, unless a lost attempt wrote it: this is deleted with the redaction."""
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        mark = items.stamp_of(sk)
        if mark in head.lost or mark >= items.bound(head.release):
            return
        if "body" in item:
            self._look_at_revision(item, mark, id_, salt)
        elif "places" in item and id_.is_in(json.dumps([item["places"], item.get("values")], ensure_ascii=False)):
            self.placed.add(items.path_of(pk.partition("#")[2].partition("|")[0], sk))
        elif pk == items.RELEASES and "message" in item and id_.is_alike(item["message"]["S"]):
            self.alike.add((items.release_path(int(item["release"]["N"])), 0, "/message"))

    def _look_at_revision(self, item: "Item", mark: str, id_: Id, salt: Callable[[], bytes]) -> None:
        path, number = item["path"]["S"], int(item["number"]["N"])
        members: Mapping[str, Json] = json.loads(item["body"]["S"])
        texts = [(at, text) for at, text in leaves(members) if isinstance(text, str)]
        replaced = {at: id_.replaced(text) for at, text in texts if id_.is_in(text)}
        if replaced:
            to = id_.to if path == id_.path else None
            self.rewrites.append(Rewrite(path, mark, number, replaced, salt().hex(), to))
            if item["state"]["S"] == State.LIVE:
                self.sort_keys[path, mark] = _changed_keys(path, members, replaced)
        self.alike |= {(path, number, at) for at, text in texts if id_.is_alike(id_.replaced(text))}


def _opaque(token: bytes) -> str:
    """Return the end of an opaque slug: two letters for each byte."""
    return "".join(_LETTERS[half] for byte in token for half in divmod(byte, 16))


def _changed_keys(path: str, content: Mapping[str, Json], replaced: Mapping[str, Json]) -> Mapping[str, str]:
    """Return the sort keys of a resource that change if these values replace those at their pointers."""
    after: Json = content
    for pointer, new in replaced.items():
        after = pointers.replace(after, pointer, new)
    assert isinstance(after, Mapping), "texts were replaced, not the whole resource"
    before = own_placement(path, content).sort_keys
    return {order: key for order, key in own_placement(path, after).sort_keys.items() if before[order] != key}


def _replaced(one: Generation, id_: Id, sort_keys: Mapping[str, str]) -> Generation:
    """Return index entries without the id, and with the sort keys that changed because the id was in a text."""
    return replace(
        one,
        lists=(one.lists[0], *sorted(id_.replaced(name) for name in one.lists[1:])),
        sort_keys=tuple(sorted({**dict(one.sort_keys), **sort_keys}.items())),
        values=tuple(sorted(id_.replaced(value) for value in one.values)),
    )


def _revisions(store: Store, path: str, head: Head) -> Iterator[Sequence["Item"]]:
    for page, _ in store.query(items.document_pk(path), "0", items.bound(head.release), ProjectionExpression="sk"):
        yield page
