"""Sentences and clauses of a folded text, for the scans that ask what else the same sentence says."""

import re
from collections.abc import Iterator

from schemas.v1.safety.folding import Folded

# Abbreviations, whose full stop ends no sentence, and numbers and letters before one.
_ABBREVIATED = re.compile(
    r"(?<!\w)(?:nos?|arts?|paras?|mrs?|ms|dr|st|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|vs?|cf|pp?|vol|etc|al|e\.g|i\.e|[^\W\d_])\.$"
)
_END = re.compile(r"[.!?؟।။។۔]+[\"')\]]*(?=\s|$)|[!?؟။។۔]|(?<=[\u3040-\u30ff\u3400-\u9fff])\.")
_CLAUSE_END = re.compile(r"[,;:、،؛]| - | but | however ")


def sentences(folded: Folded, original: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each sentence. A line break in the original text ends a sentence too."""
    ends = [
        match.end() for match in _END.finditer(folded.text) if not _ABBREVIATED.search(folded.text[max(0, match.end() - 8) : match.end()])
    ]
    if "\n" in original:
        ends += [at for at, offset in enumerate(folded.offsets[:-1]) if "\n" in original[offset : folded.offsets[at + 1]]]
    start = 0
    for end in (*sorted(ends), len(folded.text)):
        if end > start:
            yield start, end
            start = end


def clause(text: str, start: int, end: int, at: int) -> str:
    """Return the clause of the sentence `text[start:end]` in which the character `at` is."""
    for match in _CLAUSE_END.finditer(text, start, end):
        if match.end() <= at:
            start = match.end()
        else:
            return text[start : match.start()]
    return text[start:end]
