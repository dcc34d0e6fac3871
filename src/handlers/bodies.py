"""JSON bodies that are built at request time: how they are written, and the row of a release."""

import json
from typing import Any

from record.chain import header
from record.model import Release


def compact(value: object) -> str:
    """Return a value as JSON without white space, its keys sorted."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def release_row(release: Release, version: str) -> dict[str, Any]:
    """Return a release as the API shows it. Its digest covers the header, followed by a line for each change (docs/verifying.md)."""
    source = release.origin.source
    return {
        "number": release.number,
        "published_at": release.published_at,
        "message": release.message,
        "message_salt": release.message_salt,
        "message_seal": release.message_seal,
        "counts": dict(release.counts),
        "changes": dict(release.changes),
        "source": source._asdict() if source else None,
        "index_rules": release.origin.index_rules,
        "digest": release.digest,
        "parent": release.parent,
        "chain": {"header": header(release), "changes": f"/{version}/changes?since={release.number - 1}&release={release.number}"},
    }
