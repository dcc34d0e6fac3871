"""Check digests that you kept: python check_kept.py http://127.0.0.1:8033 kept.txt (each line is `release`, its number and its digest).

Computes the digest of every release from the oldest kept one to the newest, and checks that each has the one before as its parent. Prints
the line to keep next.
"""

import json
import re
import sys
from hashlib import sha256
from pathlib import Path
from urllib.request import urlopen

base, file = sys.argv[1:]
lines = [line.strip() for line in Path(file).read_text(encoding="utf-8-sig", errors="replace").splitlines() if line.strip()]
for wrong in [line for line in lines if not re.fullmatch(r"release +[1-9][0-9]{0,9} +[0-9A-Fa-f]{64}", line)]:
    sys.exit(f"{wrong[:60]!r} in {file} is not `release`, its number and its digest")
kept = [(int(line.split()[1]), line.split()[2].lower()) for line in lines] or sys.exit(f"{file} has no digest to compare with")
covered = ("kind", "seal", "reason", "fields")


def get(target: str) -> bytes:
    """Return the body of a response."""
    with urlopen(base + target) as answer:
        return bytes(answer.read())


newest = json.loads(get("/v1/releases?limit=1"))["data"][0]["number"]
for number, digest in kept:
    if number > newest:
        sys.exit(f"release {number} was kept with the digest {digest}, but the newest release is {newest}")
before = None
for number in range(min(number for number, _ in kept), newest + 1):
    release = json.loads(get(f"/v1/releases/{number}"))
    total, target = sha256(f"{release['chain']['header']}\n".encode()), f"{release['chain']['changes']}&limit=100"
    while target:
        page = json.loads(get(target))
        for row in page["data"]:
            line = json.dumps([row[name] for name in covered], ensure_ascii=False, separators=(",", ":"))
            total.update(f"{line}\n".encode())
        target = page["page"]["next"]
    computed = total.hexdigest()
    _, _, stated, parent, *_ = json.loads(release["chain"]["header"])
    if (stated, computed) != (number, release["digest"]) or before not in (None, parent):
        sys.exit(f"release {number} does not match its digest or does not follow release {number - 1}")
    for other in [digest for one, digest in kept if one == number and digest != computed]:
        sys.exit(f"release {number} was kept with the digest {other}, but its digest is {computed}")
    before = computed
print(f"release {newest} {before}")
