"""A redaction from outside: the redacted text is in no answer, log or item, wherever it was and however a client asks."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from handlers.contract import PUBLISHED
from handlers.telemetry import Telemetry
from record import items
from record.current import HEAD_SECONDS
from record.model import REDACTED, ChangeKind
from record.reading import Reader
from record.store import Store
from record.verifying.verification import verify
from record.writing.removals import Guard, HoldsRemoved
from schemas.pointers import get, join
from schemas.registry import RESOURCES, resource_of
from tests.conftest import Client, Reply, World, logging_to
from tests.contract.asking import CONTRACT
from tests.contract.editing import client_over
from tests.contract.planting import CANARY, contents, everything, filtered_lists, pattern_of, places_of, planted, publish, texts_of
from tests.contract.verified import wrong_in
from tests.record.killing import table
from tests.record.memory import memory_world
from tests.unit import builders
from workbench.planning import published_contents
from workbench.redactions import AlreadyRedacted, Asked, CannotRedact, Plan, plan
from workbench.removed import screening
from workbench.staging import Staging

RELEASES = 10
WITHOUT = (4, 7)  # releases without redacted content
SLUGS = {resource.collection: ["full", "plain"] for resource in RESOURCES}


@dataclass
class Redacting:
    """A record of ten releases with a canary in every field of every type, and an instance's answers before the redaction."""

    world: World
    warm: Client
    log: io.StringIO
    lists: dict[str, set[tuple[str, str]]]
    before: dict[str, Reply] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)

    def telemetry(self) -> Telemetry:
        """Return telemetry that logs everything."""
        return logging_to(self.log)


def said(release: int) -> dict[str, bytes]:
    """Return the full resources of a release, and for each one a resource that is not redacted."""

    def say(path: str, at: str) -> str:
        what = f"nothing{release}" if release in WITHOUT else f"{CANARY}x{release}"
        start = "https://example.org/" if "url" in at or "same_as" in at else ""
        return f"{start}{what}-{path}-{at.replace('/', '-').replace('*', 'any')}"

    plain = contents(lambda path, at: f"https://example.org/plain-{path}-{at.replace('*', 'any')}")
    return contents(say) | {path.replace("/full", "/plain"): content.replace(b"/full", b"/plain") for path, content in plain.items()}


@pytest.fixture(scope="module")
def redacting() -> Redacting:
    """The record, after an instance has read and cached everything, and after the redaction."""
    world = memory_world()
    for release in range(1, RELEASES + 1):
        world.clock.advance(1000)
        assert publish(world, said(release)) == release
    log = io.StringIO()
    found = Redacting(world, client_over(world, world.reader()), log, filtered_lists(world))
    found.warm = client_over(world, world.reader(), found.telemetry())
    found.before = {target: found.warm.get(target) for target in everything(found.lists, SLUGS, RELEASES)}
    found.before |= dict(_pages(found.warm))
    for resource in RESOURCES:
        path = f"{resource.collection}/full"
        planned = plan(world.store, path, Asked(places_of(json.loads(said(1)[path]), CANARY)), "risk", salt=lambda: b"s" * 16)
        world.publisher().redact(planned.redaction)
        found.plans[path] = planned
    world.clock.advance(HEAD_SECONDS)
    return found


def _pages(client: Client) -> Iterator[tuple[str, Reply]]:
    """Yield every page behind a cursor, for every list."""
    for collection in CONTRACT.collections:
        for target in (f"/v1/{collection}?limit=1&sort=-id", f"/v1/{collection}/full/revisions?limit=3"):
            following = client.get(target).json["page"]["next"]
            while following:
                reply = client.get(following)
                yield following, reply
                following = reply.json["page"]["next"]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.singular)
def test_every_text_of_every_type_is_planted(resource: Any) -> None:
    """Every free-text field of every model has a canary. New types and fields get one by their declaration."""
    there = {pattern_of(at) for at in places_of(planted(resource, lambda at: f"https://example.org/{CANARY}{at}"), CANARY)}
    assert texts_of(resource) <= there
    assert len(there) >= 14


def test_it_was_in_answers_of_every_kind(redacting: Redacting) -> None:
    """Before, lists, resources, revisions, fields and inclusions held it, so the test below means something."""
    holding = [target for target, reply in redacting.before.items() if CANARY in reply.body]
    assert len(holding) > 600
    for part in ("?release=3", "sort=", "include=", "fields=", "/revisions/1?", "cursor=", "case=cases/full"):
        assert [target for target in holding if part in target], part
    assert sum(CANARY in json.dumps(row) for row in redacting.before["/v1/actors?sort=name&release=1"].json["data"]) == 1


