"""Turns items of the table into values. Items are trusted and not validated again, because only this package writes the table."""

import json
from typing import TYPE_CHECKING

from record import items
from record.model import Change, ChangeKind, Digest, Head, Origin, Release, Revision, Seal, Source, State

if TYPE_CHECKING:
    from record.items import Item


def head_of(item: "Item | None") -> Head:
    """Return the head from the current release's item. Without an item, the release is 0."""
    if item is None:
        return Head(0, 0)
    return Head(int(item["release"]["N"]), int(item["epoch"]["N"]), frozenset(item.get("lost", {}).get("SS", ())))


def release_of(item: "Item") -> Release:
    """Return the release in an item."""
    return Release(
        int(item["release"]["N"]),
        item["published_at"]["S"],
        item["message"]["S"],
        item["message_salt"]["S"] if "message_salt" in item else None,
        Digest(item["message_seal"]["S"]),
        {name: int(count["N"]) for name, count in item["counts"]["M"].items()},
        {name: int(count["N"]) for name, count in item["changes"]["M"].items()},
        Origin(
            Source(item["commit"]["S"], item["modified"]["BOOL"]) if "commit" in item else None,
            int(item["index_rules"]["N"]),
        ),
        Digest(item["digest"]["S"]),
        Digest(item["parent"]["S"]) if "parent" in item else None,
    )


def revision_of(item: "Item") -> Revision:
    """Return the revision in an item, without its seals and salts. Its body is empty if the read did not ask for it."""
    return Revision(
        item["path"]["S"],
        int(item["number"]["N"]),
        int(item["release"]["N"]),
        item["published_at"]["S"],
        State(item["state"]["S"]),
        Digest(item["digest"]["S"]),
        item["body"]["S"] if "body" in item else "",
        item["reason"]["S"] if "reason" in item else None,
        item["target"]["S"] if "target" in item else None,
    )


def sealed_revision_of(item: "Item") -> Revision:
    """Return the revision in an item, with its seals and salts."""
    return revision_of(item)._replace(seals=seals_of(item), salts=salts_of(item))


def seals_of(item: "Item") -> tuple[Seal, ...]:
    """Return the seals of a revision's item."""
    return tuple(Seal(release, seal, hashes) for release, seal, hashes in json.loads(item["seals"]["S"]))


def salts_of(item: "Item") -> dict[str, str]:
    """Return the salts of a revision's item, by JSON Pointer."""
    salts: dict[str, str] = json.loads(item["salts"]["S"])
    return salts


def change_of(item: "Item") -> Change:
    """Return the change in an item of the feed."""
    return Change(
        item["sk"]["S"],
        item["path"]["S"],
        ChangeKind(item["kind"]["S"]),
        int(item["release"]["N"]),
        int(item["number"]["N"]) if "number" in item else None,
        Digest(item["digest"]["S"]) if "digest" in item else None,
        Digest(item["seal"]["S"]),
        item["reason"]["S"] if "reason" in item else None,
        item["target"]["S"] if "target" in item else None,
        tuple(field["S"] for field in item["fields"]["L"]),
    )


def total_of(item: "Item", release: int, lost: frozenset[str]) -> int | None:
    """Return a list's total at a release, from its item with one attribute per stamp at which the total changed.

    None if no attribute is old enough: the list was empty then, or that total is archived.
    """
    bound = items.bound(release)
    marks = [name for name in item if name not in ("pk", "sk") and name < bound and name not in lost]
    return int(item[max(marks)]["N"]) if marks else None
