"""Check a document of Article 33: python check_document.py http://127.0.0.1:8033 events/stopped-in-viet-nam 1 (the release)."""

import json
import sys
from hashlib import sha256
from urllib.request import urlopen

base, path, at = sys.argv[1:]
covered = ("kind", "seal", "reason", "fields")


def get(target: str) -> bytes:
    """Return the body of a response."""
    with urlopen(base + target) as answer:
        return bytes(answer.read())


revision = json.loads(get(f"/v1/{path}/revisions?limit=1&release={at}"))["data"][0]
body = get(f"{revision['path']}?release={at}") if revision["state"] == "live" else sys.exit(f"{path} is {revision['state']}: no body")
members = json.loads(body)
number = members.get("redactions", [revision])[-1]["release"]  # the release that covers the current body
release = json.loads(get(f"/v1/releases/{number}"))
header, pages = release["chain"]["header"], [json.loads(get(f"{release['chain']['changes']}&limit=100"))]
while pages[-1]["page"]["next"]:
    pages.append(json.loads(get(pages[-1]["page"]["next"])))
changes = [row for page in pages for row in page["data"]]
lines = [header, *(json.dumps([row[name] for name in covered], ensure_ascii=False, separators=(",", ":")) for row in changes)]
digest = sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
seal = sha256(bytes.fromhex(revision["salt"]) + body).hexdigest()
stated = [number, *(release[name] for name in ("parent", "published_at", "message_seal", "counts", "changes"))]
source = release["source"]
stated += [source and [source["commit"], source["modified"]], release["index_rules"]]
salt = release["message_salt"]  # null if the message was redacted
message = sha256(bytes.fromhex(salt) + release["message"].encode()).hexdigest() if salt else release["message_seal"]

if digest != release["digest"] or json.loads(header)[2:] != stated or message != release["message_seal"]:
    sys.exit(f"release {number} does not match its digest")
if (members["id"], members["revision"]) != (path, revision["number"]) or seal not in [row["seal"] for row in changes]:
    sys.exit(f"release {number} does not cover this body of {path}")
if number != revision["release"]:
    print(f"It was published in release {revision['release']} and redacted later, last in release {number}.")
print(f"Revision {revision['number']} of {path} matches release {number}, whose digest is {digest}.")
