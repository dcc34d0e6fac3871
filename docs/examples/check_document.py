"""Check a document of Article 33 by hand: python check_document.py http://127.0.0.1:8033 events/stopped-in-viet-nam 1 (a release)."""

import json
import sys
from hashlib import sha256
from urllib.request import urlopen

base, path, at = sys.argv[1:]
covered = ("path", "revision", "kind", "seal", "reason", "target", "fields")


def get(target: str) -> bytes:
    """Return the body of an answer."""
    with urlopen(base + target) as answer:
        return bytes(answer.read())


revision = json.loads(get(f"/v1/{path}/revisions?limit=1&release={at}"))["data"][0]
body = get(f"{revision['path']}?release={at}") if revision["state"] == "live" else sys.exit(f"it is {revision['state']}: there is no body")
number = json.loads(body).get("redactions", [revision])[-1]["release"]  # the release that covers the body as it is now
release = json.loads(get(f"/v1/releases/{number}"))
header, pages = release["chain"]["header"], [json.loads(get(f"{release['chain']['changes']}&limit=100"))]
while pages[-1]["page"]["next"]:
    pages.append(json.loads(get(pages[-1]["page"]["next"])))
changes = [row for page in pages for row in page["data"]]
lines = [header, *(json.dumps([row[name] for name in covered], ensure_ascii=False, separators=(",", ":")) for row in changes)]
digest = sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
seal = sha256(bytes.fromhex(revision["salt"]) + body).hexdigest()
told = [number, *(release[name] for name in ("parent", "published_at", "message", "counts", "changes"))]

if digest != release["digest"] or json.loads(header)[2:] != told:
    sys.exit(f"release {number} is not what its digest covers")
if (path, revision["number"], seal) not in [(row["path"], row["revision"], row["seal"]) for row in changes]:
    sys.exit(f"release {number} does not cover this body of {path}")
if number != revision["release"]:
    print(f"It was published in release {revision['release']}, and redacted since, last in release {number}.")
print(f"Revision {revision['number']} of {path} is as release {number} says, whose digest is {digest}.")
