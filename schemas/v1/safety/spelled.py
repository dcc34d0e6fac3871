"""Find numbers that are spelled out digit by digit: "zero nine one two three four five". Amounts and dates are not written so."""

from collections.abc import Iterator
from functools import cache

import regex

from schemas.v1.safety.folding import fold, without_accents
from schemas.v1.safety.telephones import Span
from schemas.v1.safety.wordlists import words
from schemas.v1.safety.wordsearch import Scanned

# Shorter runs are lists: "articles one, two, three and four".
FEWEST_DIGITS = 7
# A French number is spelled in pairs, so the tens count too.
_FAMILIES = ("zero", "numbers", "tens")
_UNSPACED = ("th", "lo", "km", "my")
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_JOINT = regex.compile(r"[\s,.;:/-]{1,3}")
_UNSPACED_LETTER = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")


def spelled_numbers(scanned: Scanned) -> Iterator[Span]:
    """Yield where a text spells out at least seven digits, as places in the folded text."""
    text = scanned.plain
    if not text.isascii() and _UNSPACED_LETTER.search(text):
        yield from (match.span() for match in _run_without_blanks().finditer(text))
    spaced = _spaced()
    if sum(word.strip(",.;:") in spaced for word in text.replace("-", " ").split(" ")) < FEWEST_DIGITS:
        return
    run: list[Span] = []
    for match in _WORD.finditer(text):
        if run and not _JOINT.fullmatch(text, run[-1][1], match.start()):
            yield from _long_enough(run)
            run = []
        if match[0] in spaced:
            run.append(match.span())
        else:
            yield from _long_enough(run)
            run = []
    yield from _long_enough(run)


def _long_enough(run: list[Span]) -> Iterator[Span]:
    if len(run) >= FEWEST_DIGITS:
        yield run[0][0], run[-1][1]


@cache
def _spaced() -> frozenset[str]:
    listed = (
        form
        for family in _FAMILIES
        for language, found in words(family).items()
        if language not in (*_UNSPACED, "zh", "ja", "ko")
        for word in found
        for form in word.split("|")
    )
    return frozenset(without_accents(fold(form).text) for form in listed if " " not in form and "-" not in form)


@cache
def _run_without_blanks() -> regex.Pattern[str]:
    forms = {
        fold(form).text
        for family in ("zero", "numbers")
        for language in _UNSPACED
        for word in words(family)[language][:9]
        for form in word.split("|")
    }
    return regex.compile(rf"(?:(?:{'|'.join(sorted(map(regex.escape, forms), key=len, reverse=True))})[ ,.-]?){{{FEWEST_DIGITS},}}")
