"""The digests of what redactions remove, and the search for removed content in what is going to be published.

A text is compared as its folded words, so that case, blanks, punctuation and look-alike letters make no difference, and a longer text
that contains it is found. A short text, a term, a number or a date counts only at the same resource and field.
"""

import hmac
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import unquote

import regex

from record.store import Store
from record.writing.removals import Digested, Held, Removal, Removals, read_removals
from schemas.pointers import Json, join
from schemas.registry import BY_COLLECTION
from schemas.v1.safety.folding import fold, tokens

PLACE_OF_MESSAGE = ":/message"  # the place of the message of any release
_SLUG = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
_JOINED = (2, 5)  # words; so many are also looked for written together, as in an id or the name of an account
_LEAST_JOINED = 6  # characters
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
        """Yield the digests of a text or of words that count everywhere; and of the same words written together."""
        words = _words(text)
        if not words:
            yield self.here(text, at)
            return
        yield Digested(self.words(words), len(words), everywhere=True, at=at)
        joined = "".join(words)
        if _JOINED[0] <= len(words) <= _JOINED[1] and len(joined) >= _LEAST_JOINED:
            together = _words(joined)
            yield Digested(self.words(together), len(together), everywhere=True, at=at)

    def id(self, path: str, to: str) -> Iterator[Digested]:
        """Yield the digests of an id, which `to` replaces: of the id, and if its slug has several words, of these words in any text."""
        yield from self.everywhere(path, f"{to}:/id")
        slug = path.partition("/")[2]
        if "-" in slug:
            yield from self.everywhere(slug, f"{to}:/id")

    def here(self, value: Json, at: str) -> Digested:
        """Return the digest of a value that counts only at this place."""
        words = _words(value) if isinstance(value, str) else []
        return Digested(self.words(words) if words else self._value(value), len(words), everywhere=False, at=at)

    def of(self, value: Json, at: str) -> Iterator[Digested]:
        """Yield the digests of a removed value."""
        if isinstance(value, str) and is_distinctive(value):
            yield from self.everywhere(value, at)
        else:
            yield self.here(value, at)

    def words(self, words: Sequence[str]) -> str:
        """Return the digest of some words."""
        return self._digest("words\0" + "\0".join(words))

    def _value(self, value: Json) -> str:
        return self._digest("value\0" + json.dumps(value, ensure_ascii=False, sort_keys=True))

    def _digest(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), "sha256").hex()


def screening(removals: Removals) -> Callable[[str, bytes], Iterable[Held]]:
    """Return the function that finds everything removed in a document (path, content)."""
    if removals.key is None or not removals.all:
        return lambda _path, _content: ()
    digests = Digests(removals.key)
    everywhere = {one.digested.digest: one for one in removals.all if one.digested.everywhere}
    lengths = sorted({one.digested.words for one in everywhere.values()})
    here: dict[str, dict[str, Removal]] = {}
    for one in removals.all:
        if not one.digested.everywhere:
            here.setdefault(one.digested.at, {})[one.digested.digest] = one

    def screen(path: str, content: bytes) -> Iterator[Held]:
        for pointer, place, value in places(json.loads(content)):
            found: dict[str, Removal] = {}
            at = f"{path}:{place}"
            if at in here and (exactly := here[at].get(digests.here(value, at).digest)):
                found[exactly.digested.digest] = exactly
            # A reference is as public as the id of its resource, which is checked there.
            if isinstance(value, str) and (pointer == "/id" or not is_reference(value)):
                for digest in _windows(digests, value, lengths):
                    if digest in everywhere:
                        found[digest] = everywhere[digest]
            for removal in found.values():
                yield Held(pointer, place, removal)

    return screen


def places(value: Json, pointer: str = "", place: str = "") -> Iterator[tuple[str, str, Json]]:
    """Yield (pointer, pointer with `*` for positions in lists, value) of every value that is not null, an object or a list."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from places(member, pointer + join([name]), place + join([name]))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from places(member, f"{pointer}/{index}", f"{place}/*")
    elif value is not None:
        yield pointer, place, value


def _windows(digests: Digests, text: str, lengths: Sequence[int]) -> Iterator[str]:
    """Yield the digests of every so many successive words of a text. A URL is also read without its percent-encoding."""
    for form in dict.fromkeys((text, unquote(text))):
        words = _words(form)
        for length in lengths:
            for start in range(len(words) - length + 1):
                yield digests.words(words[start : start + length])


def _words(text: str) -> list[str]:
    return [part for word in tokens(fold(text).text) for part in _SYLLABLES.findall(word)]
