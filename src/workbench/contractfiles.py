"""The files of the published contract: generated from the registry, and compared with it."""

from pathlib import Path

import schemas
from schemas import contract
from schemas.v1.routes import VERSION

PUBLISHED = Path(schemas.__file__).parent / "published" / VERSION
# The specification as last released. `make test-spec` fails on a change that would break its clients.
RELEASED = Path(schemas.__file__).parent / "released" / VERSION / "openapi.json"


def render() -> list[str]:
    """Write all documents of the contract; return the names of those that changed."""
    changed = stale()
    documents = contract.documents()
    PUBLISHED.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in documents:
            (PUBLISHED / name).write_text(documents[name], encoding="utf-8")
        else:
            (PUBLISHED / name).unlink()
    return changed


def stale() -> list[str]:
    """Return the names of the documents that differ from the registry: changed, missing or left over."""
    documents = contract.documents()
    there = {file.name: file.read_text(encoding="utf-8") for file in PUBLISHED.glob("*.json*")}
    return sorted(name for name in documents.keys() | there.keys() if documents.get(name) != there.get(name))


def release() -> bool:
    """Store the specification as the last released one; return whether it differs from the one before."""
    published = (PUBLISHED / "openapi.json").read_bytes()
    if RELEASED.exists() and RELEASED.read_bytes() == published:
        return False
    RELEASED.parent.mkdir(parents=True, exist_ok=True)
    RELEASED.write_bytes(published)
    return True
