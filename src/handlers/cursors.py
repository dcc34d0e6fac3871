"""Cursors: opaque to clients. A cursor holds the release, the epoch, the list and the last position of a page, and nothing else."""

import base64
import hashlib
import json
from typing import Any, NamedTuple

from handlers.problems import Fault, Problem

LONGEST = 1_000


class Cursor(NamedTuple):
    """Where the next page begins: after `place` in a list at a release. `epoch` is the number of redactions when it was issued."""

    release: int
    epoch: int
    list: str
    place: str

    def encode(self) -> str:
        """Return the cursor as text for a link."""
        members = [self.release, self.epoch, self.list, self.place]
        raw = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(text: str, expected_list: str) -> Cursor:
    """Return the cursor that a text encodes. Raises Problem unless this API issued it for this list."""
    cursor = _decoded(text)
    if cursor is None or cursor.encode() != text:
        raise invalid("was not issued by this API")
    if cursor.list != expected_list:
        raise invalid("belongs to another list: repeat the other parameters of the request that returned the cursor")
    return cursor


def list_mark(*parts: object) -> str:
    """Return a short hash of what identifies a list: its name, filters and order."""
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
    """Return the problem of a cursor. `why` completes the sentence that begins with "the cursor"."""
    fault = Fault("query", "cursor", "invalid-cursor", f"the cursor {why}")
    return Problem("invalid-cursor", fault.message, [fault])