def test_it_is_in_no_answer_of_an_instance_that_had_kept_it(redacting: Redacting) -> None:
    """An instance that had cached every answer shows it in none, at any release, as soon as it reads the current release again."""
    assert [target for target in redacting.before if CANARY in str(redacting.warm.get(target))] == []


def test_it_is_in_no_answer_of_a_cold_instance_and_in_no_log(redacting: Redacting) -> None:
    """Neither a cold instance's answers nor any log have it."""
    cold = client_over(redacting.world, redacting.world.reader(), redacting.telemetry())
    lists = {name: redacting.lists[name] | found for name, found in filtered_lists(redacting.world).items()}
    for target in everything(lists, SLUGS, RELEASES + len(RESOURCES)):
        reply = cold.get(target)
        assert CANARY not in f"{reply.headers} {reply.body}", target
        assert reply.status != 500, target
    assert redacting.log.getvalue().count("answered") > 1000
    assert CANARY not in redacting.log.getvalue()


class Watching:
    """A client that notes every request."""

    def __init__(self, client: Any) -> None:
        """Send the requests to this client."""
        self.client = client
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        """Return the client's method, which notes its arguments."""
        method = getattr(self.client, name)

        def call(**request: Any) -> Any:
            self.asked.append(str(request))
            return method(**request)

        return call


def test_no_answer_asks_for_the_digests_of_what_was_removed(redacting: Redacting) -> None:
    """Only publishers read them: no request to the table names their partition, whatever a client asks for."""
    watching = Watching(redacting.world.reading.client)
    reader = Reader(Store(cast("Any", watching), "record", clock=redacting.world.clock), clock=redacting.world.clock)
    client = client_over(redacting.world, reader)
    assert len([key for key in table(redacting.world.store) if key[0] == items.REMOVED]) > len(RESOURCES)
    hostile = [f"/v1/{word}" for word in (items.REMOVED, f"{items.REMOVED}/!", f"cases/{items.REMOVED}", f"cases?case={items.REMOVED}")]
    for target in [*everything(redacting.lists, SLUGS, 1), *hostile]:
        client.get(target)
    assert len(watching.asked) > 500
    partitions = [asked for asked in watching.asked if re.search(rf"""['"]{items.REMOVED}['"]""", asked)]
    assert partitions == []


def test_it_is_nowhere_in_the_table(redacting: Redacting) -> None:
    """No key, body, list, sort key, intent or note has it, in any release."""
    assert [key for key, item in table(redacting.world.store).items() if CANARY in str(key) + json.dumps(item)] == []


def test_record_verifies_and_tells_the_redactions(redacting: Redacting) -> None:
    """The chain is still valid. It shows what was redacted, when and why, but not the content."""
    found = list(verify(redacting.world.store))
    assert wrong_in(redacting.world.store) == []
    assert CANARY not in str(found)


def test_etags_of_what_was_rewritten_changed_and_no_others(redacting: Redacting) -> None:
    """No client gets a 304 for an old copy, and every other resource answers as before."""
    for path in redacting.plans:
        for target, slug in ((f"/v1/{path}", "full"), (f"/v1/{path.replace('full', 'plain')}", "plain")):
            before = redacting.before[target]
            after = redacting.warm.get(target, {"If-None-Match": before.headers["etag"]})
            assert after.status == (200 if slug == "full" else 304), target


def test_bodies_fit_their_schemas_wherever_something_fitting_could_be_said(redacting: Redacting) -> None:
    """If a field allows null or text, its replacement fits the published schema. Other fields are null and marked as redacted."""
    checked = 0
    for path, planned in redacting.plans.items():
        schema = json.loads((PUBLISHED / f"{resource_of(path.partition('/')[0]).singular}.json").read_bytes())
        for one in planned.rewritten:
            body = redacting.warm.get(f"/v1/{path}/revisions/{one.number}").json
            wrong = {join([*error.absolute_path]) for error in Draft202012Validator(schema).iter_errors(body)}
            empty = [at for at, instead in one.replaced.items() if instead is None]
            assert all(any(at == place or at.startswith(f"{place}/") for at in empty) for place in wrong), "an alternative fails as a whole"
            assert {one.replaced[f"/{name}/{tag}"] for name in ("name", "summary") for tag in ("en", "ko")} == {REDACTED}
            assert wrong.isdisjoint(["/name", "/summary", "/citations/0/quote", "/review/role"])
            checked += 1
    assert checked == RELEASES * len(RESOURCES)


