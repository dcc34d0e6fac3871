"""What every command shares: how it refuses, and where it prints."""

import sys

from rich.console import Console

REFUSED, MISUSED = 1, 2
DEFAULT_PORT = 8033


class Refused(Exception):
    """The command can't be done; the message says why in one line, the code is the exit code."""

    def __init__(self, message: str, code: int = REFUSED) -> None:
        """Say why."""
        super().__init__(message)
        self.code = code


def visible(text: str) -> str:
    """Return a text with everything written as an escape that can't be seen, or could move what a terminal shows."""
    return "".join(character if character.isprintable() else character.encode("unicode_escape").decode() for character in text)


def out() -> Console:
    """Return standard output."""
    return Console(file=sys.stdout, soft_wrap=True)


def err() -> Console:
    """Return standard error."""
    return Console(file=sys.stderr, soft_wrap=True)
