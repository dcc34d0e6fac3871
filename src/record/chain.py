"""The hash chain of releases: a release's digest covers its own data, all its changes, and its parent's digest.

The digest is the SHA-256 of these lines in UTF-8. Each is a JSON array without spaces, followed by a newline:

    ["article33-release", 1, number, parent digest or null, published_at, message, counts, changes]
    [path, revision number, kind, seal, reason or null, target or null, fields]      one per change, in the order of the feed

A seal is the SHA-256 of a revision's salt (16 bytes) followed by its body.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

from record.model import Change, ChangeKind, Digest, Release


class Link(NamedTuple):
    """The data of a change that the chain covers."""

    path: str
    number: int
    kind: ChangeKind
    seal: Digest
    reason: str | None = None
    target: str | None = None
    fields: tuple[str, ...] = ()

    @classmethod
    def of(cls, change: Change) -> "Link":
        """Return the data of a change that the chain covers."""
        return cls(change.path, change.revision, change.kind, change.seal, change.reason, change.target, change.fields)


def header(release: Release) -> str:
    """Return the first line that a release's digest covers, without its newline. It does not use `release.digest`."""
    counts, changes = (dict(sorted(numbers.items())) for numbers in (release.counts, release.changes))
    return _line(["article33-release", 1, release.number, release.parent, release.published_at, release.message, counts, changes])


class ReleaseDigest:
    """Computes the digest of a release, one change at a time."""

    def __init__(self, first: str) -> None:
        """Start with the header."""
        self._hash = hashlib.sha256(f"{first}\n".encode())

    def add(self, link: Link) -> None:
        """Add one change. Changes must come in the order of the feed."""
        members = [link.path, link.number, link.kind, link.seal, link.reason, link.target, list(link.fields)]
        self._hash.update(f"{_line(members)}\n".encode())

    def digest(self) -> Digest:
        """Return the digest of everything added so far."""
        return Digest(self._hash.hexdigest())


def _line(members: Sequence[object]) -> str:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))
