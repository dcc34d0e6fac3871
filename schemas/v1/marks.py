"""Marks on the types of strings: what a string holds. The scans of text find by these marks what they must look at.

A string without a mark is prose. So a new field is scanned unless its type says that it can't hold text.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a string holds."""

    PROSE = "prose"
    ADDRESS = "address"  # a URL
    SLUG = "slug"  # words joined by hyphens
    CODE = "code"  # a value whose grammar leaves no room for text: a date, a language tag, a pointer to a field


@dataclass(frozen=True, slots=True)
class Holds:
    """Marks a type of string by what it holds.

    `quoted` marks the words of a source or a speaker, as they were said. `attributed` marks the project's words for what somebody whom
    the resource names says.
    """

    kind: Kind = Kind.PROSE
    quoted: bool = False
    attributed: bool = False


ADDRESS = Holds(Kind.ADDRESS)
SLUG = Holds(Kind.SLUG)
CODE = Holds(Kind.CODE)
QUOTED = Holds(quoted=True)
ATTRIBUTED = Holds(attributed=True)
