"""Rewrites the revisions of a redaction, and their digests in the feed."""

import json
from typing import TYPE_CHECKING, Any

import rfc8785

from record import items
from record.errors import LeaseLost
from record.model import ChangeKind
from record.store import Store, existing
from record.writing.making import Making, fitting
from record.writing.notes import Rewrite
from record.writing.rendering import content_digest_of, digest_of, seal_of

if TYPE_CHECKING:
    from record.items import Item, NewItem


def check_fit(store: Store, rewrite: Rewrite, reason: str, number: int) -> None:
    """Raise ItemTooLarge if a revision has no room for the note that release `number` redacted it."""
    fitting(rewrite.path, _rewritten(_revision(store, rewrite), rewrite, reason, number))


def rewrite_revision(store: Store, making: Making, rewrite: Rewrite, reason: str) -> "NewItem":
    """Rewrite a revision, and update its digest in the feed. Return the change that documents the redaction."""
    old = _revision(store, rewrite)
    new = _rewritten(old, rewrite, reason, making.number)
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    if changed and not store.update(
        items.key(old["pk"]["S"], old["sk"]["S"]),
        "SET " + ", ".join(f"#{name} = :{name}" for name in changed),
        ConditionExpression="#digest = :known",
        ExpressionAttributeNames={f"#{name}": name for name in (*changed, "digest")},
        ExpressionAttributeValues={":known": old["digest"], **{f":{name}": value for name, value in changed.items()}},
    ):
        raise LeaseLost("a later attempt has rewritten a revision; it finishes this redaction")
    redactions = json.loads(new["body"]["S"])["redactions"]
    for release in {int(rewrite.mark[:10]), *(entry["release"] for entry in redactions)}:
        low = f"{items.padded(release)}#{rewrite.path}#"
        for page, _ in store.query(items.CHANGES, low, f"{low}~", ProjectionExpression="pk, sk, #number", **_named("number")):
            for change in page:
                if change["number"] == new["number"]:
                    key, values = items.key(change["pk"]["S"], change["sk"]["S"]), {":digest": new["digest"]}
                    store.update(key, "SET #digest = :digest", **_named("digest"), ExpressionAttributeValues=values)
    return {
        **items.key(items.CHANGES, items.change_sk(rewrite.path, making.mark, rewrite.number)),
        "path": items.text(rewrite.path),
        "kind": items.text(ChangeKind.REDACTED),
        "release": items.number(making.number),
        "number": items.number(rewrite.number),
        "digest": new["digest"],
        "seal": new["seal"],
        "reason": items.text(reason),
        "fields": {"L": [items.text(field) for field in redactions[-1]["fields"]]},
    }


def _revision(store: Store, rewrite: Rewrite) -> "Item":
    return existing(store, items.key(items.document_pk(rewrite.path), rewrite.mark))


def _rewritten(item: "Item", rewrite: Rewrite, reason: str, number: int) -> "NewItem":
    """Return a revision with the replacements, and a note that release `number` made them."""
    members: dict[str, Any] = json.loads(item["body"]["S"])
    for pointer, new in rewrite.replaced.items():
        _put(members, pointer, new)
    earlier = [entry for entry in members.get("redactions", ()) if entry["release"] != number]
    members["redactions"] = [*earlier, {"fields": sorted(rewrite.replaced), "reason": reason, "release": number}]
    body = rfc8785.dumps(members).decode()
    return {
        **item,
        "body": items.text(body),
        "digest": items.text(digest_of(body)),
        "content_digest": items.text(content_digest_of(body)),
        "salt": items.text(rewrite.salt),
        "seal": items.text(seal_of(rewrite.salt, body)),
        "redacted": items.number(number),
    }


def _put(value: Any, pointer: str, new: Any) -> None:
    """Set the value at a JSON Pointer. Do nothing if it no longer exists."""
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]
    for part in way:
        value = value[int(part)] if isinstance(value, list) else value.get(part) if isinstance(value, dict) else None
    if isinstance(value, list):
        value[int(last)] = new
    elif isinstance(value, dict) and last in value:
        value[last] = new


def _named(*names: str) -> dict[str, Any]:
    return {"ExpressionAttributeNames": {f"#{name}": name for name in names}}
