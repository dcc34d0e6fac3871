"""The result of a command, and an edit of a file in a test."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """The exit code and output of a command."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]
NO_MESSAGE = "--no-message"  # tells the fixture to add no message to a publish
NOT_FIRST = "--not-first"  # tells the fixture not to add --first to a publish into an empty table


def edit(file: Path, old: str, new: str) -> None:
    """Replace a text in a file, which must contain it."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
