"""The scan for legal characterisations that nobody is named for: refoulement, breach, unlawful, and their like in 16 languages.

The record states what was done, and who called it what. A characterisation is accepted if its sentence names who made it ("the Committee
found", "according to"), and in names of principles, treaties and bodies ("the principle of non-refoulement"). "It is said to be unlawful"
names nobody. "Illegal entry" and "crossed the border illegally" are accepted: they are terms of the border law that an instrument or a
state applies. "Illegal immigrants" characterises people, and needs a name.
"""

from collections.abc import Iterator
from functools import cache

from schemas.v1.safety import phrases
from schemas.v1.safety.folding import fold
from schemas.v1.safety.found import Found
from schemas.v1.safety.phrases import Phrases
from schemas.v1.safety.sentences import sentences


def unattributed_characterisations(text: str) -> Iterator[Found]:
    """Yield the legal characterisations in a text for which the same sentence names nobody."""
    folded = fold(text)
    masked = _legal_terms().blotted(folded.text)
    if not _characterisations().occur_in(masked):
        return
    for start, end in sentences(folded, text):
        if names_a_speaker(folded.text[start:end]):
            continue
        last = start
        for match in _characterisations().found_in(masked[start:end]):
            if start + match.start() >= last:
                last = start + match.end()
                yield phrases.found("a legal characterisation", folded, start + match.start(), last)


def names_a_speaker(sentence: str) -> bool:
    """Return whether a folded sentence says who says so, with a word such as "found" or "according to"."""
    return _reporting().occur_in(_unnamed_reports().blotted(sentence))


@cache
def _characterisations() -> Phrases:
    return phrases.phrases("characterisations", _slots)


@cache
def _legal_terms() -> Phrases:
    return phrases.phrases("legal_terms", _slots)


@cache
def _reporting() -> Phrases:
    return phrases.phrases("reporting", _slots)


@cache
def _unnamed_reports() -> Phrases:
    return phrases.phrases("unnamed_reports", _slots)


# "Was called" names nobody, "was called a breach by the Committee" does.
_SLOTS = {
    "until": r"[^;!?\n]{0,40}?",
    "noby": r"(?!(?: [\w'-]+){0,4} by(?!\w))",
    # A principle whose name is blotted out: "violates non-refoulement".
    "blot": "\x1f",
    "han": "[\u3400-\u9fff]{0,4}",
    "thai": "[\u0e01-\u0e4e ]{0,30}",
}


def _slots(name: str, _language: str) -> str:
    return _SLOTS.get(name, "")
