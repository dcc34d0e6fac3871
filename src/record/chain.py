"""The hash chain of releases: a release's digest covers its own data, all its changes, and its parent's digest.

The digest is the SHA-256 of these lines in UTF-8. Each is a JSON array without spaces, followed by a newline:

    ["article33-release", 1, number, parent digest or null, published_at, seal of the message, counts, changes,
     source, index rules]
    [kind, seal, reason or null, fields]                               one per change, in the order of the feed

The source is null, or the commit of a git checkout and whether its files had uncommitted changes: [commit, modified].

A seal proves a revision's body, or a release's message, without revealing it (see `seals`). A body has the id, the number and
the state of its revision, and the target of a tombstone. So the seals cover these, and no line contains an id or a message: both can be
redacted without changing a digest.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

from record.model import ChangeKind, Digest, Release


class Link(NamedTuple):
    """The data of a change that the chain covers."""

    kind: ChangeKind
    seal: Digest
    reason: str | None = None
    fields: tuple[str, ...] = ()


def header(release: Release) -> str:
    """Return the first line that a release's digest covers, without its newline. It does not use `release.digest`."""
    counts, changes = (dict(sorted(numbers.items())) for numbers in (release.counts, release.changes))
    stated = [release.number, release.parent, release.published_at, release.message_seal, counts, changes]
    return _line(["article33-release", 1, *stated, release.origin.source, release.origin.index_rules])


class ReleaseDigest:
    """Computes the digest of a release, one change at a time. `length` is the number of changes so far."""

    def __init__(self, first: str) -> None:
        """Start with the header."""
        self._hash = hashlib.sha256(f"{first}\n".encode())
        self.length = 0

    def add(self, link: Link) -> None:
        """Add one change. Changes must come in the order of the feed."""
        self._hash.update(f"{_line([link.kind, link.seal, link.reason, list(link.fields)])}\n".encode())
        self.length += 1

    def digest(self) -> Digest:
        """Return the digest of everything added so far."""
        return Digest(self._hash.hexdigest())


def _line(members: Sequence[object]) -> str:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))
