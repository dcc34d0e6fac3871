"""What the tests of the deployment share: an emulator of AWS, and a checkout that is deployed to it. `run` beside this gets the tools."""

import os
from collections.abc import Iterator

import pytest

from tests.deployment.emulator import Checkout, Cloud, checkout, emulator

# They need tools that `run` installs, so the other tests' command leaves them out.
collect_ignore_glob = [] if "ARTICLE33_EMULATOR" in os.environ else ["*"]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An empty AWS."""
    with emulator(tmp_path_factory.mktemp("cloud")) as started:
        yield started


@pytest.fixture(scope="module")
def house(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose command deploys there."""
    return checkout(tmp_path_factory.mktemp("house"), cloud)
