"""Plans a redaction: which revisions of a resource contain the content to remove, and which list entries depend on it.

This module only reads; `record.writing.redacting` carries out the plan.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from record import items
from record.decoding import revision_of
from record.model import REDACTED, Head, State
from record.store import Store
from record.writing.leasing import current_head
from record.writing.notes import Redaction, Rewrite
from record.writing.reindexing import changed_lists, generations_of
from record.writing.removals import Digested
from record.writing.rendering import content_of
from schemas.pointers import Json, NoSuchPlace, get, join, leaves, replace, split, values_at
from schemas.v1 import validation
from schemas.v1.rules import Rule
from workbench.elsewhere import SET_BY_PUBLISH, Elsewhere, ids_of, messages_of, others_saying, repeats, saying
from workbench.phrases import NoWords, Phrase, is_url, phrases_of, without
from workbench.removed import Digests, is_distinctive, key_of, places
from workbench.standing import Past, others_generations, own_generations

_NOTHING: tuple[Json, ...] = (None, REDACTED, [], {})
_REFERENCE = re.compile(r"[a-z]+/[a-z0-9]+(-[a-z0-9]+)*")
# What a claim or a citation says about itself, in few words that others share.
_FORMAL = re.compile(r"/claims/\*/(field|preferred|verification|citations/\*/(source|fields/\*))|/citations/\*/fields/\*")
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
class Asked:
    """What to redact: fields (JSON Pointers), and words in any field; in some revisions only, or if there are none, in all."""

    fields: Sequence[str] = ()
    words: Sequence[str] = ()
    revisions: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a redaction: what `record.writing.redacting` will do, and what a maintainer should know before it does.

    `left` has the lists that a resource leaves, at some or all releases. `removed`, `texts` and `words` are the content to remove.
    `elsewhere` are other revisions with that content; `messages` and `ids` are the releases and resources whose message or id has it.
    """

    redaction: Redaction
    rewritten: tuple[Rewritten, ...]
    left: Mapping[str, tuple[str, ...]]
    named: tuple[Named, ...]
    removed: tuple[Json, ...]
    texts: frozenset[str]
    words: tuple[Phrase, ...]
    elsewhere: tuple[Elsewhere, ...]
    messages: tuple[int, ...]
    ids: tuple[str, ...]


def plan(store: Store, path: str, asked: Asked, reason: str, salt: Callable[[], bytes] = lambda: os.urandom(16)) -> Plan:
    """Plan a redaction of a resource.

    Other fields of the rewritten revisions that repeat a removed text are redacted too, and so are the claims about the fields. Raises
    CannotRedact if there is no such resource or revision, if no revision has one of the fields or the words, or if the words are in a
    field that can't lose them; AlreadyRedacted if everything was redacted before.
    """
    _check(asked)
    words = _words(asked.words)
    head = current_head(store)
    past = _past(store, head, path)
    chosen = _chosen(path, past, asked.revisions)
    named = tuple(_named(chosen, pointer) for pointer in dict.fromkeys(asked.fields))
    _check_held(path, chosen, named, words)
    removed = tuple(value for one in chosen for field in named for value in _held(one.before, field))
    texts = frozenset(value for one in removed for _, value in leaves(one) if isinstance(value, str) and is_distinctive(value))
    repeated = phrases_of(texts)
    for one in chosen:
        one.replaced, one.after = _redacted(path, one.before, named, repeated)
        worded, one.after = _worded(path, one.revision.number, one.after, words)
        one.replaced = {**one.replaced, **worded}
    key = key_of(store)
    digests = Digests(key)
    rewrites = tuple(Rewrite(path, one.mark, one.revision.number, one.replaced, salt().hex()) for one in past if one.replaced)
    own = own_generations(store, head, path, past)
    after = {path: own} | dict(others_generations(store, head, path, past, own))
    before = {other: tuple(generations_of(store, other, head)) for other in after}
    # Its own entries are always rewritten, because they contain the digest of its content.
    redaction = Redaction(
        head.release,
        reason,
        rewrites,
        {other: found for other, found in after.items() if found != before[other]} | {path: after[path]},
        removed=tuple(dict.fromkeys(digest for one in chosen for digest in _digested(digests, path, one, words))),
        key=key,
    )
    left = {other: tuple(sorted(lists)) for other in after if (lists := changed_lists(before[other], after[other]))}
    rewritten = tuple(Rewritten(one.revision.number, one.revision.release, one.replaced) for one in past if one.replaced)
    said = [*repeated, *words]
    others = [held for one in past for held in saying(path, one.revision.number, one.after, said)]
    others += others_saying(store, head, path, said)
    messages = tuple(number for number, message in messages_of(store, head) if any(phrase.is_in(message) for phrase in said))
    ids = tuple(sorted(other for other in ids_of(store, head) if any(phrase.is_in(other.partition("/")[2]) for phrase in said)))
    return Plan(
        redaction,
        rewritten,
        left,
        named,
        removed,
        texts,
        words,
        tuple(sorted(others)),
        messages,
        ids,
    )


