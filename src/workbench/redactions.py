"""Plans a redaction: which revisions of a resource contain the content to remove, and which list entries depend on it.

This module only reads; `record.writing.redacting` carries out the plan.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from record import items
from record.decoding import revision_of
from record.model import Head, State
from record.store import Store
from record.writing.leasing import current_head
from record.writing.notes import Redaction, Rewrite
from record.writing.reindexing import changed_lists, generations_of
from record.writing.rendering import content_of
from schemas.pointers import Json, NoSuchPlace, get, join, leaves, replace, split, values_at
from schemas.v1 import validation
from workbench.standing import Past, others_generations, others_revisions, own_generations

REDACTED = "[redacted]"
_SET_BY_PUBLISH = ("id", "type", "revision", "release", "published_at", "redactions")


_NOTHING: tuple[Json, ...] = (None, REDACTED, [], {})
_REFERENCE = re.compile(r"[a-z]+/[a-z0-9]+(-[a-z0-9]+)*")
_DERIVED = frozenset({"edtf", "earliest", "latest"})  # each part of a date can be derived from the others


class CannotRedact(Exception):
    """The redaction is not possible; the message says why, in one line."""


class AlreadyRedacted(CannotRedact):
    """Nothing is left to do: everything was redacted before."""


@dataclass(frozen=True, slots=True)
class Named:
    """A field to redact. In a list, `refers_to` identifies the item, because the list's order may differ between revisions."""

    pointer: str
    refers_to: frozenset[str] = frozenset()

    def places(self, content: Json) -> list[str]:
        """Return the field's pointers in a revision: its own, or with `refers_to`, those of the list items with the same references."""
        if not self.refers_to:
            return [self.pointer]
        return [at for at in _alike(content, split(self.pointer)) if _referred(get(content, at)) == self.refers_to]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A revision to rewrite. `replaced` has the new value of each field, by JSON Pointer."""

    number: int
    release: int
    replaced: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another resource that contains a removed text: the revision and the fields."""

    path: str
    number: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a redaction: what `record.writing.redacting` will do, and what a maintainer should know before it does.

    `left` has the lists that a resource leaves, at some or all releases. `removed` and `texts` are the content to remove.
    """

    redaction: Redaction
    rewritten: tuple[Rewritten, ...]
    left: Mapping[str, tuple[str, ...]]
    named: tuple[Named, ...]
    removed: tuple[Json, ...]
    texts: frozenset[str]
    elsewhere: tuple[Elsewhere, ...]


def plan(store: Store, path: str, fields: Sequence[str], reason: str, salt: Callable[[], bytes] = lambda: os.urandom(16)) -> Plan:
    """Plan the removal of fields (JSON Pointers) from every revision of a resource.

    Other fields of these revisions that repeat a removed text are redacted too, and so are the claims about the fields. Raises
    CannotRedact if there is no such resource, or no revision has one of the fields; AlreadyRedacted if all were redacted before.
    """
    _check(fields)
    head = current_head(store)
    past = _past(store, head, path)
    named = tuple(_named(past, pointer) for pointer in dict.fromkeys(fields))
    _check_held(path, past, named)
    removed = tuple(value for one in past for field in named for value in _held(one.before, field))
    texts = frozenset(_texts(removed))
    for one in past:
        one.replaced, one.after = _redacted(path, one.before, named, texts)
    rewrites = tuple(Rewrite(path, one.mark, one.revision.number, one.replaced, salt().hex()) for one in past if one.replaced)
    own = own_generations(store, head, path, past)
    after = {path: own} | dict(others_generations(store, head, path, past, own))
    before = {other: tuple(generations_of(store, other, head.lost)) for other in after}
    # Its own entries are always rewritten, because they contain the digest of its content.
    redaction = Redaction(
        head.release, reason, rewrites, {other: found for other, found in after.items() if found != before[other]} | {path: after[path]}
    )
    left = {other: tuple(sorted(lists)) for other in after if (lists := changed_lists(before[other], after[other]))}
    rewritten = tuple(Rewritten(one.revision.number, one.revision.release, one.replaced) for one in past if one.replaced)
    return Plan(redaction, rewritten, left, named, removed, texts, tuple(_elsewhere(store, head, path, texts)))


def still_held(content: Json, planned: Plan) -> list[str]:
    """Return the pointers in a resource's source, in its published shape, that still have removed content: a publish would restore it."""
    removed = {json.dumps(value, sort_keys=True) for value in planned.removed}
    places = [at for field in planned.named for at in field.places(content)]
    named = [at for at in places if json.dumps(_at(content, at), sort_keys=True) in removed]
    return list(dict.fromkeys([*named, *_repeats(content, planned.texts)]))


