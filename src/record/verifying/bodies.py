"""Verifies the body of one revision: its spelling, its seals and salts, and what it says about its redactions."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import rfc8785

from record.model import REDACTED, REDACTED_ID, Seal
from record.seals import proven
from record.writing.rendering import content_digest_of

if TYPE_CHECKING:
    from record.items import Item

SALT = re.compile(r"[0-9a-f]{32}")
_REDACTION = {"fields", "reason", "release"}  # the members of a redaction in a body


def unproven(
    members: Mapping[str, Any], salts: Mapping[str, str], seals: Sequence[Seal], redactions: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """Yield how a body contradicts its seals: it has other values than those that a release covers, beside the redacted ones."""
    for pointer, salt in salts.items():
        if not SALT.fullmatch(salt):
            yield f"its salt at {pointer or 'the root'} is {salt}, which is not a salt"
            return
    yield from _needless(members, salts, {pointer for one in seals for pointer in one.hashes})
    for one in seals:
        later = {field for redaction in redactions if redaction["release"] > one.release for field in redaction["fields"]}
        for pointer in sorted(set(one.hashes) - later):
            yield f"its seal of release {one.release} has a hash for {pointer}, but no later redaction names this field"
        try:
            found = proven(members, salts, one.hashes)
        except (ValueError, RecursionError) as missing:
            yield f"its seal of release {one.release} can't be computed: {missing}"
            continue
        if found != one.seal:
            yield f"its seal of release {one.release} is {one.seal}, but its body gives {found}"
    for pointer in sorted({field for redaction in redactions for field in redaction["fields"]}):
        if not _is_removed(_value_at(members, pointer)):
            yield f"its field {pointer} was redacted, but has a value that no redaction leaves"


def _needless(members: Mapping[str, Any], salts: Mapping[str, str], removed: Collection[str]) -> Iterator[str]:
    """Yield the salts that prove nothing: of places that the body does not have, and those from which a removed value's salt derives."""
    above = {pointer[:at] for pointer in removed for at, character in enumerate(pointer) if character == "/"}
    for pointer in sorted(salts):
        if pointer in above:
            yield f"it has a salt at {pointer or 'the root'}, with which everybody can test guesses of what was removed"
        elif pointer and not _has_place(members, pointer):
            yield f"it has a salt at {pointer}, but its body has no such place"


def _is_removed(value: Any) -> bool:
    """Return whether a redaction can have left this value: nothing, a text that says so, or an opaque id."""
    return value is None or (isinstance(value, str) and (REDACTED in value or REDACTED_ID in value))


def _value_at(value: Any, pointer: str) -> Any:
    """Return the value at a JSON Pointer, or None if there is no such place."""
    try:
        return _place(value, pointer)
    except (LookupError, TypeError, ValueError):
        return None


def _has_place(value: Any, pointer: str) -> bool:
    try:
        _place(value, pointer)
    except (LookupError, TypeError, ValueError):
        return False
    return True


def _place(value: Any, pointer: str) -> Any:
    for part in pointer[1:].split("/"):
        value = value[int(part)] if isinstance(value, list) else value[part.replace("~1", "/").replace("~0", "~")]
    return value


def redactions_of(revision: "Item") -> list[dict[str, Any]]:
    """Return the redactions that a revision's body names, without malformed ones."""
    said = members_of(revision["body"].get("S", "")).get("redactions") if "body" in revision else None
    return [one for one in said if _is_redaction(one)] if isinstance(said, list) else []


def _is_redaction(one: Any) -> bool:
    """Return whether a redaction can have written this into a body. The empty pointer is not a field, but the whole body."""
    if not isinstance(one, dict) or one.keys() != _REDACTION or type(one["release"]) is not int or not isinstance(one["reason"], str):
        return False
    fields = one["fields"]
    return isinstance(fields, list) and bool(fields) and all(isinstance(field, str) and field.startswith("/") for field in fields)


def is_canonical(body: str, members: Mapping[str, Any]) -> bool:
    """Return whether a body is its members in the one way to write them: no member twice, no other escapes, spaces or numbers."""
    try:
        return rfc8785.dumps(dict(members)) == body.encode()
    except (ValueError, RecursionError):
        return False


def members_of(body: str) -> Mapping[str, Any]:
    """Return the members of a body; none if it is not a JSON object."""
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def content_digest(body: str) -> str:
    """Return the digest of a body's content, or what is wrong with the body."""
    try:
        return content_digest_of(body)
    except (ValueError, AttributeError, RecursionError):
        return "that of a JSON object, but its body is not one"
