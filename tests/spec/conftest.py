"""What the tests with foreign tools share: the API over three releases, served on the loopback. `run` beside this gets the tools."""

import os
from collections.abc import Iterator

import pytest

from tests.conftest import SEED, World
from tests.contract.editing import ACTOR, DAY, SECOND_NAME, THIRD_NAME, edited_seed, renamed
from tests.e2e.examples import served

# They need tools that `run` installs, so the other tests' command leaves them out.
collect_ignore_glob = [] if "ARTICLE33_SPEC_TOOLS" in os.environ else ["*"]


@pytest.fixture(scope="module")
def url(shared_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where an instance over the seed and two later releases, which rename an actor, is served."""
    seeds = [edited_seed(tmp_path_factory.mktemp("seed"), {ACTOR: renamed(name)}) for name in (SECOND_NAME, THIRD_NAME)]
    for number, seed in enumerate([SEED, *seeds], 1):
        assert shared_world.publish_files(seed) == number
        shared_world.clock.advance(DAY)
    with served(shared_world.api()) as base:
        yield base


@pytest.fixture(scope="module")
def seed_url(seeded: World) -> Iterator[str]:
    """Where an instance over the seed alone is served, as `make serve` does."""
    with served(seeded.api()) as base:
        yield base
