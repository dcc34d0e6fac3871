"""What differs between two texts, by word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

import regex

# Scripts without blanks between words: each character counts as a word.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
# A blank belongs to the word after it, so that a sentence that is added at the end changes no earlier word.
_WORD = regex.compile(rf"\s*(?:[\p{{Word}}--[{_UNSPACED}]]+|\X)", regex.VERSION1)
_AROUND = 40  # characters of unchanged words that are shown on each side of a change
_MOST_PAIRS = 4_000_000  # what differs between longer texts is shown as one replacement, because comparing them would take minutes


class Part(Enum):
    """What happened to a piece of a text."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text. If it is left out of a listing, its text is still the whole text of the piece."""

    part: Part
    text: str


def compared(old: str, new: str) -> list[Piece]:
    """Return the pieces of both texts in their order. Those that are not removed make up the new text, those not added the old one."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    start, end = _common(before, after)
    middle = before[start : len(before) - end], after[start : len(after) - end]
    pieces = [
        Piece(Part.KEPT, "".join(before[:start])),
        *_between(*middle),
        Piece(Part.KEPT, "".join(before[len(before) - end :])),
    ]
    return [piece for piece in pieces if piece.text]


def is_rewritten(pieces: Sequence[Piece]) -> bool:
    """Return whether less than a third of the text was kept, so that showing both texts is clearer than showing what differs."""
    kept = sum(len(piece.text) for piece in pieces if piece.part is Part.KEPT)
    other = max(sum(len(piece.text) for piece in pieces if piece.part is part) for part in (Part.REMOVED, Part.ADDED))
    return kept < (kept + other) / 3


def shortened(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the pieces, and leave out what is kept, except some words around each change. Whole words are left out."""
    for index, piece in enumerate(pieces):
        if piece.part is not Part.KEPT:
            yield piece
            continue
        words = _WORD.findall(piece.text)
        head = _taken(words) if index else 0
        tail = _taken(words[::-1]) if index < len(pieces) - 1 else 0
        if sum(map(len, words[head : len(words) - tail])) <= _AROUND:
            yield piece
            continue
        for part, some in (
            (Part.KEPT, words[:head]),
            (Part.LEFT_OUT, words[head : len(words) - tail]),
            (Part.KEPT, words[len(words) - tail :]),
        ):
            if some:
                yield Piece(part, "".join(some))


def _common(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """Return how many words are the same at the start and at the end."""
    most = min(len(before), len(after))
    start = next((index for index in range(most) if before[index] != after[index]), most)
    most -= start
    return start, next((index for index in range(most) if before[-1 - index] != after[-1 - index]), most)


def _between(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    if len(before) * len(after) > _MOST_PAIRS:
        changes = [("replace", 0, len(before), 0, len(after))]
    else:
        changes = list(SequenceMatcher(None, before, after, autojunk=False).get_opcodes())
    for change, one, two, three, four in changes:
        if change == "equal":
            yield Piece(Part.KEPT, "".join(before[one:two]))
        else:
            yield Piece(Part.REMOVED, "".join(before[one:two]))
            yield Piece(Part.ADDED, "".join(after[three:four]))


def _taken(words: Sequence[str]) -> int:
    """Return how many words from the start have _AROUND characters together, or a little less; at least one."""
    length = 0
    for index, word in enumerate(words):
        length += len(word)
        if length > _AROUND:
            return max(1, index)
    return len(words)