def test_revisions_say_what_was_taken_out_when_and_why(redacting: Redacting) -> None:
    """Each revision names the fields, the reason and the release; its number, release and time are unchanged."""
    for number, (path, planned) in enumerate(sorted(redacting.plans.items(), key=lambda pair: pair[1].redaction.release), RELEASES + 1):
        for one in planned.rewritten:
            target = f"/v1/{path}/revisions/{one.number}"
            body = redacting.warm.get(target).json
            assert body["redactions"] == [{"fields": sorted(one.replaced), "reason": "risk", "release": number}]
            assert [body[name] for name in ("revision", "release")] == [one.number, one.release]
            assert all(get(body, at) == instead for at, instead in one.replaced.items())
            rows = redacting.warm.get(f"/v1/{path}/revisions?limit=100").json["data"]
            row = next(row for row in rows if row["number"] == one.number)
            assert f'"{row["digest"]}"' == redacting.warm.get(target).headers["etag"]


def test_feed_tells_the_redaction_to_a_reader_who_comes_back(redacting: Redacting) -> None:
    """A `resume` link from before the redaction leads to a row for each rewritten revision: kind, reason and fields."""
    resume = redacting.before["/v1/changes?release=10"].json["page"].get("resume")
    assert resume
    rows = []
    following = redacting.before["/v1/changes?since=9&limit=100"].json["page"]["resume"]
    while following:
        page = redacting.warm.get(following).json
        rows += page["data"]
        following = page["page"]["next"]
    assert {row["kind"] for row in rows} == {str(ChangeKind.REDACTED)}
    assert {row["reason"] for row in rows} == {"risk"}
    assert len(rows) == RELEASES * len(RESOURCES)
    assert all(row["fields"] for row in rows)


def test_cursors_from_before_have_expired(redacting: Redacting) -> None:
    """A cursor from before the redaction gets a 410, and a new one works."""
    old = [target for target in redacting.before if "cursor=" in target]
    assert old
    for target in old:
        reply = redacting.warm.get(target)
        assert (reply.status, reply.json["type"]) == (410, "/v1/problems/cursor-expired"), target
    following = redacting.warm.get("/v1/actors?limit=1").json["page"]["next"]
    assert redacting.warm.get(following).status == 200


def test_record_can_be_added_to_afterwards(redacting: Redacting) -> None:
    """New resources are checked and published as usual, and every release reads as before."""
    world = memory_world()
    world.store.put_all([dict(item) for item in table(redacting.world.store).values()])
    world.clock.now = redacting.world.clock.now
    new = json.dumps({"id": builders.PAPER, **builders.fields(builders.PAPER, {"citations": [{"source": "sources/full"}]})})
    with Staging() as staging:
        staging.add_published(published_contents(world.store))
        assert staging.add([io.StringIO(f"{new}\n")]) == []
        list(staging.check(world.clock.datetime().date()))
        release = world.publisher().publish(staging, "")
    assert release is not None
    assert dict(release.changes) == {"created": 1}
    assert wrong_in(world.store) == []


@pytest.mark.parametrize("release", range(1, RELEASES + 1))
def test_no_release_can_be_published_again(redacting: Redacting, release: int) -> None:
    """Whatever an older checkout holds of it is refused, in each field of each type that had it. Nothing is published."""
    world = memory_world()
    world.store.put_all([dict(item) for item in table(redacting.world.store).values()])
    world.clock.now = redacting.world.clock.now
    before = table(world.store)
    with Staging() as staging:
        staging.add_published(sorted(said(release).items()))
        with pytest.raises(HoldsRemoved) as refused:
            world.publisher().publish(staging, "Again", guard=Guard(world.store, screening))
    found = {(one.path, pattern_of(one.pointer)) for one in refused.value.found}
    text = CANARY if release not in WITHOUT else "nothing"
    texts = {
        (path, pattern_of(at))
        for path, content in said(release).items()
        if path in redacting.plans
        for at in places_of(json.loads(content), text)
    }
    assert found == texts
    changed = {key for key, item in table(world.store).items() if before.get(key) != item}
    assert {pk.partition("#")[0] for pk, _ in changed} <= {items.RELEASES, "HISTORY", "LIST", "INTENT"}
    assert world.reader().head().release == RELEASES + len(RESOURCES)


def test_again_there_is_nothing_left_to_do(redacting: Redacting) -> None:
    """The same redaction again is reported as done, unlike one that names a field that never existed."""
    with pytest.raises(AlreadyRedacted, match="was redacted before"):
        plan(redacting.world.store, "actors/full", Asked(["/name/en", "/summary/ko"]), "risk")
    with pytest.raises(CannotRedact, match="/nmae/en") as refused:
        plan(redacting.world.store, "actors/full", Asked(["/name/en", "/nmae/en"]), "risk")
    assert not isinstance(refused.value, AlreadyRedacted)
