"""Finds damage in what a read returned: a revision that contradicts its key or its digest."""

import hashlib
from typing import TYPE_CHECKING

from record.errors import RecordDamaged

if TYPE_CHECKING:
    from record.items import Item


def check_revision(item: "Item", path: str, *, has_body: bool = True) -> None:
    """Raise RecordDamaged if a revision in the partition of this path is not what its key, its digest and its body say.

    Without `has_body`, the read did not ask for the body, and only the key is compared.
    """
    mark, release = item["sk"]["S"], item["release"]["N"]
    if item["path"]["S"] != path or release != mark[:10].lstrip("0"):
        raise RecordDamaged(f"the revision {mark} of {path} says that it is of {item['path']['S']} and release {release}")
    if not has_body:
        return
    body, digest = item["body"]["S"], item["digest"]["S"]
    found = hashlib.sha256(body.encode()).hexdigest()
    if found != digest:
        raise RecordDamaged(f"the revision {mark} of {path}: the SHA-256 of its body is {found}, and its digest is {digest}")
    # A body is canonical JSON, so its members look like this. The digest does not cover the key and the other attributes.
    for member in (f'"id":"{path}"', f'"release":{release}', f'"revision":{item["number"]["N"]}'):
        if member not in body:
            raise RecordDamaged(f"the revision {mark} of {path}: its body, with the digest {digest}, does not have {member}")
