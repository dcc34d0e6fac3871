"""The log: one line of JSON for each thing that happened, on standard output, where Lambda takes it from.

The members that Lambda's log controls and CloudWatch's queries know are named as they know them: `timestamp`, `level`, `message`.
"""

import json
import sys
import traceback
from datetime import UTC, datetime
from typing import TextIO

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class Logger:
    """Writes what is of a level or above it. Fields are whatever JSON can hold; anything else is written as its text."""

    def __init__(self, service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
        """Write as this service to a stream, standard output where none is given; raise ValueError for a level that there is not."""
        if level.upper() not in LEVELS:
            raise ValueError(f"a log level is one of {', '.join(LEVELS)}, not {level}")
        self._service = service
        self._levels = frozenset(LEVELS[LEVELS.index(level.upper()) :])
        self._stream = stream

    def info(self, message: str, **fields: object) -> None:
        """Say that something happened as it should."""
        self._write("INFO", message, fields)

    def error(self, message: str, **fields: object) -> None:
        """Say that something is wrong."""
        self._write("ERROR", message, fields)

    def exception(self, message: str, **fields: object) -> None:
        """Say that something is wrong, with the exception that is being handled and where it came from."""
        self._write("ERROR", message, {**fields, "exception": traceback.format_exc()})

    def _write(self, level: str, message: str, fields: dict[str, object]) -> None:
        if level not in self._levels:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = _encode({"level": level, "message": message, "timestamp": now, "service": self._service, **fields})
        stream = self._stream or sys.stdout
        stream.write(f"{line}\n")
        stream.flush()


_encode = json.JSONEncoder(separators=(",", ":"), default=str).encode
