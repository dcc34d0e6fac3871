"""What all commands share: refusing, counting and printing."""

import contextlib
import errno
import io
import os
import sys
from typing import IO, Any, TextIO, cast

from rich.console import Console

REFUSED, MISUSED = 1, 2
FAILED = 70  # a bug: EX_SOFTWARE of sysexits.h
CLOSED = 141  # the reader of standard output went away: 128 + SIGPIPE, as a shell reports it
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


class OutputFailed(Exception):
    """Standard output can't be written. Not an OSError, so that nobody takes it for an error of another file."""

    def __init__(self, failure: OSError) -> None:
        """Keep the error."""
        super().__init__(failure.strerror)
        self.is_closed = failure.errno == errno.EPIPE


class _Output:
    """Standard output, whose errors are OutputFailed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text."""
        try:
            return self._stream.write(text)
        except OSError as failure:
            raise OutputFailed(failure) from failure

    def flush(self) -> None:
        """Write what is buffered."""
        try:
            self._stream.flush()
        except OSError as failure:
            raise OutputFailed(failure) from failure


def out() -> Console:
    """Return standard output. Printing raises OutputFailed if it can't be written."""
    return Console(file=cast("IO[str]", _Output(sys.stdout)), soft_wrap=True)


def err() -> Console:
    """Return standard error."""
    return Console(file=sys.stderr, soft_wrap=True)


def prepare_streams() -> None:
    """Make standard input, output and error usable: whatever the terminal's encoding is, and even if they were closed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - it stays open
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # the record has characters that not every terminal has


def flush_output() -> None:
    """Write everything that is still buffered. Raises OutputFailed."""
    try:
        sys.stdout.flush()
    except OSError as failure:
        raise OutputFailed(failure) from failure


def drop_output() -> None:
    """Throw away what standard output could not take, so that Python does not fail with it again when it ends."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
        sys.stdout.flush()
