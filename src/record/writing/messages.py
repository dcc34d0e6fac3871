"""Redacts the message of a release. Its salt is deleted; its seal, which the chain covers, stays."""

from typing import TYPE_CHECKING

from record import items
from record.errors import LeaseLost
from record.model import REDACTED, ChangeKind
from record.store import Store, existing
from record.writing.making import Making

if TYPE_CHECKING:
    from record.items import NewItem


def redact_message(store: Store, making: Making, release: int, reason: str, change: str) -> "NewItem":
    """Replace the message of a release. Return the change that documents it, with this sort key in the feed. Safe to repeat.

    Raises LeaseLost if a later attempt did that.
    """
    key = items.key(items.RELEASES, items.padded(release))
    old = existing(store, key)
    known = old["row"]["S"] if "row" in old else ""
    if items.stamp_of(known) > making.mark or not store.update(
        key,
        "SET #message = :message, #row = :row REMOVE #salt",
        ConditionExpression="attribute_exists(pk) AND (attribute_not_exists(#row) OR #row = :known)",
        ExpressionAttributeNames={"#message": "message", "#row": "row", "#salt": "message_salt"},
        ExpressionAttributeValues={":message": items.text(REDACTED), ":row": items.text(change), ":known": items.text(known)},
    ):
        raise LeaseLost("a later attempt has redacted the message; it finishes this redaction")
    return {
        **items.key(items.CHANGES, change),
        "path": items.text(items.release_path(release)),
        "kind": items.text(ChangeKind.REDACTED),
        "release": items.number(making.number),
        "seal": old["message_seal"],
        "reason": items.text(reason),
        "fields": {"L": [items.text("/message")]},
    }
