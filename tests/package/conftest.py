"""Fixtures of the package tests: the package, unpacked, and a record to read. `run` in this directory installs the tools."""

import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import SEED
from tests.serving import serving
from workbench.deploying import packaging
from workbench.deploying.packaging import Built
from workbench.tables import LOCAL_REGION, LOCAL_TABLE

# These tests need tools that `run` installs, so a plain pytest run skips them.
collect_ignore_glob = [] if "ARTICLE33_PACKAGE_TOOLS" in os.environ else ["*"]


@dataclass(frozen=True)
class Served:
    """The published seed: this checkout's URL for it, and the function's environment to read the same record."""

    url: str
    environment: dict[str, str]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The package of this checkout."""
    return packaging.build(tmp_path_factory.mktemp("dist") / "article33.zip")


@pytest.fixture(scope="session")
def task(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, unpacked as Lambda does into /var/task."""
    directory = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(built.path) as archive:
        archive.extractall(directory)
    return directory


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """The seed, served by this checkout."""
    with serving(SEED) as (url, record_port, _):
        yield Served(url, lambda_environment(f"http://127.0.0.1:{record_port}"))


def lambda_environment(endpoint: str) -> dict[str, str]:
    """Return the environment of a function on Lambda whose DynamoDB is at an endpoint."""
    return {
        "ARTICLE33_TABLE": LOCAL_TABLE,
        "AWS_REGION": LOCAL_REGION,
        "AWS_DEFAULT_REGION": LOCAL_REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "NO_PROXY": "127.0.0.1",
    }
