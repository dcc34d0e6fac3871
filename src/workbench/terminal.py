"""What all commands share: refusing, counting and printing."""

import sys

from rich.console import Console

REFUSED, MISUSED = 1, 2
DEFAULT_PORT = 8033


class Refused(Exception):
    """The command can't be carried out. The message says why, in one line; `code` is the exit code."""

    def __init__(self, message: str, code: int = REFUSED) -> None:
        """Keep the message and the exit code."""
        super().__init__(message)
        self.code = code


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as `1 file` or `1,200 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def visible(text: str) -> str:
    """Return a text with every character escaped that is invisible or could control the terminal."""
    return "".join(character if character.isprintable() else character.encode("unicode_escape").decode() for character in text)


def out() -> Console:
    """Return standard output."""
    return Console(file=sys.stdout, soft_wrap=True)


def err() -> Console:
    """Return standard error."""
    return Console(file=sys.stderr, soft_wrap=True)
