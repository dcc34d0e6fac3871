"""A canary in everything that the record can say, through ten releases; redacted as a maintainer would, it is nowhere and stays out."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from record.copying.copies import export
from record.current import HEAD_SECONDS
from record.errors import RecordProblem
from record.model import State
from record.verifying.verification import verify
from record.writing.removals import HoldsRemoved
from schemas.pointers import leaves
from schemas.registry import RESOURCES
from tests.conftest import World, logging_to
from tests.contract.asking import COLLECTIONS, CONTRACT
from tests.contract.editing import client_over
from tests.contract.planting import CANARY, contents, filtered_lists
from tests.contract.verified import wrong_in
from tests.record.killing import table
from tests.record.memory import memory_world
from tests.unit import builders
from workbench.commands.guarding import guard_of
from workbench.finding import Hit, Where, find
from workbench.id_redactions import plan_id
from workbench.message_redactions import plan_message
from workbench.planning import published_contents, put_back
from workbench.redactions import Asked, plan
from workbench.staging import Staging

Source = dict[str, dict[str, Any]]  # the fields of each file, by path

SLUG = f"{CANARY}-in-an-id"
BY_WORDS = ("cases", "statements")  # the other types are redacted by field
MESSAGES = {2: f"About the {CANARY} of March", 7: f"More on {CANARY}, and more"}
WITHOUT = 7  # in this release only ids and the message have it
WITHDRAWN, RENAMED, MERGED, INTO = "events/full", "statements/full", "instruments/full", "instruments/plain"
CLAIMED = "sources/plain"  # in release 8, only a claim has it
RELEASES = range(1, 11)


def texts(release: int) -> Source:
    """Return resources with the canary in every text, in other words in each release, and others with it in their ids and references."""

    def say(path: str, at: str) -> str:
        collection, field = path.partition("/")[0], at.replace("/", " ").replace("*", "any")
        text = f"{'nothing' if release == WITHOUT else CANARY} {collection} in {release}{field}"
        return f"https://example.org/{text.replace(' ', '-')}" if "url" in at or "same_as" in at else text

    def plain(path: str, at: str) -> str:
        return f"https://example.org/plain-{path.partition('/')[0]}-{at.replace('/', '-').replace('*', 'any')}"

    found = contents(say)
    for slug in ("plain", SLUG):
        found |= {path.replace("full", slug): content.replace(b"/full", f"/{slug}".encode()) for path, content in contents(plain).items()}
    members = {path: json.loads(content) for path, content in found.items()}
    return {path: {name: value for name, value in fields.items() if name not in ("id", "type")} for path, fields in members.items()}


def source(release: int) -> Source:
    """Return the files of a release: updates in each, and from release to release a withdrawal, restoration, rename, merge, and its end."""
    found = texts(release)
    if release == 3:
        found[WITHDRAWN] = {"gone": {"how": "withdrawn", "reason": "risk"}}
    if release >= 5:
        found[RENAMED.replace("full", "renamed")] = found[RENAMED]
        found[RENAMED] = {"gone": {"how": "renamed", "to": RENAMED.replace("full", "renamed"), "reason": "better-id"}}
    if release in (6, 7):
        found[MERGED] = {"gone": {"how": "merged", "to": INTO, "reason": "duplicate"}}
    if release == 8:
        claim = found[CLAIMED]["claims"][0]
        found[CLAIMED]["claims"].append(claim | {"preferred": False, "value": f"{CANARY} claimed", "as_stated": f"as {CANARY} claims"})
    return found


def files(at: Path, release: int) -> Path:
    """Write the files of a release."""
    for path, fields in source(release).items():
        file = at / f"{path}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(fields), encoding="utf-8")  # which is YAML
    return at


def stream(release: int) -> io.StringIO:
    """Return a release as NDJSON."""
    return io.StringIO("".join(f"{json.dumps({'id': path} | fields)}\n" for path, fields in source(release).items()))


@dataclass
class Redacted:
    """The record after its redactions, the items before, what was asked for, an instance's log, and the releases' directories."""

    world: World
    before: Mapping[tuple[str, str], Any]
    lists: dict[str, set[tuple[str, str]]]
    done: list[str]
    log: io.StringIO
    directories: dict[int, Path]


@pytest.fixture(scope="module")
def redacted(tmp_path_factory: pytest.TempPathFactory) -> Redacted:
    """Ten releases from files, then redacted until `find` finds nothing."""
    world = memory_world()
    directories = {release: files(tmp_path_factory.mktemp(f"release-{release}"), release) for release in RELEASES}
    for release, directory in directories.items():
        world.clock.advance(1000)
        with Staging() as staging:
            assert staging.add([directory]) == []
            made = world.publisher().publish(staging, MESSAGES.get(release, "More"))
        assert made is not None
        assert made.number == release
    log = io.StringIO()
    found = Redacted(world, table(world.store), filtered_lists(world), [], log, directories)
    client = client_over(world, world.reader(), logging_to(log))
    warm = [client.get(target).body for target in targets(found)]
    assert sum(CANARY in body for body in warm) > 300
    while hits := sorted(find(world.store, CANARY), key=str):
        found.done.append(redact(world, hits))
        assert len(found.done) < 40, hits
    world.clock.advance(HEAD_SECONDS)
    return found


def redact(world: World, hits: list[Hit]) -> str:
    """Redact the first thing that `find` names and that can be redacted: a message, fields or words of a resource, or an id."""
    # Ids first, because fields that refer to them have them too.
    hit = next(hit for where in (Where.MESSAGE, Where.ID, Where.FIELD) for hit in hits if hit.where is where)
    if hit.where is Where.MESSAGE:
        what = f"releases/{hit.release}"
        redaction = plan_message(world.store, what, "risk")
    elif hit.where is Where.ID:
        assert hit.path is not None
        what = f"{hit.path} --field /id"
        redaction = plan_id(world.store, hit.path, "risk").redaction
    else:
        assert hit.path is not None
        collection = hit.path.partition("/")[0]
        fields = sorted({str(one.at) for one in hits if one.path == hit.path and one.where is Where.FIELD})
        asked = Asked(words=[f"{CANARY} {collection}"]) if collection in BY_WORDS else Asked(fields)
        what = f"{hit.path} {asked}"
        redaction = plan(world.store, hit.path, asked, "risk").redaction
    world.publisher().redact(redaction)
    return what


def targets(of: Redacted) -> Iterator[str]:
    """Yield requests: each list and resource at each release, in each format, with each filter, revision and page of history."""
    paths = {item["path"]["S"] for item in table(of.world.store).values() if "body" in item and "path" in item}
    paths |= {item["path"]["S"] for item in of.before.values() if "body" in item}
    for release in RELEASES:
        for target in (*(f"/v1/{path}" for path in sorted(paths)), *(f"/v1/{name}" for name in COLLECTIONS)):
            yield from (f"{target}?release={release}&format={form}" for form in CONTRACT.formats)
        yield from (f"/v1/releases/{release}", f"/v1/changes?release={release}", f"/v1/changes?since={release - 1}&limit=100")
    for name, collection in COLLECTIONS.items():
        for release in (1, 5, RELEASES[-1]):
            yield from (f"/v1/{name}?{rule}={value}&release={release}" for rule, value in sorted(of.lists[name]))
            yield from (f"/v1/{name}?sort={sign}{sort}&release={release}" for sort in collection.sorts for sign in ("", "-"))
    for path in sorted(paths):
        collection = COLLECTIONS[path.partition("/")[0]]
        yield from (f"/v1/{path}{rest}" for rest in ("", "/timemap", "/revisions", *(f"/{other}" for other in collection.sublists)))
        yield from (f"/v1/{path}/revisions/{number}" for number in RELEASES)
        yield from (f"/v1/{path}?include={field}" for field in collection.references)
    yield from ("/v1", "/v1/changes", "/v1/releases", "/v1/nothing")


def test_it_was_redacted_in_every_way(redacted: Redacted) -> None:
    """Messages, ids, fields and words were redacted, of every type: the tests below mean something."""
    assert {f"releases/{release}" for release in MESSAGES} <= set(redacted.done)
    for resource in RESOURCES:
        assert f"{resource.collection}/{SLUG} --field /id" in redacted.done
        assert any(what.startswith(f"{resource.collection}/full Asked") for what in redacted.done)
    assert {item["state"]["S"] for item in redacted.before.values() if "body" in item} == {str(state) for state in State}


def test_it_is_nowhere_in_the_table_and_in_no_export(redacted: Redacted, tmp_path: Path) -> None:
    """No key or attribute of any item has it. A new backup has none, and the record verifies."""
    assert [key for key, item in table(redacted.world.store).items() if CANARY in f"{key} {json.dumps(item)}".casefold()] == []
    export(redacted.world.store, tmp_path / "backup", clock=redacted.world.clock)
    assert [file for file in (tmp_path / "backup").iterdir() if CANARY in file.read_text(encoding="utf-8")] == []
    found = list(verify(redacted.world.store))
    assert wrong_in(redacted.world.store) == []
    assert CANARY not in str(found)


def test_it_is_in_no_answer_and_no_log(redacted: Redacted) -> None:
    """Of a cold instance, in any format, except where the request itself has it: an old id."""
    log = io.StringIO()
    client = client_over(redacted.world, redacted.world.reader(), logging_to(log))
    redacted.lists |= {name: redacted.lists[name] | found for name, found in filtered_lists(redacted.world).items()}
    for target in targets(redacted):
        reply = client.get(target)
        assert reply.status < 500, target
        if CANARY not in target:
            assert CANARY not in f"{reply.headers} {reply.body}", target
        elif SLUG in target.partition("?")[0]:
            assert reply.status in (400, 404), target
        else:
            assert reply.json["data"] == [], target
    assert log.getvalue().count("answered") > 1000
    assert CANARY not in log.getvalue()


@pytest.mark.parametrize("kind", ["directory", "stream"])
@pytest.mark.parametrize("release", RELEASES)
def test_no_source_can_be_published_again(redacted: Redacted, release: int, kind: str) -> None:
    """Each is refused, with every field that would put it back; `plan` names the same fields. Nothing is published."""
    world = memory_world()
    world.store.put_all([dict(item) for item in table(redacted.world.store).values()])
    world.clock.now = redacted.world.clock.now
    with Staging() as staging:
        if kind == "stream":
            staging.add_published(published_contents(world.store))
        assert staging.add([redacted.directories[release] if kind == "directory" else stream(release)]) == []
        named = {one.place for one in put_back(world.store, staging, guard_of(world.store, (), staging))}
        with pytest.raises(RecordProblem) as refused:
            world.publisher().publish(staging, "Again", guard=guard_of(world.store, (), staging))
        assert isinstance(refused.value, HoldsRemoved)
        assert {one.place for one in refused.value.found} == named
    held = {
        f"{path}:{at}"
        for path, fields in source(release).items()
        if "gone" not in fields
        for at, value in leaves({"id": path} | fields)
        if isinstance(value, str) and CANARY in value and (at == "/id" or SLUG not in value)
    }
    assert held - named == set()
    assert world.reader().head().release == RELEASES[-1] + len(redacted.done)


def publish(world: World, resources: Source) -> bool:
    """Publish resources as the whole record; return False if that would put back something."""
    with Staging() as staging:
        assert staging.add([io.StringIO("".join(f"{json.dumps({'id': path} | fields)}\n" for path, fields in resources.items()))]) == []
        try:
            return world.publisher().publish(staging, "A message", guard=guard_of(world.store, (), staging)) is not None
        except HoldsRemoved:
            return False


def test_short_text_does_not_come_back_under_a_new_id() -> None:
    """A rename is no way around the digest of a text that counts only in its own field."""
    world = memory_world()
    short = {builders.EVENT: builders.fields(builders.EVENT, {"name": {"en": "Ehmet"}})}
    assert publish(world, short)
    world.publisher().redact(plan(world.store, builders.EVENT, Asked(["/name/en"]), "risk").redaction)
    new = "events/another"
    renamed = {builders.EVENT: {"gone": {"how": "renamed", "to": new, "reason": "better-id"}}}
    assert not publish(world, {new: short[builders.EVENT], **renamed})
    assert publish(world, {new: builders.fields(builders.EVENT), **renamed})


def test_removed_claim_keeps_out_no_other_claim() -> None:
    """What claims have in common is not taken for what was removed: their field, their source, and whether they are preferred."""
    world = memory_world()

    def case(name: str) -> Source:
        claims = [builders.claim("/name/en", name, preferred=True, note=f"{name} is in the judgment.")]
        return {builders.CASE: builders.fields(builders.CASE, {"name": {"en": name}, "claims": claims})}

    assert publish(world, case("Ehmet"))
    world.publisher().redact(plan(world.store, builders.CASE, Asked(["/claims/0", "/name/en"]), "risk").redaction)
    assert not publish(world, case("Ehmet"))
    assert publish(world, case("Another name"))
