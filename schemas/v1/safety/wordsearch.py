"""Search a folded text for the words of a family, in all languages at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import regex

from schemas.v1.safety.folding import Folded, fold, without_accents
from schemas.v1.safety.wordlists import words

# A word of fewer letters keeps its accents: "né" is not "ne". Longer words are found without accents too ("telephone" for "téléphone").
SHORTEST_WITHOUT_ACCENTS = 5
# Shorter parts of words are in too many other words to say anything.
SHORTEST_STEM = 4


@dataclass(frozen=True)
class Scanned:
    """A text that is being scanned: as it was given, folded, and with plain letters and digits. The last two have the same length."""

    given: str
    folded: Folded

    @cached_property
    def plain(self) -> str:
        """The folded text without accents. Runs of at least three Chinese digits, and "o" and "l" between digits, are ASCII digits."""
        text = _MISTYPED.sub(lambda run: run[0].translate(_TYPED_FOR), without_accents(self.folded.text))
        if text.isascii():
            return text
        text = _KOREAN_NUMBER.sub(lambda run: run[0].replace("다시", "--").translate(_KOREAN_DIGITS), text)
        return _CHINESE_NUMBER.sub(lambda run: run[0].translate(_CHINESE_DIGITS), text)

    @cached_property
    def addresses(self) -> tuple[tuple[int, int], ...]:
        """Where the text has URLs."""
        return tuple(match.span() for match in _URL.finditer(self.plain)) if "://" in self.plain else ()

    @cached_property
    def short_words(self) -> frozenset[str]:
        """The words of the plain text that are too short to be searched as parts of the text."""
        return frozenset(word for word in (found.rstrip("./") for found in _WORD.findall(self.plain)) if len(word) < SHORTEST_STEM)

    def in_address(self, at: int) -> bool:
        """Return whether a place is inside a URL."""
        return any(start <= at < end for start, end in self.addresses)

    @classmethod
    def of(cls, text: str) -> "Scanned":
        """Return a text, folded."""
        return cls(text, fold(text))


class WordSearch:
    """The words of one family or of several, in all languages. `expression` matches one of them inside another expression."""

    def __init__(self, *families: str) -> None:
        """Compile the words of all languages."""
        accented: dict[str, set[str]] = {}
        by_ends: dict[tuple[str, str], set[str]] = {}
        stems: set[str] = set()
        short: set[str] = set()
        for family in families:
            for word in (word for found in words(family).values() for word in found):
                folded = fold(word.rstrip("*")).text
                plain = without_accents(folded)
                accented.setdefault(plain, set()).add(folded)
                by_ends.setdefault(_ends(plain, open_end=word.endswith("*")), set()).update(_with_joints(plain))
                stem = max(plain.split(" "), key=len)
                if len(stem) < SHORTEST_STEM and _WORD.fullmatch(stem) and not word.endswith("*"):
                    short.add(stem.rstrip("./"))
                else:
                    stems.add(stem)
        self._exact = {plain: kept for plain, kept in accented.items() if len(plain) < SHORTEST_WITHOUT_ACCENTS and plain not in kept}
        self._ascii_stems = tuple(stem for stem in stems if stem.isascii())
        self._other_stems = tuple(stem for stem in stems if not stem.isascii())
        self._short = frozenset(short)
        pieces = []
        for index, ((before, after), alternatives) in enumerate(by_ends.items()):
            name = f"{'_'.join(families)}_{index}"
            _LISTS[name] = sorted(alternatives)
            pieces.append(rf"{before}\L<{name}>{after}")
        self.expression = "(?:" + "|".join(pieces) + ")"
        self._pattern = Expression(self.expression)

    def find(self, scanned: Scanned, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
        """Yield where the text has a word of the family, between two places."""
        for match in self._pattern.finditer(scanned.plain, start, end):
            if self.keeps_accents(scanned, match.start(), match.end()):
                yield match.span()

    def may_have(self, scanned: Scanned) -> bool:
        """Return whether a text may have one of the words; False is certain. This is faster than the search."""
        text = scanned.plain
        if any(stem in text for stem in self._ascii_stems) or not self._short.isdisjoint(scanned.short_words):
            return True
        return not text.isascii() and any(stem in text for stem in self._other_stems)

    def keeps_accents(self, scanned: Scanned, start: int, end: int) -> bool:
        """Return whether a short word that was found without accents has those of the list."""
        kept = self._exact.get(scanned.plain[start:end])
        return kept is None or scanned.folded.text[start:end] in kept


@cache
def word_search(*families: str) -> WordSearch:
    """Return the search for the words of these families."""
    return WordSearch(*families)


class Expression:
    """A regular expression that may contain those of word searches. It is compiled when a text first needs it: most texts need few."""

    def __init__(self, expression: str) -> None:
        """Keep the expression."""
        self._expression = expression

    @cached_property
    def _pattern(self) -> regex.Pattern[str]:
        lists: dict[str, Any] = {name: _LISTS[name] for name in _LIST_NAME.findall(self._expression)}
        return regex.compile(self._expression, **lists)

    def search(self, text: str, start: int = 0, end: int | None = None) -> regex.Match[str] | None:
        """Return the first match between two places."""
        return self._pattern.search(text, start, end)

    def match(self, text: str, start: int = 0) -> regex.Match[str] | None:
        """Return the match that begins at a place."""
        return self._pattern.match(text, start)

    def fullmatch(self, text: str) -> regex.Match[str] | None:
        """Return the match of the whole text."""
        return self._pattern.fullmatch(text)

    def finditer(self, text: str, start: int = 0, end: int | None = None) -> Iterator[regex.Match[str]]:
        """Yield the matches between two places."""
        yield from self._pattern.finditer(text, start, end)

    def findall(self, text: str) -> list[str]:
        """Return the texts of the matches, or of their only group."""
        found: list[str] = self._pattern.findall(text)
        return found

    def sub(self, replacement: str, text: str) -> str:
        """Return the text with the matches replaced."""
        return self._pattern.sub(replacement, text)


# regex matches a named list of words by its hash values. Thousands of alternatives would take seconds to compile.
_LISTS: dict[str, list[str]] = {}
_LIST_NAME = regex.compile(r"\\L<(\w+)>")
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Hangul}]"
_UNSPACED_CHARACTER = regex.compile(_UNSPACED)
_ARABIC_LETTER = regex.compile(r"\p{Arabic}")
_CHINESE_NUMBER = regex.compile("[〇零一二三四五六七八九]{3,}")
# "O10-1234-5678": letters that are typed for digits.
_MISTYPED = regex.compile(r"(?<![\p{L}\d])(?=[ol]*\d)(?=\d*[ol])[\dol]{3,}(?![\p{L}\d])")
_TYPED_FOR = str.maketrans("ol", "01")
_CHINESE_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
# Digits that are read out: a registration number, "다시" being the hyphen in it, and a year.
_KOREAN_DIGIT = "[공영일이삼사오육륙칠팔구]"
_KOREAN_NUMBER = regex.compile(
    rf"{_KOREAN_DIGIT}{{6}} ?(?:다시)? ?{_KOREAN_DIGIT}{{7}}|{_KOREAN_DIGIT}{{4}}(?=년)"
    rf"|{_KOREAN_DIGIT}{{2}}(?=년 ?[일이삼사오육칠팔구시십]{{1,2}}월)"
)
_KOREAN_DIGITS = str.maketrans("공영일이삼사오육륙칠팔구", "001234566789")
_WORD = regex.compile(r"[\p{Latin}\p{Cyrillic}][\p{Latin}\p{Cyrillic}./]*")
_URL = regex.compile(r"https?://[^\s<>\"]+")


def _ends(plain: str, *, open_end: bool) -> tuple[str, str]:
    """Return the expressions for what stands before and after a word. In scripts without spaces, and in Korean, anything may."""
    first, last = plain[0], plain[-1]
    before = "" if _UNSPACED_CHARACTER.match(first) else rf"(?<!(?!{_UNSPACED})[\p{{L}}\p{{M}}])"
    if _ARABIC_LETTER.match(first):
        before += r"(?:[وفبلك]?(?:ال|لل)?)"  # these short words are written together with the next one
    after = r"[\p{L}\p{M}]*" if open_end else "" if _UNSPACED_CHARACTER.match(last) else rf"(?!(?!{_UNSPACED})[\p{{L}}\p{{M}}])"
    return before, after


def _with_joints(plain: str) -> set[str]:
    return {plain.replace(" ", joint) for joint in (" ", "-", "_", "")}
