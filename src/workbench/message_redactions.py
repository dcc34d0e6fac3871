"""Plans the redaction of a release's message. This module only reads; `record.writing.redacting` carries out the plan."""

import re

from record import items
from record.decoding import release_of
from record.store import Store
from record.writing.leasing import current_head
from record.writing.notes import Redaction
from workbench.redactions import AlreadyRedacted, CannotRedact
from workbench.removed import PLACE_OF_MESSAGE, Digests, key_of

MESSAGE = "/message"
_RELEASE = re.compile(r"releases/([1-9][0-9]{0,9})")


def names_release(path: str) -> bool:
    """Return whether a path names a release, and not a resource."""
    return path.partition("/")[0] == "releases"


def plan_message(store: Store, path: str, reason: str) -> Redaction:
    """Plan the redaction of the message of the release with this path, such as `releases/3`.

    Raises CannotRedact if there is no such release, AlreadyRedacted if its message was redacted before.
    """
    named = _RELEASE.fullmatch(path)
    head = current_head(store)
    item = store.get(items.key(items.RELEASES, items.padded(int(named[1])))) if named and int(named[1]) <= head.release else None
    if named is None or item is None:
        raise CannotRedact(f"there is no {path} in the record; name a release such as releases/{max(head.release, 1)}")
    release = release_of(item)
    if release.message_salt is None:
        raise AlreadyRedacted(f"the message of {path} was redacted before")
    key = key_of(store)
    return Redaction(head.release, reason, (), {}, (int(named[1]),), tuple(Digests(key).of(release.message, PLACE_OF_MESSAGE)), key)
