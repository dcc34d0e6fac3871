"""Fixtures of the contract's tests: an instance over the seed, all resources that it serves, and a record of three releases."""

from collections.abc import Iterator
from typing import Any

import pytest

from schemas.pointers import Json
from tests.conftest import SEED, Client, World, once
from tests.contract.asking import everything
from tests.contract.editing import ACTOR, DAY, NEW, REFILED, SECOND_NAME, THIRD_NAME, edited_seed, renamed, replaced


@pytest.fixture(scope="module")
def warm(seeded: World) -> Client:
    """The API over the seed, on an instance that the tests of a module share."""
    return seeded.api()


@pytest.fixture(scope="module")
def resources(warm: Client) -> dict[str, dict[str, Json]]:
    """Every resource of the seed as it is served, by its id."""
    return everything(warm)


@pytest.fixture(scope="module")
def changed(shared_world: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three releases, a day apart: the seed; an actor renamed, a source with another kind, a new source; the actor renamed again."""

    def publish() -> None:
        assert shared_world.publish_files(SEED, message="One") == 1
        for number, (message, name) in enumerate((("Two", SECOND_NAME), ("Three", THIRD_NAME)), 2):
            shared_world.clock.advance(DAY)
            edits = {ACTOR: renamed(name), REFILED: replaced("kind: news-article", "kind: web-page")}
            copy = edited_seed(tmp_path_factory.mktemp(message), edits, {NEW: REFILED})
            assert shared_world.publish_files(copy, message=message) == number
        shared_world.clock.advance(3600)

    return once("changed", shared_world, publish)


@pytest.fixture(scope="module")
def api(changed: World) -> Client:
    """An instance over the three releases."""
    return changed.api()


@pytest.fixture
def ranges(changed: World) -> Iterator[list[tuple[str, str]]]:
    """The lower and upper bound of every Query that a test causes."""
    seen: list[tuple[str, str]] = []

    def note(params: dict[str, Any], **_: object) -> None:
        values = params["ExpressionAttributeValues"]
        seen.append((values[":low"]["S"], values[":high"]["S"]))

    events = changed.reading.client.meta.events
    events.register("provide-client-params.dynamodb.Query", note)
    yield seen
    events.unregister("provide-client-params.dynamodb.Query", note)
