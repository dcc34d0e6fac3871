"""Fixtures of the contract's tests: an instance over the seed, all resources that it serves, and a record of three releases."""

from collections.abc import Iterator
from typing import Any

import pytest

from schemas.pointers import Json
from tests.conftest import Client, World, once
from tests.contract.asking import everything
from tests.contract.editing import three_releases


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
    """Three releases; for tests that only read."""
    return once("three releases", shared_world, lambda: three_releases(shared_world, tmp_path_factory))


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
