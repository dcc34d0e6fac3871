"""Cursors: opaque to clients; inside, the release, the epoch, the list and the last place of a page, and nothing else."""

import base64
import hashlib
import json
from typing import Any, NamedTuple

from handlers.problems import Fault, Problem

LONGEST = 1_000


class Cursor(NamedTuple):
    """Where to go on: behind `place` in a list at a release. `epoch` counts the redactions that it knows of."""

    release: int
    epoch: int
    list: str
    place: str

    def encode(self) -> str:
        """Return the cursor as it stands in a link."""
        members = [self.release, self.epoch, self.list, self.place]
        raw = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(text: str, expected_list: str) -> Cursor:
    """Return the cursor that a text encodes; raise Problem unless this API wrote it for this list."""
    cursor = _decoded(text)
    if cursor is None or cursor.encode() != text:
        raise invalid("is not one that this API handed out")
    if cursor.list != expected_list:
        raise invalid("belongs to another list: keep every other parameter as it was when the cursor was handed out")
    return cursor


def list_mark(*parts: object) -> str:
    """Return a short mark of what identifies a list: its name, filters and order."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:16]


def _decoded(text: str) -> Cursor | None:
    if len(text) > LONGEST or not text.isascii():
        return None
    try:
        members: Any = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        return None
    if not isinstance(members, list) or [type(member) for member in members] != [int, int, str, str]:
        return None
    release, epoch, name, place = members
    if release < 1 or epoch < 0 or not name.isascii() or len(place) > LONGEST or not place.isprintable():
        return None
    return Cursor(release, epoch, name, place)


def invalid(why: str) -> Problem:
    """Return the problem of a cursor; `why` goes on after «the cursor»."""
    fault = Fault("query", "cursor", "invalid-cursor", f"the cursor {why}")
    return Problem("invalid-cursor", fault.message, [fault])
