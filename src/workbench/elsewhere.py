"""Finds what else says the same as removed content: fields, other revisions and resources, messages of releases, and ids."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from record import items
from record.model import Head
from record.store import Store
from schemas.pointers import Json, leaves, split
from schemas.registry import BY_COLLECTION
from workbench.phrases import Phrase
from workbench.standing import others_revisions

SET_BY_PUBLISH = ("id", "type", "revision", "release", "published_at", "redactions")


@dataclass(frozen=True, order=True, slots=True)
class Elsewhere:
    """A revision that contains a removed text and is not rewritten, of this resource or another: its number and the fields."""

    path: str
    number: int
    fields: tuple[str, ...]


def repeats(content: Json, phrases: Sequence[Phrase]) -> Iterator[str]:
    """Yield the pointers of the fields that contain one of these phrases."""
    for at, value in leaves(content):
        if isinstance(value, str) and split(at)[0] not in SET_BY_PUBLISH and any(phrase.is_in(value) for phrase in phrases):
            yield at


def saying(path: str, number: int, content: Json, phrases: Sequence[Phrase]) -> Iterator[Elsewhere]:
    """Yield a revision if it contains one of these phrases."""
    if fields := tuple(repeats(content, phrases)):
        yield Elsewhere(path, number, fields)


def others_saying(store: Store, head: Head, path: str, phrases: Sequence[Phrase]) -> Iterator[Elsewhere]:
    """Yield the revisions of other resources that contain a removed text."""
    if phrases:
        for other, content, _, _ in others_revisions(store, head, path):
            number: Any = content["revision"]
            yield from saying(other, number, content, phrases)


def messages_of(store: Store, head: Head) -> Iterator[tuple[int, str]]:
    """Yield the number and the message of every release."""
    for page, _ in store.query(items.RELEASES, items.padded(1), items.padded(head.release)):
        for item in page:
            yield int(item["release"]["N"]), item["message"]["S"] if "message" in item else ""


def ids_of(store: Store, head: Head) -> set[str]:
    """Return the ids of all resources, tombstones included."""
    found: set[str] = set()
    only_paths: Any = {"ProjectionExpression": "#path", "ExpressionAttributeNames": {"#path": "path"}}
    for page, _ in store.query(items.CHANGES, "0", items.bound(head.release), **only_paths):
        found |= {path for item in page if (path := item["path"]["S"]).partition("/")[0] in BY_COLLECTION}
    return found
