"""The redaction of ids and messages from outside: the old ones are in no answer, item or export, and old ids answer 404 everywhere."""

import datetime
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from record.copying.copies import export
from record.current import HEAD_SECONDS
from record.model import REDACTED, Release, State
from record.verifying.verification import verify
from schemas.registry import RESOURCES
from schemas.v1 import validation
from tests.conftest import Client, Reply, World
from tests.contract.editing import client_over
from tests.contract.planting import CANARY, contents, everything, filtered_lists, publish
from tests.contract.verified import wrong_in
from tests.record.killing import table
from tests.record.memory import memory_world
from tests.resources import Record, gone, live
from workbench.id_redactions import plan_id
from workbench.message_redactions import plan_message
from workbench.staging import Staging

RELEASES = 3
SLUG = f"{CANARY}-in-an-id"
SLUGS = {resource.collection: [SLUG, "plain"] for resource in RESOURCES}
PATHS = [f"{resource.collection}/{SLUG}" for resource in RESOURCES]


def said(release: int) -> dict[str, bytes]:
    """Return the resources of a release: those with the canary in their ids refer to each other, the others to others."""
    made = contents(lambda path, at: f"https://example.org/{release}-{path.partition('/')[0]}-{at.replace('*', 'any')}")
    return {
        path.replace("/full", f"/{slug}"): content.replace(b"/full", f"/{slug}".encode())
        for path, content in made.items()
        for slug in (SLUG, "plain")
    }


@dataclass
class Replacing:
    """A record whose ids were redacted, an instance that had answered everything before, the digests of then, and the new ids."""

    world: World
    warm: Client
    before: dict[str, Reply]
    digests: list[str]
    ids: dict[str, str] = field(default_factory=dict)

    def targets(self) -> Iterator[str]:
        """Yield the requests for everything that there is now, at each release."""
        slugs = {path.partition("/")[0]: [to.partition("/")[2], "plain"] for path, to in self.ids.items()}
        releases = RELEASES + len(PATHS) + 1
        yield from (target for target in everything(filtered_lists(self.world), slugs, releases))


@pytest.fixture(scope="module")
def replacing() -> Replacing:
    """The record, after an instance has read and cached everything, and after all these ids and one message were redacted."""
    world = memory_world()
    for release in range(1, RELEASES + 1):
        world.clock.advance(1000)
        assert publish(world, said(release), f"About {CANARY}" if release == 2 else "More") == release
    warm = client_over(world, world.reader())
    before = {target: warm.get(target) for target in everything(filtered_lists(world), SLUGS, RELEASES)}
    found = Replacing(world, warm, before, digests(world))
    for path in PATHS:
        planned = plan_id(world.store, path, "risk")
        world.publisher().redact(planned.redaction)
        found.ids[path] = planned.to
    world.publisher().redact(plan_message(world.store, "releases/2", "risk"))
    world.clock.advance(HEAD_SECONDS)
    return found


def digests(world: World) -> list[str]:
    """Return the digest of every release, as a verification computes it."""
    return [one.digest for one in verify(world.store) if isinstance(one, Release)]


def test_they_were_in_answers_of_every_kind(replacing: Replacing) -> None:
    """Before, lists, resources, revisions, the feed and the releases held them, so the tests below mean something."""
    holding = [target for target, reply in replacing.before.items() if CANARY in reply.body]
    for part in ("/v1/events?release=1", "/v1/changes?", "/v1/releases/2", "/revisions/1?", "include=", "/plain"):
        assert [target for target in holding if part in target] or part == "/plain", part


def test_they_are_in_no_item_and_no_export(replacing: Replacing, tmp_path: Path) -> None:
    """No key, body, list, sort key, total, row of the feed or note has them, and neither has a new backup."""
    assert [key for key, item in table(replacing.world.store).items() if CANARY in str(key) + json.dumps(item)] == []
    export(replacing.world.store, tmp_path / "backup", clock=replacing.world.clock)
    assert [file for file in (tmp_path / "backup").iterdir() if CANARY in file.read_text(encoding="utf-8")] == []


def test_they_are_in_no_answer_of_a_warm_or_cold_instance(replacing: Replacing) -> None:
    """At any release, in any list, representation or page of the history."""
    cold = client_over(replacing.world, replacing.world.reader())
    for target in replacing.targets():
        for client in (replacing.warm, cold):
            reply = client.get(target)
            assert CANARY not in f"{reply.headers} {reply.body}", target
            assert reply.status < 500, target


@pytest.mark.parametrize("path", PATHS)
def test_the_old_id_is_not_found_anywhere(path: str, replacing: Replacing) -> None:
    """The resource, its revisions, timemap and sub-lists answer 404 at every release. The new id answers in its place."""
    to = replacing.ids[path]
    for client in (replacing.warm, client_over(replacing.world, replacing.world.reader())):
        for release in range(1, RELEASES + 1):
            for rest in ("", "/revisions", f"/revisions/{release}"):
                assert client.get(f"/v1/{path}{rest}?release={release}").status == 404
                assert client.get(f"/v1/{to}{rest}?release={release}").status == 200
        assert client.get(f"/v1/{path}/timemap").status == 404
        assert client.get(f"/v1/{to}/timemap").status == 200


