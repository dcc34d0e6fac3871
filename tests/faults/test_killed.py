"""Publish, redact, restore and export, killed by SIGKILL at random requests, while a reader reads.

No answer is ever inconsistent. The next command completes the work or undoes it, and then the record verifies. The moments are spread over
all requests of an undisturbed run. ARTICLE33_KILLS is how many there are of each kind, ARTICLE33_KILL_SEED another choice of them.
"""

import json
import os
import random
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from record.copying.backups import Backup, DamagedBackup, DirectoryNotEmpty
from record.copying.claims import Restorer
from record.copying.copies import restore
from record.errors import HalfRestored
from record.model import Document, PageRequest
from record.reading import Reader
from record.verifying.findings import Discrepancy
from record.verifying.verification import verify
from record.writing.owners import this_process
from record.writing.publishing import Publisher
from tests.conftest import World
from tests.faults.killing import NEVER, Killer, a_killer
from tests.record.copied import another, everything_in, exported
from tests.record.documents import DocumentRules, document, in_order
from tests.record.killing import restore as put_back
from tests.record.killing import table
from tests.record.redacted import History, holding, without_text

KILLS = int(os.environ.get("ARTICLE33_KILLS", "30"))
SEED = int(os.environ.get("ARTICLE33_KILL_SEED", "33"))
LISTS = ("events", "events?act=arrest", "events?act=release")
SORTS = ("id", "day")
A = "events/a"

Members = Mapping[str, object]


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    """A proxy that kills."""
    with a_killer() as proxy:
        yield proxy


def moments(requests: int) -> Iterator[tuple[int, bool]]:
    """Yield the number of a request, and whether to kill after DynamoDB has answered it: spread over all of them, and chosen by SEED."""
    chosen = random.Random(SEED)
    assert requests > 10
    for kill in range(KILLS):
        at = 1 + int((kill + chosen.random()) * requests / KILLS)
        after = chosen.random() < 0.5
        print(f"seed {SEED}: kill {kill} of {KILLS}, {'after' if after else 'before'} request {at} of {requests}")  # noqa: T201 - if it fails
        yield at, after


def publisher(world: World) -> Publisher:
    """Return a publisher of this process, with the real time, as the killed process has it."""
    world.clock.now = time.time()
    return Publisher(world.store, owner=this_process(), clock=world.clock)


