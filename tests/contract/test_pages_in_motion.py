"""Pages while releases are published: a list that was begun at a release continues at it, on any instance."""

import random
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import pytest

from record.model import Document, State
from tests.conftest import Client
from tests.contract.asking import ask, links_of
from tests.record.memory import memory_world
from tests.resources import Record, gone, live

RELEASES = 34
PATHS = [f"actors/a{number:02}" for number in range(24)]
ORDERS = ("id", "-id", "name", "-name")
LIMITS = (1, 2, 3, 5)


@dataclass
class Walk:
    """A reader of a list that began at a release, by `next` links or by naming the release: what it read, and its next page."""

    release: int
    order: str
    following: str | None
    read: list[str] = field(default_factory=list)
    pages: int = 0


def edited(record: Record, chance: random.Random) -> None:
    """Rename, add, withdraw or restore a few actors; one always changes, so that there is a release."""
    for path in chance.sample(PATHS, 7):
        if chance.random() < 0.25 and path in record.documents:
            record.put(gone(path, State.WITHDRAWN, "error"))
        else:
            record.put(called(path, f"name {chance.randrange(12):02}"))
    record.put(called("actors/zz", f"other {chance.random()}"))


def called(path: str, name: str) -> Document:
    """Return an actor with this name, by which the collection can be sorted."""
    return replace(live(path, {"name": {"en": name}}), sort_keys={"name": name})


def expected(record: Record, order: str) -> list[str]:
    """Return the ids of the record in an order, computed from its documents alone."""
    names = {path: one for path, one in record.documents.items() if one.state is State.LIVE}
    found = sorted(names)
    if order.removeprefix("-") == "name":
        found.sort(key=lambda path: name_of(names[path].content))
    return found[::-1] if order.startswith("-") else found


def name_of(content: bytes) -> str:
    """Return the English name in a document."""
    return content.split(b'"name":{"en":"')[1].split(b'"')[0].decode()


@dataclass
class Motion:
    """A changing record, the content of each release in each order, and its readers."""

    record: Record
    held: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    walks: list[Walk] = field(default_factory=list)
    done: list[Walk] = field(default_factory=list)
    fetched: int = 0

    def publish(self, chance: random.Random) -> int:
        """Publish a release; return its number."""
        edited(self.record, chance)
        release = self.record.publish()
        assert release is not None
        for order in ORDERS:
            self.held[release.number, order] = expected(self.record, order)
        return release.number

    def begin(self, release: int, chance: random.Random, client: Client) -> None:
        """Add a reader that starts at the current release and follows links, and one that names a release."""
        named = chance.randint(1, release)
        for query, its in (({}, release), ({"release": named}, named)):
            order = chance.choice(ORDERS)
            asked = {"limit": chance.choice(LIMITS), "sort": order, "fields": "name", **query}
            self.walks.append(Walk(its, order, f"/v1/actors?{urlencode(asked)}"))
            if not query:
                self.step(self.walks[-1], client)

    def step(self, walk: Walk, client: Client) -> None:
        """Fetch a reader's next page, and compare it with its release."""
        assert walk.following is not None
        reply = ask(client, walk.following)
        assert reply.status == 200
        page: dict[str, Any] = reply.json["page"]
        held = self.held[walk.release, walk.order]
        assert (page["release"], page["total"]) == (walk.release, len(held))
        rows = [row["id"] for row in reply.json["data"]]
        # If many changes came since, a page may end before it is full; its `next` continues.
        assert len(rows) <= page["limit"]
        assert rows == held[len(walk.read) : len(walk.read) + len(rows)]
        walk.read += rows
        walk.pages += 1
        self.fetched += 1
        walk.following = page["next"]
        assert links_of(reply).get("next") == walk.following
        if walk.following is None:
            assert walk.read == held
            self.walks.remove(walk)
            self.done.append(walk)


@pytest.fixture(params=[1, 2, 3])
def chance(request: pytest.FixtureRequest) -> random.Random:
    """A random generator with a fixed seed."""
    return random.Random(request.param)


def test_every_page_is_of_its_own_release(chance: random.Random) -> None:
    """More than a hundred pages between releases, on warm and cold instances: rows and totals are those of one release."""
    motion = Motion(Record(memory_world(), lambda: b"\x00" * 16))
    motion.record.put(*(called(path, "first") for path in PATHS[:9]))
    world = motion.record.world
    warm = world.api()
    for _ in range(RELEASES):
        motion.begin(motion.publish(chance), chance, chance.choice((warm, world.api())))
        for walk in chance.sample(motion.walks, min(6, len(motion.walks))):
            motion.step(walk, chance.choice((warm, world.api())))
    spread = max(RELEASES - walk.release for walk in motion.walks)
    while motion.walks:
        motion.step(chance.choice(motion.walks), warm)
    assert motion.fetched > 100
    assert spread > RELEASES // 2, "somebody was far behind"
    assert len(motion.done) == 2 * RELEASES


def test_a_stale_instance_knows_a_page_that_another_began(chance: random.Random) -> None:
    """An instance that read the current release two seconds ago takes a cursor of a newer release, and answers at that one."""
    record = Record(memory_world(), lambda: b"\x00" * 16)
    motion = Motion(record)
    stale = record.world.api()
    motion.publish(chance)
    for _ in range(6):
        assert ask(stale, "/v1/actors?limit=1").status == 200
        edited(record, chance)
        release = record.publisher().publish([record.documents[path] for path in sorted(record.documents)], "")
        assert release is not None
        motion.held[release.number, "id"] = expected(record, "id")
        walk = Walk(release.number, "id", f"/v1/actors?limit=2&sort=id&release={release.number}")
        motion.walks.append(walk)
        motion.step(walk, record.world.api())
        while walk.following:
            motion.step(walk, stale)
