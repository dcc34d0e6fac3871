"""Renders a document as it is stored and served: content and members that the publish sets, as canonical JSON (RFC 8785).

The content is trusted, because it was validated and is canonical already. It is parsed here, but not validated again.
"""

import hashlib
import json
from typing import Any

import rfc8785

from record.model import Digest

SET_BY_PUBLISH = ("published_at", "redactions", "release", "revision")


def render(content: bytes, *, revision: int, release: int, published_at: str) -> str:
    """Return the body of a revision."""
    members: dict[str, Any] = json.loads(content)
    return rfc8785.dumps(members | {"revision": revision, "release": release, "published_at": published_at}).decode()


def content_of(body: str) -> bytes:
    """Return the content of a body: without the members that the publish set."""
    members: dict[str, Any] = json.loads(body)
    return rfc8785.dumps({name: value for name, value in members.items() if name not in SET_BY_PUBLISH})


def content_digest_of(body: str) -> Digest:
    """Return the digest of a body's content."""
    return Digest(hashlib.sha256(content_of(body)).hexdigest())


def digest_of(body: str) -> Digest:
    """Return the digest of a body, which is also its ETag."""
    return Digest(hashlib.sha256(body.encode()).hexdigest())


def changed_fields(old: str, new: bytes) -> tuple[str, ...]:
    """Return JSON Pointers to the differences between an old body and new content, as deep as objects and equally long arrays allow."""
    before: dict[str, Any] = json.loads(content_of(old))
    after: dict[str, Any] = json.loads(new)
    return tuple(sorted(_changed(before, after, "")))


def _changed(before: Any, after: Any, at: str) -> list[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        found: list[str] = []
        for name in before.keys() | after.keys():
            pointer = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in before or name not in after:
                found.append(pointer)
            else:
                found += _changed(before[name], after[name], pointer)
        return found
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [pointer for index, pair in enumerate(zip(before, after, strict=True)) for pointer in _changed(*pair, f"{at}/{index}")]
    return [] if before == after else [at]
