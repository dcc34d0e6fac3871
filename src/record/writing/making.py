"""Makes the items of a new release: the release, revisions, changes and index entries."""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from record import items
from record.chain import Link
from record.decoding import seals_of
from record.errors import ItemTooLarge, LeaseLost
from record.model import ChangeKind, Digest, Document, Origin, Release, Seal
from record.seals import seal_of
from record.store import Store
from record.writing.comparing import content_digest, placement_digest
from record.writing.intents import Intent
from record.writing.leasing import Lease
from record.writing.rendering import digest_of, render

if TYPE_CHECKING:
    from record.items import Item, NewItem


@dataclass(frozen=True, slots=True)
class Making:
    """The release that is being made."""

    lease: Lease
    number: int
    published_at: str
    message: str
    message_salt: str
    parent: Release | None
    origin: Origin

    @property
    def mark(self) -> str:
        """The stamp that everything of this publish carries."""
        return items.stamp(self.number, self.lease.attempt)

    def release(self, counts: Mapping[str, int], changes: Mapping[str, int]) -> Release:
        """Return the release, still without its digest."""
        seal = seal_of(self.message, self.message_salt)
        parent = self.parent.digest if self.parent else None
        return Release(
            self.number, self.published_at, self.message, self.message_salt, seal, counts, changes, self.origin, Digest(""), parent
        )


def moment(now: float, parent: Release | None) -> str:
    """Return the time of a release, from seconds since 1970. It is always later than its parent's, even if the clock went back."""
    at = datetime.datetime.fromtimestamp(now, datetime.UTC)
    if parent is not None:
        at = max(at, datetime.datetime.fromisoformat(parent.published_at) + datetime.timedelta(milliseconds=1))
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def put_release(store: Store, making: Making, release: Release) -> None:
    """Write the item of the release. Raises LeaseLost if a later attempt has written it already."""
    source = release.origin.source
    attributes: dict[str, Any] = {
        "release": items.number(release.number),
        "published_at": items.text(release.published_at),
        "message": items.text(release.message),
        "message_salt": items.text(making.message_salt),
        "message_seal": items.text(release.message_seal),
        "counts": {"M": {name: items.number(count) for name, count in release.counts.items()}},
        "changes": {"M": {name: items.number(count) for name, count in release.changes.items()}},
        "index_rules": items.number(release.origin.index_rules),
        "digest": items.text(release.digest),
        "attempt": items.number(making.lease.attempt),
        **({"parent": items.text(release.parent)} if release.parent else {}),
        **({"commit": items.text(source.commit), "modified": {"BOOL": source.modified}} if source else {}),
    }
    if not store.update(
        items.key(items.RELEASES, items.padded(release.number)),
        "SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
        ConditionExpression="attribute_not_exists(#attempt) OR #attempt <= :attempt",
        ExpressionAttributeNames={f"#{name}": name for name in attributes},
        ExpressionAttributeValues={f":{name}": value for name, value in attributes.items()},
    ):
        raise LeaseLost("a later attempt has written this release; nothing of this publish is visible")


def revision_item(making: Making, document: Document, number: int, salt: str, position: int) -> "NewItem":
    """Return the item of a document's revision, whose change has this position in the release. Raises ItemTooLarge."""
    body = render(document.content, revision=number, release=making.number, published_at=making.published_at)
    seal = Seal(making.number, seal_of(json.loads(body), salt), {})
    return fitting(
        document.path,
        {
            **items.key(items.document_pk(document.path), making.mark),
            "path": items.text(document.path),
            "number": items.number(number),
            "release": items.number(making.number),
            "published_at": items.text(making.published_at),
            "state": items.text(document.state),
            "body": items.text(body),
            "digest": items.text(digest_of(body)),
            "content_digest": items.text(content_digest(document)),
            **sealed([seal], {"": salt}),
            "rows": items.texts([items.change_sk(position, making.mark)]),
            **({"reason": items.text(document.reason)} if document.reason else {}),
            **({"target": items.text(document.target)} if document.target else {}),
        },
        items.LARGEST_REVISION,
    )


def change_item(making: Making, revision: "Item", kind: ChangeKind, fields: Sequence[str], position: int) -> "NewItem":
    """Return the item that adds a new revision to the feed, at a position in the release."""
    *_, last = seals_of(revision)
    return {
        **items.key(items.CHANGES, items.change_sk(position, making.mark)),
        "path": revision["path"],
        "kind": items.text(kind),
        "release": items.number(making.number),
        "number": revision["number"],
        "digest": revision["digest"],
        "seal": items.text(last.seal),
        **{name: revision[name] for name in ("reason", "target") if name in revision},
        "fields": {"L": [items.text(field) for field in fields]},
    }


def sealed(seals: Sequence[Seal], salts: Mapping[str, str]) -> "NewItem":
    """Return the attributes that keep a revision's seals and salts. A map attribute can't have the empty pointer as a name."""
    return {"seals": items.compact(seals), "salts": items.compact(salts)}


def link_of(change: "Item") -> Link:
    """Return the data of a change that the chain covers."""
    return Link(
        ChangeKind(change["kind"]["S"]),
        Digest(change["seal"]["S"]),
        change["reason"]["S"] if "reason" in change else None,
        tuple(field["S"] for field in change["fields"]["L"]),
    )


def entry_items(making: Making, document: Document, intent: Intent, revision: str, number: int) -> "list[NewItem]":
    """Return a document's index entries. The by-id entry in the manifest has the places of all others, for the next publish."""
    return entries_of(document, making.mark, intent.new_entries(making.mark), revision, number)


def entries_of(document: Document, mark: str, places: Sequence[tuple[str, str]], revision: str, number: int) -> "list[NewItem]":
    """Return a document's index entries at these (pk, sk), valid from the stamp `mark`, for a revision's stamp and number."""
    entry: NewItem = {
        "revision": items.text(revision),
        "from": items.text(mark),
        **({"values": items.texts(document.values)} if document.values else {}),
    }
    if document.span is not None:
        entry |= {"first": items.text(document.span[0]), "last": items.text(document.span[1])}
    orders = sorted(document.sort_keys.items())
    placing: NewItem = {
        "number": items.number(number),
        "content_digest": items.text(content_digest(document)),
        "placement": items.text(placement_digest(document)),
        "places": items.text(json.dumps([document.standing, orders], ensure_ascii=False, separators=(",", ":"))),
    }
    by_id = items.list_pk(document.standing[0], items.BY_ID)
    return [fitting(document.path, {**items.key(pk, sk), **entry, **(placing if pk == by_id else {})}) for pk, sk in places]


def fitting(path: str, item: "NewItem", largest: int = items.LARGEST_ITEM) -> "NewItem":
    """Return the item. Raises ItemTooLarge if it has more than `largest` bytes."""
    if (size := items.size(item)) > largest:
        raise ItemTooLarge(path, size, largest)
    return item