def still_held(content: Json, planned: Plan) -> list[str]:
    """Return the pointers in a resource's source, in its published shape, that still have removed content: a publish would restore it."""
    removed = {json.dumps(value, sort_keys=True) for value in planned.removed}
    places = [at for field in planned.named for at in field.places(content)]
    named = [at for at in places if json.dumps(_at(content, at), sort_keys=True) in removed]
    return list(dict.fromkeys([*named, *repeats(content, [*phrases_of(planned.texts), *planned.words])]))


def _check(asked: Asked) -> None:
    if not asked.fields and not asked.words:
        raise CannotRedact("name the fields to remove with --field, as JSON Pointers such as /summary/en, or words with --words")
    for pointer in asked.fields:
        try:
            parts = split(pointer)
        except ValueError as bad:
            raise CannotRedact(str(bad)) from bad
        if not parts or parts[0] in SET_BY_PUBLISH:
            raise CannotRedact(f"{pointer or 'the whole resource'} can't be redacted: withdraw the resource and redact its other fields")


def _words(words: Sequence[str]) -> tuple[Phrase, ...]:
    try:
        return tuple(Phrase(one) for one in dict.fromkeys(words))
    except NoWords as none:
        raise CannotRedact(f"{none}: give --words at least one letter or digit") from none


def _chosen(path: str, past: Sequence[Past], revisions: Sequence[int]) -> Sequence[Past]:
    """Return the revisions with these numbers, or if there are none, all."""
    known = {one.revision.number for one in past}
    if unknown := sorted(set(revisions) - known):
        raise CannotRedact(f"{path} has no content in revision {unknown[0]}: its revisions with content are {_listed(known)}")
    return [one for one in past if one.revision.number in revisions] if revisions else past


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(numbers))) or "none"


def _check_held(path: str, past: Sequence[Past], named: Sequence[Named], words: Sequence[Phrase]) -> None:
    """Raise CannotRedact unless every field and word is in some revision or was redacted before; AlreadyRedacted if all were."""
    gone = {at for one in past for redaction in one.redactions for at in redaction["fields"]}
    held = [field for field in named if any(_held(one.before, field) for one in past)]
    for field in named:
        around, _, last = field.pointer.rpartition("/")
        if last in _DERIVED and any(isinstance(date := _at(one.before, around), Mapping) and "edtf" in date for one in past):
            raise CannotRedact(f"{field.pointer} can be derived from the other parts of the date: redact {around}")
        if field not in held and not any(_overlap(field.pointer, at) for at in gone):
            raise CannotRedact(f"no revision of {path} has a value at {field.pointer}")
    said = [phrase for phrase in words if any(next(repeats(one.before, [phrase]), None) for one in past)]
    if not gone and len(said) < len(words):
        missing = next(phrase for phrase in words if phrase not in said)
        raise CannotRedact(f"no text of {path} has the words {missing.words!r}")
    if not held and not said:
        what = [f"a value at {one.pointer}" for one in named] + [f"the words {phrase.words!r}" for phrase in words]
        raise AlreadyRedacted(f"{path} was redacted before: no revision has {', '.join(what)} any more")


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


