"""A simple model of the record, made of plain documents in memory, without a table, stamps, caches or history."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from record.model import ChangeKind, Document, PageRequest, State
from record.reading import Reader
from record.writing.rendering import digest_of, render
from tests.record.documents import ids

LISTS = ("events", "events?act=arrest", "events?act=release", "events?case=cases/x", "events?case=cases/y", "events?gone")
SORTS = ("id", "day")
GONE = "events?gone"  # only has the order by id


def shaped(
    slug: str, text: str = "", *, day: str | None = None, until: str | None = None, act: str | None = None, case: str | None = None
) -> Document:
    """Return a document whose only content is `text`; the rest is its placement. So it can move without a change of content."""
    path = f"events/{slug}"
    content = json.dumps({"id": path, "text": text}, separators=(",", ":"), ensure_ascii=False).encode()
    lists = tuple(f"events?{name}={value}" for name, value in (("act", act), ("case", case)) if value)
    span = (day, max(day, until or day)) if day else None
    return Document(path, content, {"day": day or "~"}, lists, (f"act={act}",) if act else (), span)


def gone(slug: str, state: State, reason: str, target: str | None = None) -> Document:
    """Return a tombstone."""
    path = f"events/{slug}"
    content = json.dumps({"id": path, "reason": reason, "state": state, "target": target}, separators=(",", ":"))
    return Document(path, content.encode(), state=state, reason=reason, target=target)


@dataclass(frozen=True)
class Made:
    """The expected revision."""

    document: Document
    number: int
    release: int
    published_at: str

    @cached_property
    def body(self) -> str:
        """Its body."""
        return render(self.document.content, revision=self.number, release=self.release, published_at=self.published_at)


@dataclass(frozen=True)
class Released:
    """The expected release: its documents with their placement, their newest revisions, and its part of the feed."""

    documents: Mapping[str, Document]
    revisions: Mapping[str, Made]
    changes: Sequence[tuple[str, ChangeKind, int, tuple[str, ...]]]
    published_at: str


class Expected:
    """All expected releases."""

    def __init__(self) -> None:
        """Start without a release."""
        self.releases: list[Released] = []

    @property
    def documents(self) -> dict[str, Document]:
        """The documents of the current release."""
        return dict(self.releases[-1].documents) if self.releases else {}

    def differs(self, documents: Iterable[Document]) -> bool:
        """Return whether publishing these documents would make a release."""
        return {one.path: one for one in documents} != self.documents

    def publish(self, documents: Iterable[Document], published_at: str) -> None:
        """Add a release."""
        old = self.documents
        new = {one.path: one for one in documents}
        number = len(self.releases) + 1
        revisions = dict(self.releases[-1].revisions) if self.releases else {}
        changes = []
        for path in sorted(new):
            before, after = old.get(path), new[path]
            if before is not None and before.content == after.content:
                continue
            made = Made(after, revisions[path].number + 1 if before else 1, number, published_at)
            revisions[path] = made
            kind = _kind(before, after)
            changes.append((path, kind, made.number, ("/text",) if kind is ChangeKind.UPDATED else ()))
        self.releases.append(Released(new, revisions, changes, published_at))

    def listed(self, request: PageRequest) -> list[str]:
        """Return the paths of all matching documents, in order, from the start of the list."""
        found = [one for one in self.releases[request.release - 1].documents.values() if matches(one, request)]
        ordered = sorted(found, key=lambda one: (sort_key(one, request.sort), one.path), reverse=request.descending)
        return [one.path for one in ordered]


def _kind(before: Document | None, after: Document) -> ChangeKind:
    if after.state is not State.LIVE:
        return ChangeKind(after.state)
    if before is None:
        return ChangeKind.CREATED
    return ChangeKind.UPDATED if before.state is State.LIVE else ChangeKind.RESTORED


def sort_key(document: Document, sort: str) -> str:
    """Return the key by which a document is sorted in an order."""
    return "" if sort == "id" else document.sort_keys[sort]


def matches(document: Document, request: PageRequest) -> bool:
    """Return whether a list contains a document, and all conditions hold for it."""
    if not {request.list, *request.members_of} <= set(document.standing):
        return False
    if not all(set(alternatives) & set(document.values) for alternatives in request.carried):
        return False
    if request.span is None:
        return True
    first, last = request.span
    return document.span is not None and document.span[1] >= first and (not last or document.span[0] <= last)


def assert_rest(reader: Reader, expected: Expected, request: PageRequest, rest: Sequence[str]) -> list[tuple[PageRequest, list[str]]]:
    """Page through a list to its end: it must return exactly `rest` and the right total. Return every cursor with the rows after it."""
    cursors: list[tuple[PageRequest, list[str]]] = []
    left = list(rest)
    whole = len(expected.listed(request))
    for _ in range(200):
        page = reader.page(request)
        found = ids(page)
        assert len(found) <= request.limit
        assert found == left[: len(found)], f"{request}: {found} and not {left}"
        assert_bodies(expected, request.release, page.bodies)
        left = left[len(found) :]
        alone = request.after is None and page.after is None
        if page.total is not None or not request.members_of or alone:
            assert page.total == whole, f"{request}: a total of {page.total} and not {whole}"
        if page.after is None:
            assert left == [], f"{request}: it ends before {left}"
            return cursors
        request = request._replace(after=page.after)
        cursors.append((request, list(left)))
    raise AssertionError(f"{request}: the list does not end")


def assert_bodies(expected: Expected, release: int, bodies: Iterable[str]) -> None:
    """The bodies are those of the newest revisions at a release, byte for byte."""
    revisions = expected.releases[release - 1].revisions
    for body in bodies:
        assert body == revisions[json.loads(body)["id"]].body


def assert_lists(reader: Reader, expected: Expected, release: int, limit: int = 3, *, directions: Sequence[bool] = (False, True)) -> None:
    """Every list at a release has the right documents, in each order and direction, page by page."""
    for name in LISTS:
        for sort in SORTS if name != GONE else ("id",):
            for descending in directions:
                request = PageRequest(name, sort, release, limit, descending=descending)
                assert_rest(reader, expected, request, expected.listed(request))


def assert_documents(reader: Reader, expected: Expected, release: int, slugs: Iterable[str]) -> None:
    """Every document at a release is as it was published, and so are its revisions, the feed and the release itself."""
    wanted = expected.releases[release - 1]
    for slug in slugs:
        path = f"events/{slug}"
        found, made = reader.document(path, release), wanted.revisions.get(path)
        assert (found is None) == (made is None), path
        if found is not None and made is not None:
            assert (found.body, found.digest, found.number, found.release) == (made.body, digest_of(made.body), made.number, made.release)
            assert (found.state, found.reason, found.target) == (made.document.state, made.document.reason, made.document.target)
        numbers = [revision.number for revision in reader.revisions(path, release, 1_000, 1_000)]
        assert numbers == list(range(made.number if made else 0, 0, -1)), path
    feed = [(change.path, change.kind, change.revision, change.fields) for change in reader.changes("", release, 10_000)]
    assert feed == [change for one in expected.releases[:release] for change in one.changes]
    said = reader.release(release)
    assert said is not None
    assert (said.number, said.published_at) == (release, wanted.published_at)
    live = Counter(one.collection for one in wanted.documents.values() if one.state is State.LIVE)
    assert {name: count for name, count in said.counts.items() if count} == live
    assert said.changes == Counter(str(kind) for _, kind, _, _ in wanted.changes)


def assert_release(reader: Reader, expected: Expected, release: int, slugs: Iterable[str], limit: int = 3) -> None:
    """Everything that a reader returns at a release is as expected."""
    assert_documents(reader, expected, release, slugs)
    assert_lists(reader, expected, release, limit)