def documents_of(number: int) -> dict[str, Document]:
    """Return the documents of a release: some change their text, their place in an order, or their lists, and one is new."""
    flip = number % 2
    made = [
        document("a", text=f"secret-{number}.", day="2015-10-20", act="arrest"),
        document("b", text=f"text {number}", day=f"2015-10-{10 + number % 15}"),
        document("c", day="2015-10-22", act="release" if flip else "arrest"),
        document("d", day="2015-10-23" if flip else "2015-10-01", act="arrest"),
        *(document(f"e{index}", day="2015-11-01") for index in range(1 + number // 3)),
    ]
    return {one.path: one for one in made}


class Reading:
    """Reads a record whose releases are known, as a new instance of the API would."""

    def __init__(self, world: World, releases: list[dict[str, Document]], coming: dict[str, Document]) -> None:
        """The record has these releases, and may get another one at any time."""
        self._world = world
        self._releases = [*releases, coming]
        self.times = 0

    def __call__(self) -> int:
        """Read the newest release and an old one: documents, pages and totals must agree. Return the newest."""
        reader = Reader(self._world.reading, clock=time.monotonic)
        newest = reader.head().release
        assert newest in (len(self._releases) - 1, len(self._releases))
        for release in (newest, 1 + self.times % newest):
            self._read(reader, release)
        self.times += 1
        return newest

    def _read(self, reader: Reader, release: int) -> None:
        wanted = self._releases[release - 1]
        for name in LISTS:
            paths = sorted(path for path, one in wanted.items() if name in one.standing)
            for sort in SORTS:
                in_sort = sorted(paths, key=lambda path: ("" if sort == "id" else wanted[path].sort_keys["day"], path))
                page = reader.page(PageRequest(name, sort, release, 100))
                bodies: list[Members] = [json.loads(body) for body in page.bodies]
                assert [body["id"] for body in bodies] == in_sort, (name, sort, release)
                assert page.total == len(paths), (name, release)
                for body in bodies:
                    assert_same(body, wanted[str(body["id"])])
        found = reader.document(A, release)
        assert found is not None
        assert_same(json.loads(found.body), wanted[A])


def assert_same(body: Members, wanted: Document) -> None:
    """A body is that of the document. Its text may be redacted."""
    published: Members = json.loads(wanted.content)
    for name, value in published.items():
        assert body[name] == value or (name == "text" and body[name] is None), (body, published)


def assert_verifies(world: World) -> None:
    """The whole record verifies."""
    assert [found for found in verify(world.store, DocumentRules()) if isinstance(found, Discrepancy)] == []


def test_publish_killed_at_any_request_is_completed_by_the_next(world: World, killer: Killer) -> None:
    """Readers see the old release or the new one. The next publish takes the lease over at once, and makes the release."""
    releases = [documents_of(number) for number in (1, 2)]
    coming = documents_of(3)
    for one in releases:
        publisher(world).publish(in_order(one.values()), "")
    start = table(world.store)
    reading = Reading(world, releases, coming)

    def publish(at: int, *, after: bool) -> bool:
        put_back(world.store, start)
        killed = killer.run(world.store.table, "publish", in_order(coming.values()), at, after=after, meanwhile=reading)
        reading()
        publisher(world).publish(in_order(coming.values()), "a release")
        assert reading() == 3
        assert_verifies(world)
        return killed

    assert not publish(NEVER, after=False)
    assert all(publish(at, after=after) for at, after in moments(killer.seen))


def test_redact_killed_at_any_request_is_completed_by_the_next(world: World, killer: Killer) -> None:
    """Readers see the text or nothing in its place. The next redaction completes it, and then the text is nowhere."""
    history = History(world, [documents_of(number) for number in (1, 2, 3)])
    for one in history.releases:
        publisher(world).publish(in_order(one.values()), "")
    redaction = history.planned(A, without_text)
    start = table(world.store)
    reading = Reading(world, history.releases, history.releases[-1])

    def redact(at: int, *, after: bool) -> bool:
        put_back(world.store, start)
        killed = killer.run(world.store.table, "redact", redaction, at, after=after, meanwhile=reading)
        reading()
        publisher(world).resume()
        if reading() == 3:
            publisher(world).redact(redaction)
        assert reading() == 4
        assert holding(world, "secret-") == set()
        assert_verifies(world)
        return killed

    assert not redact(NEVER, after=False)
    assert all(redact(at, after=after) for at, after in moments(killer.seen))


@pytest.fixture
def filled(world: World) -> World:
    """A record of four releases that verifies."""
    for number in range(26, 30):
        publisher(world).publish(in_order(documents_of(number).values()), "")
    assert_verifies(world)
    return world


def test_restore_killed_at_any_request_is_completed_by_the_next(filled: World, killer: Killer, tmp_path: Path) -> None:
    """Readers find no release or the whole record. Nobody can publish in between. The next restore completes it, in every item."""
    exported(filled, tmp_path / "backup")
    whole = everything_in(filled.store)

    def run(name: str, at: int, *, after: bool) -> None:
        copy = another(filled, name)

        def read() -> bool:
            if (newest := copy.reader().head().release) == 0:
                return False
            assert newest == 4
            assert everything_in(copy.store) == whole
            return True

        killer.run(copy.store.table, "restore", str(tmp_path / "backup"), at, after=after, meanwhile=read)
        if not read():
            if everything_in(copy.store):
                with pytest.raises(HalfRestored):
                    publisher(copy).publish([document("intruder")], "")
            restore(copy.store, tmp_path / "backup", Restorer(this_process(), time.time))
        assert everything_in(copy.store) == whole
        copy.store.client.delete_table(TableName=copy.store.table)

    run("undisturbed", NEVER, after=False)
    for number, (at, after) in enumerate(moments(killer.seen)):
        run(f"killed-{number}", at, after=after)


def test_export_killed_at_any_request_leaves_nothing_that_can_be_restored(filled: World, killer: Killer, tmp_path: Path) -> None:
    """A directory without a manifest is refused by name. Another export into it is refused too, and one into a new directory works."""
    empty = another(filled, "empty")

    def run(directory: Path, at: int, *, after: bool) -> bool:
        killed = killer.run(filled.store.table, "export", str(directory), at, after=after, meanwhile=filled.reader().head)
        if killed and directory.exists():
            with pytest.raises(DamagedBackup, match="it is not a backup, or its export did not finish"):
                restore(empty.store, directory, Restorer(this_process(), time.time))
            if any(directory.iterdir()):
                with pytest.raises(DirectoryNotEmpty):
                    exported(filled, directory)
        elif not killed:
            assert sum(1 for _ in Backup.opened(directory).items()) == len(everything_in(filled.store))
        return killed

    assert not run(tmp_path / "undisturbed", NEVER, after=False)
    killed = [run(tmp_path / str(number), at, after=after) for number, (at, after) in enumerate(moments(killer.seen))]
    assert all(killed)
    exported(filled, tmp_path / "at last")
    assert everything_in(empty.store) == {}
    assert_verifies(filled)
