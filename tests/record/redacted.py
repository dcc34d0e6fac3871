"""Helpers for tests of redaction: a record that contains a canary text, and its expected lists after the redaction."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from record import items
from record.model import Document, PageRequest, State
from record.reading import Reader
from record.store import Store
from record.verifying.findings import Discrepancy
from record.verifying.verification import verify
from record.writing.notes import Generation, Redaction, Rewrite
from record.writing.publishing import Publisher
from record.writing.reindexing import generations_of
from record.writing.removals import Digested
from tests.conftest import World
from tests.record.documents import document, ids, in_order
from tests.record.expected import LISTS, SORTS, Expected
from tests.record.killing import table
from tests.record.memory import memory_world

CANARY = "canary-5e1f"
SALT = "c0" * 16
KEY = "ab" * 32
DIGEST = "d1" * 32
Change = Callable[[Document, int], Document]


@dataclass
class History:
    """A record, and for each of its releases the published documents."""

    world: World
    releases: list[dict[str, Document]] = field(default_factory=list)

    def publisher(self) -> Publisher:
        """Return a publisher whose lease expires at once, so that it blocks no other after it died."""
        return self.world.publisher(lease_seconds=1e-9)

    def publish(self, *documents: Document) -> int | None:
        """Publish these documents with all others. Return the number of the release."""
        wanted = {**(self.releases[-1] if self.releases else {}), **{one.path: one for one in documents}}
        release = self.publisher().publish(in_order(wanted.values()), "")
        if release is not None:
            self.releases.append(wanted)
        return release.number if release else None

    def redact(self, path: str, change: Change, fields: Sequence[str] = ("/text",)) -> Redaction:
        """Redact a document, and change it in the expected documents of every release too. Return the redaction."""
        redaction = self.planned(path, change, fields)
        self.publisher().redact(redaction)
        self.releases = self.changed(path, change)
        self.releases.append(self.releases[-1])
        return redaction

    def changed(self, path: str, change: Change) -> list[dict[str, Document]]:
        """Return the documents of every release with one of them changed."""
        return [
            {**documents, path: change(documents[path], number)} if path in documents else dict(documents)
            for number, documents in enumerate(self.releases, 1)
        ]

    def planned(self, path: str, change: Change, fields: Sequence[str] = ("/text",)) -> Redaction:
        """Return the plan to redact a document's fields, made from the published documents."""
        rewrites = [
            Rewrite(path, mark, number, {at: None for at in fields if members.get(at[1:]) is not None}, SALT)
            for mark, number, members in self.bodies(path)
            if any(members.get(at[1:]) is not None for at in fields)
        ]
        old = generations_of(self.world.store, path, self.world.reader().head())
        digest = Digested(DIGEST, 1, everywhere=True, at=f"{path}:/text")
        standing = tuple(self._standing(path, old, change))
        return Redaction(len(self.releases), "court-order", tuple(rewrites), {path: standing}, removed=(digest,), key=KEY)

    def bodies(self, path: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """Yield the stamp, the number and the members of every revision of a document that is not a tombstone."""
        lost = self.world.reader().head().lost
        for page, _ in self.world.store.query(items.document_pk(path), "0", "~"):
            for item in page:
                if item["sk"]["S"] not in lost and item["state"]["S"] == State.LIVE:
                    yield item["sk"]["S"], int(item["number"]["N"]), json.loads(item["body"]["S"])

    def _standing(self, path: str, old: Sequence[Generation], change: Change) -> Iterator[Generation]:
        """Yield the generations of the changed document: a new one whenever its revision or its placement changes."""
        marks = [self._mark(number) for number in range(1, len(self.releases) + 1)]
        pieces: list[Generation] = []
        for one in old:
            first, end = int(one.start[:10]), int(one.end[:10]) if one.end else len(self.releases) + 1
            for number in range(first, end):
                documents = self.releases[min(number, len(self.releases)) - 1]
                here = change(documents[path], number)
                start = one.start if number == first else marks[number - 1]
                piece = Generation(
                    start, None, one.revision, one.number, here.standing, tuple(sorted(here.sort_keys.items())), here.values, here.span
                )
                if pieces and replace(pieces[-1], start=start) == piece:
                    continue
                pieces.append(piece)
        ends = [*(piece.start for piece in pieces[1:]), None]
        return (replace(piece, end=end) for piece, end in zip(pieces, ends, strict=True))

    def _mark(self, number: int) -> str:
        item = self.world.store.get(items.key(items.RELEASES, items.padded(number)))
        assert item is not None
        return items.stamp(number, int(item["attempt"]["N"]))

    def assert_holds(self) -> None:
        """Every list at every release is as expected, in every order and direction, page by page; and the record verifies."""
        expected = Expected()
        for documents in self.releases:
            expected.publish(documents.values(), "")
        reader = self.world.reader()
        assert reader.head().release == len(self.releases)
        names = {*LISTS, *(name for documents in self.releases for one in documents.values() for name in one.standing)}
        for number in range(1, len(self.releases) + 1):
            for name in sorted(names):
                for sort in ("id",) if name.endswith("?gone") else SORTS:
                    assert_same(reader, expected, PageRequest(name, sort, number, 2 if name == "events" else 20, descending=sort == "day"))
            assert_same(reader, expected, PageRequest("events", "day", number, 2))
            for more in ({"carried": (("act=arrest", "act=release"),)}, {"span": ("2015-10-02", "2015-10-30")}):
                assert_same(reader, expected, PageRequest("events", "day", number, 2, **more))
            assert_same(reader, expected, PageRequest("events", "day", number, 2, members_of=("events?act=arrest",)))
            for path, one in self.releases[number - 1].items():
                found = reader.document(path, number)
                assert found is not None
                assert found.state is one.state
        assert discrepancies(self.world.store) == []


def assert_same(reader: Reader, expected: Expected, request: PageRequest) -> None:
    """A list is as expected, page by page, and so is its total if it has one."""
    wanted, found = expected.listed(request), list[str]()
    following: PageRequest | None = request
    while following is not None:
        page = reader.page(following)
        found += ids(page)
        assert page.total is None or page.total == len(wanted), following
        following = following._replace(after=page.after) if page.after is not None else None
        assert len(found) <= len(wanted), request
    assert found == wanted, request


def discrepancies(store: Store) -> list[Discrepancy]:
    """Return what is wrong with a record."""
    return [found for found in verify(store) if isinstance(found, Discrepancy)]


def without_text(one: Document, _number: int = 0) -> Document:
    """Return a document without its text, with the same placement."""
    if one.state is not State.LIVE:
        return one
    return replace(one, content=json.dumps({**json.loads(one.content), "text": None}, separators=(",", ":")).encode())


def without_place(one: Document, _number: int = 0) -> Document:
    """Return a document without its text, without a day, and in no list but its collection."""
    return replace(without_text(one), lists=(), values=(), span=None, sort_keys={"day": "~"}) if one.state is State.LIVE else one


def without_place_at(releases: frozenset[int]) -> Change:
    """Return the change that removes a document from its lists at these releases, and its text everywhere."""
    return lambda one, number: without_place(one) if number in releases else without_text(one)


def told(**fields: Any) -> Document:
    """Return a document with the canary wherever it can be: in its text, its day and its list."""
    return document("a", **{"day": CANARY, "act": CANARY, "text": f"Said by {CANARY}.", **fields})


def untold(one: Document, _number: int = 0) -> Document:
    """Return the same document without the canary."""
    if one.state is not State.LIVE:
        return one
    members = json.loads(one.content)
    fields: dict[str, Any] = {name: None if name in ("day", "act", "text") else value for name, value in members.items() if name != "id"}
    return document("a", **fields)


FIELDS = ("/day", "/act", "/text")


def filled(world: World) -> History:
    """Return a record with the canary in two revisions of a document and in their lists; one ended long ago, one just now."""
    history = History(world)
    history.publish(told(), document("b", day="2015-10-22", act="arrest"), document("c"))
    history.publish(told(case="cases/x", note="new"))
    world.clock.advance(4000)
    history.publish(document("b", day="2015-10-24", act="release"))
    history.publish(document("a", day="2015-10-23", act="arrest", text=f"Now {CANARY} too."), document("d", act="arrest"))
    assert {"HISTORY", "INTENT", "LIST", "DOC"} <= {pk.partition("#")[0] for pk, _ in holding(world)}
    return history


def filled_twice() -> History:
    """Return a small record in memory, for many crashes: a document with the canary in two revisions, and another document."""
    history = History(memory_world())
    history.publish(told(), document("b", act="arrest"))
    history.world.clock.advance(4000)
    history.publish(document("a", act="arrest", text=f"Now {CANARY} too."))
    return history


def holding(world: World, text: str = CANARY) -> set[tuple[str, str]]:
    """Return the keys of the items that contain a text."""
    return {key for key, item in table(world.store).items() if text in json.dumps(item)}
