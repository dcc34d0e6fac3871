"""Finds words in texts, whatever their case, accents, blanks and punctuation: the words to redact, and the texts that were removed."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote

import regex

from record.model import REDACTED
from schemas.v1.safety.folding import fold, tokens, without_accents

# Words of these scripts end at a blank or a sign. In other scripts, words have no blanks between them, or are written with their endings.
_ALPHABETIC = r"[\p{Latin}\p{Cyrillic}\p{Greek}\p{Armenian}\p{Georgian}\p{N}]"
_COMPACT = 6  # characters; so many are distinctive even if the words are written together, as in an account's name or a URL
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")


class NoWords(ValueError):
    """The text has no words, only signs or blanks."""


class Phrase:
    """Some words to find."""

    def __init__(self, words: str) -> None:
        """Find these words. Raises NoWords."""
        self.words = words
        self._pattern = _pattern(words)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the start and end of each place in a text that has the words. A URL with them in it counts as a whole."""
        folded = fold(text)
        for match in self._pattern.finditer(without_accents(folded.text)):
            yield folded.original(match.start(), match.end())
        for url in _URL.finditer(text):
            if any(self._pattern.search(without_accents(fold(form).text)) for form in (url[0], unquote(url[0]))):
                yield url.start(), url.end()

    def is_in(self, text: str) -> bool:
        """Return whether a text has the words."""
        return next(self.spans(text), None) is not None


def phrases_of(texts: Iterable[str]) -> list[Phrase]:
    """Return the phrases of these texts. A text without words is left out."""
    found = []
    for text in texts:
        try:
            found.append(Phrase(text))
        except NoWords:
            continue
    return found


def without(text: str, phrases: Iterable[Phrase]) -> str:
    """Return a text with `[redacted]` instead of the words."""
    kept, at = "", 0
    for start, end in sorted(span for phrase in phrases for span in phrase.spans(text)):
        if start >= at:
            kept += text[at:start] + REDACTED
        at = max(at, end)
    return kept + text[at:]


def is_url(text: str) -> bool:
    """Return whether the whole text is a URL."""
    return _URL.fullmatch(text) is not None


@lru_cache(maxsize=512)
def _pattern(words: str) -> regex.Pattern[str]:
    found = tokens(without_accents(fold(words).text))
    if not found:
        raise NoWords(f"{words!r} has no words")
    # A distinctive text is found with a hyphen at the end of a line, with dots or with spaced letters as well.
    is_compact = sum(map(len, found)) >= _COMPACT
    pattern = (r"[\W_]*" if is_compact else r"[\W_]+").join(map(regex.escape, "".join(found) if is_compact else found))
    start = rf"(?<!{_ALPHABETIC})" if regex.match(_ALPHABETIC, found[0]) else ""
    end = rf"(?!{_ALPHABETIC})" if regex.match(_ALPHABETIC, found[-1][-1]) else ""
    return regex.compile(f"{start}{pattern}{end}", flags=regex.V1)
