"""The chain: a release's digest covers what it is, every change in it, and its parent's digest.

It is the SHA-256 of these lines, each ended by a newline, UTF-8:

    article33-release 1
    release <number>
    parent <digest, or - for the first>
    published_at <time>
    message <message as a JSON string>
    <path> <revision number> <state> <seal>      one a changed document, in order of the paths

A seal is the SHA-256 of a revision's salt (16 bytes) followed by its body.
"""

import hashlib
import json

from record.model import Digest, State


class ReleaseDigest:
    """The digest of a release, taken line by line as its changes stream by."""

    def __init__(self, number: int, parent: Digest | None, published_at: str, message: str) -> None:
        """Begin with what the release is."""
        self._hash = hashlib.sha256()
        for line in (
            "article33-release 1",
            f"release {number}",
            f"parent {parent or '-'}",
            f"published_at {published_at}",
            f"message {json.dumps(message, ensure_ascii=False)}",
        ):
            self._add(line)

    def add(self, path: str, number: int, state: State, seal: Digest) -> None:
        """Cover one change; they come in order of their paths."""
        self._add(f"{path} {number} {state} {seal}")

    def digest(self) -> Digest:
        """Return the digest of everything so far."""
        return Digest(self._hash.hexdigest())

    def _add(self, line: str) -> None:
        self._hash.update(f"{line}\n".encode())
