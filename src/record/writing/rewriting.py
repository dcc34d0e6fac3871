"""Rewrites the revisions of a redaction, and their digests in the feed."""

import json
from typing import TYPE_CHECKING

import rfc8785

from record import items
from record.decoding import salts_of, seals_of
from record.errors import ItemTooLarge, LeaseLost, NoRoom
from record.model import ChangeKind
from record.seals import Sealed, redact
from record.store import Store, existing
from record.writing.making import Making, fitting, sealed
from record.writing.notes import Rewrite
from record.writing.rendering import content_digest_of, digest_of

if TYPE_CHECKING:
    from record.items import Item, NewItem


def check_fit(store: Store, rewrite: Rewrite, reason: str, number: int) -> None:
    """Raise NoRoom if a revision has no room for what the redaction of release `number` adds to it."""
    try:
        fitting(rewrite.path, _rewritten(_revision(store, rewrite), rewrite, reason, items.change_sk(1, items.stamp(number, 0))))
    except ItemTooLarge as large:
        raise NoRoom(rewrite.path, rewrite.number, large.size, large.limit) from large


def rewrite_revision(store: Store, making: Making, rewrite: Rewrite, reason: str, change: str) -> "NewItem":
    """Rewrite a revision, and update its digest in the feed. Return the change that documents the redaction, with this sort key.

    If the id is redacted, the new revision is written to its new key, and the feed gets its new path. The old one is deleted at the end
    (see `renaming`). Raises LeaseLost if a later attempt has rewritten it.
    """
    old = _revision(store, rewrite)
    new = _rewritten(old, rewrite, reason, change)
    if any(items.stamp_of(sk) > making.mark for sk in old["rows"]["SS"]):
        raise LeaseLost("a later attempt has redacted a revision; it finishes this redaction")
    if not _put_revision(store, old, new):
        raise LeaseLost("a later attempt has rewritten a revision; it finishes this redaction")
    redactions = json.loads(new["body"]["S"])["redactions"]
    own, *others = sorted(new["rows"]["SS"])
    _update_change(store, own, {name: new[name] for name in ("path", "digest", "target") if name in new})
    for sk in others:
        if sk != change:
            _update_change(store, sk, {name: new[name] for name in ("path", "digest")})
    return {
        **items.key(items.CHANGES, change),
        "path": new["path"],
        "kind": items.text(ChangeKind.REDACTED),
        "release": items.number(making.number),
        "number": items.number(rewrite.number),
        "digest": new["digest"],
        "seal": items.text(seals_of(new)[-1].seal),
        "reason": items.text(reason),
        "fields": {"L": [items.text(field) for field in redactions[-1]["fields"]]},
    }


def _revision(store: Store, rewrite: Rewrite) -> "Item":
    """Return the item of a revision: at its new key, if it is there already."""
    moved = store.get(items.key(items.document_pk(rewrite.to), rewrite.mark)) if rewrite.to else None
    return moved or existing(store, items.key(items.document_pk(rewrite.path), rewrite.mark))


def _put_revision(store: Store, old: "Item", new: "NewItem") -> bool:
    """Write a revision over the old one, or to its new key. Return False if another process changed it in the meantime."""
    key = items.key(new["pk"]["S"], new["sk"]["S"])
    if new["pk"] != old["pk"]:
        known: NewItem = {}
        changed = {name: value for name, value in new.items() if name not in key}
        condition = "attribute_not_exists(pk)"
    else:
        known = {"digest": old["digest"], "rows": items.texts(old["rows"]["SS"])}
        changed = {name: value for name, value in new.items() if known.get(name, old.get(name)) != value}
        condition = " AND ".join(f"#{name} = :known_{name}" for name in known)
    return not changed or store.update(
        key,
        "SET " + ", ".join(f"#{name} = :{name}" for name in changed),
        ConditionExpression=condition,
        ExpressionAttributeNames={f"#{name}": name for name in {*known, *changed}},
        ExpressionAttributeValues={
            **{f":known_{name}": value for name, value in known.items()},
            **{f":{name}": value for name, value in changed.items()},
        },
    )


def _update_change(store: Store, sk: str, attributes: "NewItem") -> None:
    """Update a change in the feed, if it exists."""
    store.update(
        items.key(items.CHANGES, sk),
        "SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeNames={f"#{name}": name for name in attributes},
        ExpressionAttributeValues={f":{name}": value for name, value in attributes.items()},
    )


def _rewritten(item: "Item", rewrite: Rewrite, reason: str, change: str) -> "NewItem":
    """Return a revision with the replacements, and a note of the change in the feed that documents them, and of its release."""
    number = int(change[:10])
    before = Sealed(json.loads(item["body"]["S"]), salts_of(item), seals_of(item))
    members, salts, seals = redact(before, rewrite.replaced, number, rewrite.salt)
    redactions = members.get("redactions", ())
    earlier = [entry for entry in redactions if entry["release"] != number]
    fields = {field for entry in redactions if entry["release"] == number for field in entry["fields"]}
    members["redactions"] = [*earlier, {"fields": sorted(fields | set(rewrite.replaced)), "reason": reason, "release": number}]
    body = rfc8785.dumps(members).decode()
    path = rewrite.to or rewrite.path
    return {
        **item,
        **items.key(items.document_pk(path), rewrite.mark),
        "path": items.text(path),
        **({"target": items.text(members["target"])} if "target" in item else {}),
        "body": items.text(body),
        "digest": items.text(digest_of(body)),
        "content_digest": items.text(content_digest_of(body)),
        **sealed(seals, salts),
        "rows": items.texts([*(sk for sk in item["rows"]["SS"] if int(sk[:10]) != number), change]),
    }