def _check(fields: Sequence[str]) -> None:
    if not fields:
        raise CannotRedact("name the fields to remove with --field, as JSON Pointers such as /summary/en")
    for pointer in fields:
        try:
            parts = split(pointer)
        except ValueError as bad:
            raise CannotRedact(str(bad)) from bad
        if not parts or parts[0] in _SET_BY_PUBLISH:
            raise CannotRedact(f"{pointer or 'the whole resource'} can't be redacted: withdraw the resource and redact its other fields")


def _check_held(path: str, past: Sequence[Past], named: Sequence[Named]) -> None:
    """Raise CannotRedact unless every field is in some revision or was redacted before; AlreadyRedacted if all were."""
    gone = {at for one in past for redaction in one.redactions for at in redaction["fields"]}
    held = [field for field in named if any(_held(one.before, field) for one in past)]
    for field in named:
        around, _, last = field.pointer.rpartition("/")
        if last in _DERIVED and any(isinstance(date := _at(one.before, around), Mapping) and "edtf" in date for one in past):
            raise CannotRedact(f"{field.pointer} can be derived from the other parts of the date: redact {around}")
        if field not in held and not any(_overlap(field.pointer, at) for at in gone):
            raise CannotRedact(f"no revision of {path} has a value at {field.pointer}")
    if not held:
        raise AlreadyRedacted(f"{path} was redacted before: no revision has a value at {', '.join(one.pointer for one in named)} any more")


def _named(past: Sequence[Past], pointer: str) -> Named:
    """Return a field. If it is in a list, add what it refers to in the newest revision that has it."""
    for one in reversed(past):
        if _at(one.before, pointer) not in _NOTHING:
            parts = split(pointer)
            in_list = any(isinstance(_at(one.before, join(parts[:length])), list) for length in range(len(parts)))
            return Named(pointer, _referred(_at(one.before, pointer)) if in_list else frozenset())
    return Named(pointer)


def _referred(value: Json) -> frozenset[str]:
    """Return the resources that a value refers to directly: a reference, or the members of a list item."""
    values = [value] if isinstance(value, str) else list(value.values()) if isinstance(value, Mapping) else []
    return frozenset(one for one in values if isinstance(one, str) and _REFERENCE.fullmatch(one))


def _alike(value: Json, parts: Sequence[str], at: str = "") -> Iterator[str]:
    """Yield every pointer that equals the given parts except for its list indexes."""
    if not parts:
        yield at
    elif isinstance(value, Mapping):
        if parts[0] in value:
            yield from _alike(value[parts[0]], parts[1:], at + join(parts[:1]))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, item in enumerate(value):
            yield from _alike(item, parts[1:], f"{at}/{index}")


def _held(content: Json, field: Named) -> list[Json]:
    """Return the values that a revision has for a field."""
    return [value for at in field.places(content) if (value := _at(content, at)) not in _NOTHING]


