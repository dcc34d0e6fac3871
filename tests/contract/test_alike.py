"""An id that is written but not released must look like one that never existed, even to somebody who measures time.

No test measures time. What takes time are the calls to DynamoDB and the calls of functions, so both must be the same. What an answer says
about such ids is tested in test_nothing_let_in.py.
"""

import base64
import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import SEED, World
from tests.contract.asking import event
from tests.contract.planting import Contents, publish
from tests.counting import calls_of
from tests.record.killing import NEVER, Killed, killed
from tests.record.memory import memory_world
from workbench.planning import published_contents

COMING, NOBODY, OTHER = "actors/coming-soon-x", "actors/never-was-abc", "actors/nobody-at-all"
MARK = "coming"  # in every id that is not released
CASE = "cases/nine-north-koreans-viet-nam-2015"
# Lists into which the running publish has written more entries than all Queries of one page read.
STATEMENTS = 40
# The two answers may differ by so many function calls: less than a thousandth of the time of one call to DynamoDB.
NEAR = 10
TARGETS = (
    *(f"/v1/PATH{rest}" for rest in ("", "/revisions", "/revisions/1", "/timemap", "/cases", "/statements", "/nothing")),
    *(f"/v1/PATH?{query}" for query in ("release=1", "as_of=2026-11-23", "fields=name", "include=cases", "format=jsonld", "bogus=1")),
    *(f"/v1/statements?actor=PATH{query}" for query in ("", "&limit=1", "&limit=1&sort=-id", "&limit=1&release=1", "&format=csv")),
    *(f"/v1/statements?actor=PATH{query}" for query in ("&from=2015", f"&case={CASE}", "&limit=1&include=speaker")),
)


def with_coming(contents: Mapping[str, bytes]) -> Contents:
    """Return a record's contents with one more actor, who makes many statements."""
    coming = {COMING: contents["actors/viet-nam"]}
    statement = next(json.loads(content) for path, content in contents.items() if path.startswith("statements/"))
    content = json.dumps({**statement, "speaker": COMING}).encode()
    return {**contents, **coming, **{f"statements/{MARK}-{number:02}": content for number in range(STATEMENTS)}}


def under_way() -> World:
    """Return the seed, and a publish that wrote everything and died before it made the release visible."""
    whole = memory_world()
    assert whole.publish_files(SEED) == 1
    coming = with_coming(dict(published_contents(whole.store)))
    with killed(whole.store, NEVER, after=True) as writes:
        assert publish(whole, coming) == 2
    flip = max(at for at, write in enumerate(writes, 1) if write == "UpdateItem")
    world = memory_world()
    assert world.publish_files(SEED) == 1
    with killed(world.store, flip, after=False), pytest.raises(Killed):
        publish(world, coming)
    assert is_written(world)
    return world


def taken_back() -> World:
    """Return the changed seed, published after such a publish died; its items were removed by this publish."""
    world = under_way()
    world.clock.advance(100_000)
    contents = dict(published_contents(world.store))
    changed = contents["actors/viet-nam"].replace(b"Viet Nam", b"Vietnam", 1)
    assert publish(world, {**contents, "actors/viet-nam": changed}) == 2
    assert not is_written(world)
    return world


def is_written(world: World) -> bool:
    """Return whether the table has the actor and an entry for each of its statements."""
    found = [item["pk"]["S"] for page in world.store.scan() for item in page]
    return f"DOC#{COMING}" in found and sum(pk.startswith(f"LIST#statements?actor={COMING}|id") for pk in found) == STATEMENTS


@pytest.fixture(scope="module", params=[under_way, taken_back], ids=["under way", "taken back"])
def hiding(request: pytest.FixtureRequest) -> World:
    """A record with an id that must look as if it never existed."""
    world: World = request.param()
    return world


def taken(world: World, path: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Any]]:
    """Yield what each request for an id costs on a cold instance, and what it costs again.

    That is (status, size, calls to DynamoDB), and the number of function calls.
    """
    asked: list[tuple[str, str]] = []

    def noted(operation: str, ask: Any) -> Any:
        def act(**question: Any) -> Any:
            asked.append((operation, json.dumps(question, sort_keys=True).replace(path, "PATH")))
            return ask(**question)

        return act

    with monkeypatch.context() as patches:
        for operation in ("get_item", "batch_get_item", "query"):
            patches.setattr(world.reading.client, operation, noted(operation, getattr(world.reading.client, operation)))
        for target, method in itertools.product(TARGETS, ("GET", "HEAD")):
            instance = world.api().instance
            question = event(target.replace("PATH", path), method=method)
            for again in ("cold", "warm"):
                asked.clear()
                answers: list[Mapping[str, Any]] = []
                calls = calls_of(lambda: answers.append(instance.resolve(question, None)))  # noqa: B023 - it is called at once
                (answer,) = answers
                yield f"{method} {target}, {again}", ((answer["statusCode"], len(answer["body"]), list(asked)), calls)


def test_they_take_the_same(hiding: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same calls to DynamoDB, in the same order and of the same size, and as many function calls; also the second time."""
    assert len(COMING) == len(NOBODY) == len(OTHER)
    assert dict(taken(hiding, OTHER, monkeypatch)), "what this process does once, and not once an instance, is done"
    coming, nobody = dict(taken(hiding, COMING, monkeypatch)), dict(taken(hiding, NOBODY, monkeypatch))
    assert {question: row for question, (row, _) in coming.items() if row != nobody[question][0]} == {}
    assert {question: calls for question, (_, calls) in coming.items() if abs(calls - nobody[question][1]) > NEAR} == {}
    assert {row[0] for row, _ in coming.values()} == {200, 400, 404}
    assert min(calls for _, calls in coming.values()) > NEAR * 3, "what is near is little beside it"
    cold, warm = (coming[f"GET /v1/PATH, {again}"][0][2] for again in ("cold", "warm"))
    assert ([operation for operation, _ in cold], warm) == (["get_item", "query"], []), "it is kept that there is nothing"


@pytest.mark.parametrize("step", [1, 300])
@pytest.mark.parametrize("query", ["sort=id", "sort=-id", "sort=date", "from=2015", "to=2016&sort=-date", f"case={CASE}&from=2015"])
def test_no_cursor_tells_what_is_not_released(query: str, step: int, hiding: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages hold all released resources, however many unreleased ones are between them, and no page ends at an unreleased one."""
    monkeypatch.setattr("record.paging.FILTERED_STEP", step)
    monkeypatch.setattr("record.paging.MOST_QUERIES", 2)
    client = hiding.api()
    whole = [row["id"] for row in client.every(f"/v1/statements?{query}&limit=100")]
    assert len(whole) > 3
    found, following = [], f"/v1/statements?{query}&limit=1"
    while following:
        page = client.get(following).json
        found += [row["id"] for row in page["data"]]
        following = page["page"]["next"]
        cursor = parse_qs(urlsplit(following or "").query).get("cursor", [""])[0]
        assert MARK not in base64.urlsafe_b64decode(f"{cursor}===").decode()
    assert found == whole
    assert not any(MARK in one for one in found)