def _redacted(
    path: str, content: Mapping[str, Json], named: Sequence[Named], repeated: Sequence[Phrase]
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
    pointers += [at for at in repeats(content, repeated) if not any(_overlap(at, pointer) for pointer in pointers)]
    replaced: dict[str, Json] = {}
    for pointer in pointers:
        if _at(content, pointer) not in _NOTHING:  # a field around it may have been removed already
            replaced[pointer] = _instead(path, content, pointer)
            content = _with(content, pointer, replaced[pointer])
    return replaced, content


def _digested(digests: Digests, path: str, one: Past, words: Sequence[Phrase]) -> Iterator[Digested]:
    """Yield the digests of everything that a revision loses. If it loses only words of a text, of these words."""
    for pointer, new in one.replaced.items():
        for at, place, value in places(one.before):
            if value == REDACTED or not (at == pointer or at.startswith(f"{pointer}/")):
                continue
            if at != pointer and (isinstance(value, bool) or _FORMAL.fullmatch(place)):
                continue  # otherwise a removed claim would keep out all other claims
            said = [phrase for phrase in words if isinstance(value, str) and phrase.is_in(value)]
            for phrase in said:
                yield from digests.everywhere(phrase.words, f"{path}:{place}")
            if not said or new is None or new == REDACTED:
                yield from digests.of(value, f"{path}:{place}")


def _worded(path: str, number: int, content: Mapping[str, Json], words: Sequence[Phrase]) -> tuple[dict[str, Json], Mapping[str, Json]]:
    """Return the new value of every field that has the words, by JSON Pointer, and the revision's content afterwards.

    Raises CannotRedact if the words are part of a value that can't lose them, such as a reference.
    """
    replaced: dict[str, Json] = {}
    fixed: list[str] = []
    for pointer in repeats(content, words):
        text = str(_at(content, pointer))
        new: Json = without(text, words)
        if is_url(text):
            new = _instead(path, content, pointer)
        elif not _fits(path, content, pointer, new):
            if not _fits(path, content, pointer, REDACTED):
                fixed.append(pointer)
                continue
            new = REDACTED  # the text is too long with `[redacted]` in it
        replaced[pointer] = new
    if fixed:
        options = " ".join(f"--field {pointer}" for pointer in fixed)
        raise CannotRedact(
            f"revision {number} of {path} has the words in {', '.join(fixed)}, which is a reference or another fixed value: "
            f"remove it as a whole, with {options}, or if it is an id, redact that id first"
        )
    for pointer, new in replaced.items():
        content = _with(content, pointer, new)
    return replaced, content


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _at(content: Json, pointer: str) -> Json:
    try:
        return get(content, pointer)
    except NoSuchPlace:
        return None


def _instead(path: str, content: Mapping[str, Json], pointer: str) -> Json:
    """Return the value for a redacted field: None if the type allows it, else the text that says it was redacted."""
    candidates = (None, REDACTED) if isinstance(_at(content, pointer), str) else (None,)
    return next((candidate for candidate in candidates if _fits(path, content, pointer, candidate)), None)


def _fits(path: str, content: Mapping[str, Json], pointer: str, new: Json) -> bool:
    """Return whether the type allows this value for a field."""
    fields = {name: value for name, value in content.items() if name not in SET_BY_PUBLISH}
    _, breaches = validation.shape(path, _with(fields, pointer, new))
    # A claim and its field do not need to agree meanwhile: both are redacted, one after the other.
    wrong = [breach.field for breach in breaches if breach.rule is not Rule.CLAIM_MISMATCH]
    return not any(field == pointer or field.startswith(f"{pointer}/") for field in wrong)


def _with(content: Mapping[str, Json], pointer: str, new: Json) -> Mapping[str, Json]:
    changed = replace(content, pointer, new)
    assert isinstance(changed, Mapping), "a field was replaced, not the whole resource"
    return changed
