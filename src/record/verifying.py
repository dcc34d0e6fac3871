"""Verifying the record: every digest is computed again from the table, and every index entry looked for."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from record import items
from record.chain import ReleaseDigest
from record.comparing import Placed, placed_documents
from record.model import Digest, Head, Release, State
from record.reading import Reader, total_of
from record.rendering import content_of, digest_of, seal_of
from record.store import BATCH_GET, Store

if TYPE_CHECKING:
    from record.items import Item


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Something in the table that is not as it was published: where, at which release, and what."""

    path: str
    release: int
    message: str


def verify(store: Store) -> Iterator[Discrepancy | Release]:
    """Yield every release when it is done, after everything in it that is not as it was published."""
    reader = Reader(store, head_seconds=float("inf"))
    head = reader.head()
    parent: Digest | None = None
    release: Release | None = None
    for number in range(1, head.release + 1):
        release = reader.release(number)
        assert release is not None, "every number up to the current release has one, or the reader has raised"
        if release.parent != parent:
            yield Discrepancy("", number, f"its parent is {release.parent}, and release {number - 1} has the digest {parent}")
        digest = ReleaseDigest(number, parent, release.published_at, release.message)
        counted: Counter[str] = Counter()
        for some in _changes(store, head, number):
            yield from _revisions(store, release, some, digest, counted)
        if digest.digest() != release.digest:
            yield Discrepancy("", number, f"its digest is {release.digest}, and its parts give {digest.digest()}")
        if counted != Counter(release.changes):
            yield Discrepancy("", number, f"it counts {dict(release.changes)}, and the feed holds {dict(counted)}")
        parent = release.digest
        yield release
    if release is not None:
        yield from _index(store, head, release)


def _changes(store: Store, head: Head, number: int) -> Iterator[list["Item"]]:
    low, high = f"{items.padded(number)}#", f"{items.padded(number)}#~"
    for page, _ in store.query(items.CHANGES, low, high, Limit=BATCH_GET):
        yield [item for item in page if items.stamp_of(item["sk"]["S"]) not in head.lost]


def _revisions(
    store: Store, release: Release, changes: list["Item"], digest: ReleaseDigest, counted: Counter[str]
) -> Iterator[Discrepancy]:
    keys = [items.key(items.document_pk(change["path"]["S"]), items.stamp_of(change["sk"]["S"])) for change in changes]
    found = store.batch_get(keys)
    for change, key in zip(changes, keys, strict=True):
        path = change["path"]["S"]
        counted[change["kind"]["S"]] += 1
        revision = found.get((key["pk"]["S"], key["sk"]["S"]))
        if revision is None:
            yield Discrepancy(path, release.number, "the revision that the feed names is missing")
            continue
        body, number = revision["body"]["S"], int(revision["number"]["N"])
        seal = seal_of(revision["salt"]["S"], body)
        digest.add(path, number, State(revision["state"]["S"]), seal)
        expected = {
            "path": path,
            "digest": digest_of(body),
            "content_digest": hashlib.sha256(content_of(body)).hexdigest(),
            "seal": seal,
            "published_at": release.published_at,
        }
        for name, value in expected.items():
            if revision[name]["S"] != value:
                yield Discrepancy(path, release.number, f"its {name} is {revision[name]['S']}, and should be {value}")
        if change["digest"] != revision["digest"] or change["number"] != revision["number"]:
            yield Discrepancy(path, release.number, "the feed and the revision disagree on its digest or number")


def _index(store: Store, head: Head, release: Release) -> Iterator[Discrepancy]:
    """Yield every live document whose entries are not all there, and every list whose total is not its length."""
    lengths: Counter[str] = Counter()
    for placed in placed_documents(store, head, release):
        lengths.update({placed.path.partition("/")[0], *placed.lists})
        keys = placed.entry_keys()
        found = store.batch_get(keys)
        for key in keys:
            entry = found.get((key["pk"]["S"], key["sk"]["S"]))
            if entry is None or entry["revision"]["S"] != placed.revision or "to" in entry:
                yield Discrepancy(placed.path, release.number, f"its entry in {key['pk']['S']} is missing or wrong")
        yield from _current(store, placed, release)
    names = sorted(lengths)
    for start in range(0, len(names), BATCH_GET):
        some = names[start : start + BATCH_GET]
        found = store.batch_get([items.key(items.total_pk(name), items.TOTAL) for name in some])
        for name in some:
            total = total_of(found.get((items.total_pk(name), items.TOTAL), {}), release.number, head.lost)
            if total != lengths[name]:
                yield Discrepancy(name, release.number, f"the list's total is {total}, and it has {lengths[name]} entries")


def _current(store: Store, placed: Placed, release: Release) -> Iterator[Discrepancy]:
    item = store.get(items.key(items.document_pk(placed.path), placed.revision))
    if item is None or item["content_digest"]["S"] != placed.content_digest or item["number"] != items.number(placed.number):
        yield Discrepancy(placed.path, release.number, "its index entry and its revision disagree")
