"""Fixtures of the deployment tests: an AWS emulator, and a checkout to deploy to it. `run` in this directory installs the tools."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment.emulator import Checkout, Cloud, checkout, emulator
from workbench.deploying import packaging

# These tests need tools that `run` installs, so a plain pytest run skips them.
collect_ignore_glob = [] if "ARTICLE33_EMULATOR" in os.environ else ["*"]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An empty emulator."""
    with emulator(tmp_path_factory.mktemp("cloud")) as started:
        yield started


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of this checkout, built once for all modules."""
    return packaging.build(tmp_path_factory.mktemp("dist") / "article33.zip").path


@pytest.fixture(scope="module")
def house(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout that deploys to the emulator."""
    return checkout(tmp_path_factory.mktemp("house"), cloud)