def _past(store: Store, head: Head, path: str) -> list[Past]:
    """Return a resource's live revisions, oldest first."""
    every = [
        (item["sk"]["S"], revision_of(item))
        for page, _ in store.query(items.document_pk(path), "0", items.bound(head.release))
        for item in page
        if item["sk"]["S"] not in head.lost
    ]
    if not every:
        raise CannotRedact(f"there is no {path} in the record")
    ends = [revision.release for _, revision in every[1:]] + [head.release + 1]
    found: list[Past] = []
    for (mark, revision), end in zip(every, ends, strict=True):
        if revision.state is State.LIVE:
            content: dict[str, Json] = json.loads(content_of(revision.body))
            redactions = json.loads(revision.body).get("redactions", [])
            found.append(Past(revision, mark, redactions, content, content, revision.release, end))
    return found


def _texts(removed: Iterable[Json]) -> Iterator[str]:
    """Yield the removed texts that are distinctive: 20 characters, or 6 with a space, and not a resource's id."""
    for one in removed:
        for _, value in leaves(one):
            if isinstance(value, str) and not _REFERENCE.fullmatch(value) and (len(value) >= 20 or (len(value) >= 6 and " " in value)):
                yield value


def _redacted(
    path: str, content: Mapping[str, Json], named: Sequence[Named], texts: frozenset[str]
) -> tuple[dict[str, Json], Mapping[str, Json]]:
    """Return the new value of every redacted field of a revision, by JSON Pointer, and the revision's content afterwards."""
    fields = [at for field in named for at in field.places(content)]
    pointers = list(fields)
    for index, claim in enumerate(values_at(content, "/claims/*")):
        on = str(claim["field"]) if isinstance(claim, Mapping) else ""
        if any(_overlap(on, pointer) for pointer in fields):
            inside = [pointer.removeprefix(on) for pointer in fields if pointer.startswith(f"{on}/")]
            pointers += [f"/claims/{index}/value{rest}" for rest in inside or [""]]
            pointers += [f"/claims/{index}/{name}" for name in ("as_stated", "note")]
            cited = range(len(list(values_at(claim, "/citations/*"))))
            pointers += [f"/claims/{index}/citations/{number}/quote" for number in cited]
    pointers = [pointer for pointer in pointers if _at(content, pointer) not in _NOTHING]
    pointers += [at for at in _repeats(content, texts) if not any(_overlap(at, pointer) for pointer in pointers)]
    replaced: dict[str, Json] = {}
    for pointer in pointers:
        if _at(content, pointer) not in _NOTHING:  # a field around it may have been removed already
            replaced[pointer] = _instead(path, content, pointer)
            content = _with(content, pointer, replaced[pointer])
    return replaced, content


def _repeats(content: Json, texts: frozenset[str]) -> Iterator[str]:
    """Yield the pointers of the fields that contain a removed text."""
    for at, value in leaves(content):
        if isinstance(value, str) and split(at)[0] not in _SET_BY_PUBLISH and any(text in value for text in texts):
            yield at


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _at(content: Json, pointer: str) -> Json:
    try:
        return get(content, pointer)
    except NoSuchPlace:
        return None


def _instead(path: str, content: Mapping[str, Json], pointer: str) -> Json:
    """Return the value for a redacted field: None if the type allows it, else the text that says it was redacted."""
    fields = {name: value for name, value in content.items() if name not in _SET_BY_PUBLISH}
    for candidate in (None, REDACTED) if isinstance(_at(content, pointer), str) else (None,):
        _, breaches = validation.shape(path, _with(fields, pointer, candidate))
        if not any(breach.field == pointer or breach.field.startswith(f"{pointer}/") for breach in breaches):
            return candidate
    return None


def _with(content: Mapping[str, Json], pointer: str, new: Json) -> Mapping[str, Json]:
    changed = replace(content, pointer, new)
    assert isinstance(changed, Mapping), "a field was replaced, not the whole resource"
    return changed


def _elsewhere(store: Store, head: Head, path: str, texts: frozenset[str]) -> Iterator[Elsewhere]:
    """Yield the other resources that contain a removed text."""
    if not texts:
        return
    for other, content, _, _ in others_revisions(store, head, path):
        if fields := tuple(_repeats(content, texts)):
            number: Any = content["revision"]
            yield Elsewhere(other, number, fields)
