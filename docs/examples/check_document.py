"""Check a document of Article 33: python check_document.py http://127.0.0.1:8033 events/stopped-in-viet-nam 1 (the release).

A fourth argument is a seal that somebody noted before. The program then also checks that the document is what that seal covered.
"""

import hmac
import json
import sys
from hashlib import sha256
from typing import Any
from urllib.request import urlopen

base, path, at, *noted = sys.argv[1:]
digests: dict[int, str] = {}
covered = ("kind", "seal", "reason", "fields")
noted_in_body = {"fields", "reason", "release"}


class Number(str):
    """A number of the body, as it is written there."""

    __slots__ = ()


def get(target: str) -> bytes:
    """Return the body of a response."""
    with urlopen(base + target) as answer:
        return bytes(answer.read())


def unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of an object. Exit if two have the same name, because other programs may take the other one."""
    found = dict(members)
    return found if len(found) == len(members) else sys.exit(f"the body of {path} has an object with two members of the same name")


def line(members: Any) -> str:
    """Return a JSON array as the hashes cover it."""
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))


def derived(salt: str | None, name: str) -> str | None:
    """Return the salt of a value from the salt of the object or array around it."""
    return salt and hmac.new(bytes.fromhex(salt), name.encode(), "sha256").hexdigest()[:32]


def hash_of(value: Any, salts: dict[str, str], hashes: dict[str, str], at: str = "", salt: str | None = None) -> str:
    """Return the hash of a value, which stands at a JSON Pointer."""
    if at in hashes:
        return hashes[at]
    salt = salts.get(at, salt)
    if not isinstance(value, (dict, list)) or not value:
        salt = salt or sys.exit(f"the value at {at} has no salt")
        text = value if isinstance(value, Number) else line(value)
        return sha256(f'["value","{salt}",{text}]'.encode()).hexdigest()
    found: list[Any] = ["array" if isinstance(value, list) else "object"]
    for name, member in value.items() if isinstance(value, dict) else enumerate(value):
        pointer = f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}"
        found += [name] if isinstance(value, dict) else []
        found.append(hash_of(member, salts, hashes, pointer, derived(salt, str(name))))
    return sha256(line(found).encode()).hexdigest()


def is_removed(value: Any, pointer: str) -> bool:
    """Return whether a redaction can have left the value at a JSON Pointer: null, a text that says so, an opaque id, or nothing."""
    if not pointer.startswith("/"):
        return False  # it is the whole body, and not a field
    for part in pointer[1:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value.get(name) if isinstance(value, dict) else None
    return value is None or (isinstance(value, str) and ("[redacted]" in value or "redacted-" in value))


def changes_of(number: int) -> list[dict[str, Any]]:
    """Return a release's changes. Exit if they or its other data don't match its digest."""
    release = json.loads(get(f"/v1/releases/{number}"))
    pages = [json.loads(get(f"{release['chain']['changes']}&limit=100"))]
    while pages[-1]["page"]["next"]:
        pages.append(json.loads(get(pages[-1]["page"]["next"])))
    changes = [row for page in pages for row in page["data"]]
    lines = [release["chain"]["header"], *(line([row[name] for name in covered]) for row in changes)]
    stated = [number, *(release[name] for name in ("parent", "published_at", "message_seal", "counts", "changes"))]
    source = release["source"]
    stated += [source and [source["commit"], source["modified"]], release["index_rules"]]
    salt = release["message_salt"]  # null if the message was redacted
    message = hash_of(release["message"], {"": salt}, {}) if salt else release["message_seal"]
    digest = sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    if digest != release["digest"] or json.loads(lines[0])[2:] != stated or message != release["message_seal"]:
        sys.exit(f"release {number} does not match its digest")
    digests[number] = digest
    return changes


revision = json.loads(get(f"/v1/{path}/revisions?limit=1&release={at}"))["data"][0]
body = get(f"{revision['path']}?release={at}") if revision["state"] == "live" else sys.exit(f"{path} is {revision['state']}: no body")
members = json.loads(body, parse_float=Number, object_pairs_hook=unique)
number, redactions = revision["number"], members.pop("redactions", [])
if (members["id"], members["revision"], members["release"]) != (path, number, revision["release"]):
    sys.exit(f"the body is not revision {number} of {path}")
if not isinstance(redactions, list) or any(not isinstance(one, dict) or one.keys() != noted_in_body for one in redactions):
    sys.exit(f"the redactions in the body of {path} are not as a redaction writes them")
if [one["release"] for one in revision["seals"]] != [revision["release"], *(one["release"] for one in redactions)]:
    sys.exit(f"the seals of revision {number} are not those of its redactions")
for position, one in enumerate(revision["seals"]):
    redacted = {field for later in redactions[position:] for field in later["fields"]}
    hashes = one.get("hashes", {})
    if set(hashes) - redacted or hash_of(members, revision["salts"], hashes) != one["seal"]:
        sys.exit(f"other fields of {path} than the redacted ones are not what release {one['release']} covers")
    wanted = {"path": path, "revision": number, "seal": one["seal"]}
    if position:
        wanted |= {"kind": "redacted", "fields": redactions[position - 1]["fields"], "reason": redactions[position - 1]["reason"]}
    if not any(all(row[name] == value for name, value in wanted.items()) for row in changes_of(one["release"])):
        sys.exit(f"release {one['release']} does not cover this body of {path}")
for field in [field for one in redactions for field in one["fields"]]:
    if not is_removed(members, field):
        sys.exit(f"{field} of {path} was redacted, but has a value that no redaction leaves")
if noted and noted[0] not in [one["seal"] for one in revision["seals"]]:
    sys.exit(f"revision {number} of {path} is not what the seal {noted[0]} covered")

for one in redactions:
    print(f"It was redacted in release {one['release']}: {', '.join(one['fields'])} ({one['reason']}). Nothing else was changed.")
print(f"Its seal is {revision['seals'][0]['seal']}.")
print(f"Revision {number} of {path} matches release {max(digests)}, whose digest is {digests[max(digests)]}.")
