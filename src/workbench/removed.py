"""The digests of what redactions remove, and the search for removed content in what is going to be published.

A text is compared as its folded words, written together. So case, accents, blanks, punctuation, hyphens and look-alike letters make no
difference, and a longer text that contains it is found. A short text, a term, a number or a date counts only at the same resource and
field, in any language and at any position of a list.
"""

import hmac
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from html import unescape
from itertools import accumulate
from types import MappingProxyType
from urllib.parse import unquote

import regex

from record.store import Store
from record.writing.removals import Digested, Held, Removal, Removals, read_removals
from schemas.modelwalk import references
from schemas.pointers import Json, join, split
from schemas.registry import BY_COLLECTION
from schemas.v1.safety.folding import fold, tokens, without_accents

PLACE_OF_MESSAGE = ":/message"  # the place of the message of any release
_SLUG = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
_LEAST_JOINED = 6  # characters; the words of a shorter text are not compared as if they were written together
_LANGUAGE = re.compile("[a-z]{2,3}(-[A-Za-z0-9]+)*")
# Endings are written together with words of this script, so its syllables are compared instead.
_SYLLABLES = regex.compile(r"\p{Hangul}|[^\p{Hangul}_]+")


def is_distinctive(text: str) -> bool:
    """Return whether a text is removed wherever it appears: it has 20 characters, or 6 with a blank, and is not an id or a term."""
    return not is_reference(text) and not _SLUG.fullmatch(text) and (len(text) >= 20 or (len(text) >= 6 and " " in text))


def is_reference(text: str) -> bool:
    """Return whether a text has the form of a resource's id."""
    collection, _, slug = text.partition("/")
    return collection in BY_COLLECTION and _SLUG.fullmatch(slug) is not None


def key_of(store: Store, random: Callable[[int], bytes] = os.urandom) -> str:
    """Return the key (hex) of the record's digests: the stored one, or a new one."""
    return read_removals(store).key or random(32).hex()


class Digests:
    """Computes digests with a key (hex)."""

    def __init__(self, key: str) -> None:
        """Use this key."""
        self._key = bytes.fromhex(key)

    def everywhere(self, text: str, at: str) -> Iterator[Digested]:
        """Yield the digest of a text or of words that count everywhere."""
        words = _words(text)
        yield Digested(self.words(words), _length(words), everywhere=True, at=at) if words else self.here(text, at)

    def id(self, path: str, to: str) -> Iterator[Digested]:
        """Yield the digests of an id, which `to` replaces: of the id, and if its slug has several words, of these words in any text."""
        yield from self.everywhere(path, f"{to}:/id")
        slug = path.partition("/")[2]
        if "-" in slug:
            yield from self.everywhere(slug, f"{to}:/id")

    def here(self, value: Json, at: str) -> Digested:
        """Return the digest of a value that counts only at this place."""
        words = _words(value) if isinstance(value, str) else []
        return Digested(self.words(words) if words else self._value(value), _length(words), everywhere=False, at=at)

    def of(self, value: Json, at: str) -> Iterator[Digested]:
        """Yield the digests of a removed value."""
        if isinstance(value, str) and is_distinctive(value):
            yield from self.everywhere(value, at)
        else:
            yield self.here(value, at)

    def words(self, words: Sequence[str]) -> str:
        """Return the digest of some words, however they are separated; if they are short, as these words."""
        together = _length(words) >= _LEAST_JOINED
        return self._digest("words\0" + ("" if together else "\0").join(words))

    def _value(self, value: Json) -> str:
        return self._digest("value\0" + json.dumps(value, ensure_ascii=False, sort_keys=True))

    def _digest(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), "sha256").hex()


def screening(removals: Removals, moves: Mapping[str, str] = MappingProxyType({})) -> Callable[[str, bytes], Iterable[Held]]:
    """Return the function that finds everything removed in a document (path, content).

    `moves` has the new id of each resource that was renamed or merged. Both ids stand for the same resource.
    """
    if removals.key is None or not removals.all:
        return lambda _path, _content: ()
    digests = Digests(removals.key)
    everywhere = {one.digested.digest: one for one in removals.all if one.digested.everywhere}
    here: dict[tuple[str, str], dict[str, Removal]] = {}
    for one in removals.all:
        if not one.digested.everywhere:
            path, _, place = one.digested.at.partition(":")
            here.setdefault((_end(path, moves), place), {})[one.digested.digest] = one
    lengths = {one.digested.length for one in everywhere.values()}

    def screen(path: str, content: bytes) -> Iterator[Held]:
        referring = _references(path.partition("/")[0])
        for pointer, place, value in places(json.loads(content)):
            found: dict[str, Removal] = {}
            at = here.get((_end(path, moves), place), {})
            if at and (exactly := at.get(digests.here(value, "").digest)):
                found[exactly.digested.digest] = exactly
            # A reference is as public as the id of its resource, which is checked there.
            if isinstance(value, str) and not (place in referring and is_reference(value)):
                within = {} if _SLUG.fullmatch(value) else at  # a term or a date is another one if it is longer
                for digest in _windows(digests, value, lengths | {one.digested.length for one in within.values()}):
                    if removal := everywhere.get(digest) or within.get(digest):
                        found[digest] = removal
            for removal in found.values():
                yield Held(pointer, place, removal)

    return screen


def _end(path: str, moves: Mapping[str, str]) -> str:
    """Return the newest id of a resource."""
    seen: set[str] = set()
    while path in moves and path not in seen:
        seen.add(path)
        path = moves[path]
    return path


@cache
def _references(collection: str) -> frozenset[str]:
    """Return the places of a type, or of its tombstones, that hold references."""
    resource = BY_COLLECTION.get(collection)
    found = {"/claims/*/value", "/target"}
    for pattern in references(resource.model) if resource else ():
        place = ""
        for name in split(pattern):
            place += _step(place, name)
        found.add(place)
    return frozenset(found)


def places(value: Json, pointer: str = "", place: str = "") -> Iterator[tuple[str, str, Json]]:
    """Yield (pointer, place, value) of every value that is not null, an object or a list.

    The place is the pointer with `*` for positions in lists, and for the languages of a text.
    """
    if isinstance(value, dict):
        for name, member in value.items():
            yield from places(member, pointer + join([name]), place + _step(place, name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from places(member, f"{pointer}/{index}", f"{place}/*")
    elif value is not None:
        yield pointer, place, value


def _step(place: str, name: str) -> str:
    """Return what a name adds to a place. Every name inside a field that could be a language's is taken for one."""
    return "/*" if place and _LANGUAGE.fullmatch(name) else join([name])


def _windows(digests: Digests, text: str, lengths: AbstractSet[int]) -> Iterator[str]:
    """Yield the digests of all successive words of a text that have one of these lengths together. The text is also read decoded."""
    for form in dict.fromkeys((text, _decoded(text))):
        words = _words(form)
        ends = list(accumulate((len(word) for word in words), initial=0))
        index = {end: number for number, end in enumerate(ends)}
        for start, before in enumerate(ends):
            for length in lengths:
                if length and (end := index.get(before + length)) is not None:
                    yield digests.words(words[start:end])


def _decoded(text: str) -> str:
    """Return a text without percent-encoding and the character references of HTML, even if it was encoded twice."""
    return unescape(unquote(unescape(unquote(text))))


def _length(words: Iterable[str]) -> int:
    return sum(map(len, words))


def _words(text: str) -> list[str]:
    return [part for word in tokens(without_accents(fold(text).text)) for part in _SYLLABLES.findall(word)]