def test_lists_of_an_old_id_are_empty(replacing: Replacing) -> None:
    """A list that was filtered by an old id has nothing; the one that is filtered by the new id has as many resources as before."""
    compared = 0
    for target, reply in replacing.before.items():
        if f"/{SLUG}&" not in target or reply.status != 200 or "cursor=" in target or f"/{SLUG}&" not in target.partition("?")[2]:
            continue
        new = target
        for path, to in replacing.ids.items():
            new = new.replace(path, to)
        assert replacing.warm.get(target).json["page"]["total"] == 0, target
        assert replacing.warm.get(new).json["page"]["total"] == reply.json["page"]["total"] > 0, target
        compared += 1
    assert compared > 20


def test_every_digest_is_still_the_same(replacing: Replacing) -> None:
    """The record verifies, and the digests of all earlier releases are unchanged."""
    assert wrong_in(replacing.world.store) == []
    assert digests(replacing.world)[:RELEASES] == replacing.digests


def test_the_feed_and_the_releases_tell_it(replacing: Replacing) -> None:
    """Each rewritten revision has a row with the fields; the message has one without a revision, and is replaced in its release."""
    rows: list[dict[str, Any]] = list(replacing.warm.every(f"/v1/changes?since={RELEASES}&limit=100"))
    assert {row["kind"] for row in rows} == {"redacted"}
    for to in replacing.ids.values():
        assert {row["revision"] for row in rows if row["path"] == to and "/id" in row["fields"]} == {1, 2, 3}
    (message,) = [row for row in rows if row["revision"] is None]
    release = replacing.warm.get("/v1/releases/2").json
    assert (message["path"], message["digest"], message["fields"]) == ("releases/2", None, ["/message"])
    assert (release["message"], release["message_salt"]) == (REDACTED, None)
    assert message["seal"] == release["message_seal"]


def test_the_same_documents_with_the_new_ids_are_no_change(replacing: Replacing) -> None:
    """A publish of the sources with the new ids changes nothing."""
    renamed = {}
    for path, content in said(RELEASES).items():
        text = f"{path}\n{content.decode()}"
        for old, new in replacing.ids.items():
            text = text.replace(old, new)
        renamed[text.partition("\n")[0]] = text.partition("\n")[2].encode()
    assert publish(replacing.world, renamed) is None


def test_name_that_had_the_id_has_a_new_place_in_the_order() -> None:
    """A sort key is made from the text without the old id, so the index is as a publish would make it."""
    world = memory_world()
    documents = (live(f"actors/{SLUG}"), live("actors/plain", {"name": {"en": f"Friend of actors/{SLUG}"}}))
    assert publish(world, {one.path: one.content for one in documents}, "One") == 1
    world.publisher().redact(plan_id(world.store, f"actors/{SLUG}", "risk").redaction)
    assert wrong_in(world.store) == []
    assert [key for key, item in table(world.store).items() if SLUG in f"{key} {json.dumps(item)}"] == []


def test_redirects_lead_to_the_new_id() -> None:
    """What was renamed or merged into a resource redirects to its new id, at every release."""
    world = memory_world()
    record = Record(world, lambda: b"s" * 16)
    record.put(live("actors/a"), live(f"actors/{SLUG}"), live("actors/c"))
    record.publish("One")
    record.put(
        gone("actors/a", State.MERGED, "duplicate", f"actors/{SLUG}"), gone("actors/c", State.RENAMED, "better-id", f"actors/{SLUG}")
    )
    record.publish("Two")
    planned = plan_id(world.store, f"actors/{SLUG}", "risk")
    record.publisher().redact(planned.redaction)
    client = client_over(world, world.reader())
    for target in ("/v1/actors/a", "/v1/actors/c", "/v1/actors/a?release=2", "/v1/actors/c/revisions/2"):
        reply = client.get(target)
        assert (reply.status, reply.headers["location"].partition("?")[0]) == (308, f"/v1/{planned.to}"), target
    rows = [(row["path"], row["target"]) for row in client.every("/v1/changes?limit=100") if row["target"]]
    assert rows == [("actors/a", planned.to), ("actors/c", planned.to)]
    assert [key for key, item in table(world.store).items() if SLUG in json.dumps(item)] == []


def test_no_check_refuses_an_opaque_id(replacing: Replacing) -> None:
    """An opaque id is random, and must never look like a number, an age or a name: no later publish could repair that."""
    chance = random.Random(33)
    content: dict[str, Any] = json.loads(said(1)[f"events/{SLUG}"])
    today = datetime.date(2026, 11, 23)
    with Staging() as others:
        for _ in range(500):
            planned = plan_id(replacing.world.store, "sources/plain", "risk", token=lambda: chance.randbytes(8))
            path = f"events/{planned.to.partition('/')[2]}"
            breaches = validation.check(validation.trusted(path, content | {"id": path}), others, today)
            assert [breach for breach in breaches if breach.field == "/id"] == []
