"""Fixtures of the fault tests: the seed on dynalite, behind a proxy that injects faults. `run` in this directory installs the tools."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from boto3.session import Session

from record.client import publishing_client
from tests.conftest import ENDPOINT, SEED, World
from tests.serving import READY_SECONDS, environment, reserve_port

# These tests need tools that `run` installs, so a plain pytest run skips them.
collect_ignore_glob = [] if "ARTICLE33_FAULTS" in os.environ else ["*"]


@dataclass(frozen=True)
class Proxy:
    """A proxy in front of DynamoDB that fails on demand."""

    url: str

    def fail(self, operation: str, **how: Any) -> None:
        """Make every call of an operation (`*` for all) fail in this way, until `stop`."""
        self._tell("POST", [{"service": "dynamodb", **({} if operation == "*" else {"operation": operation}), **how}])

    def stop(self) -> None:
        """Stop failing."""
        self._tell("POST", [])

    def fired(self) -> list[Mapping[str, Any]]:
        """Return the faults that took effect, and forget them."""
        found: list[Mapping[str, Any]] = self._tell("GET", path="fired")
        self._tell("DELETE", path="fired")
        return found

    def _tell(self, method: str, body: Any = None, path: str = "rules") -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_microburst/{path}", data, {"Content-Type": "application/json"}, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the loopback
            return json.loads(answer.read() or b"null")


@pytest.fixture(scope="module")
def running(record: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Run the proxy as a process, and end it by its id."""
    assert record.reader().head().release == 1
    assert ENDPOINT is not None, "dynalite is behind it"
    port = reserve_port()
    tools = Path(os.environ["ARTICLE33_FAULTS"]) / "bin"
    log = tmp_path_factory.mktemp("proxy") / "log"
    with log.open("w") as written:
        process = subprocess.Popen(  # noqa: S603 - the proxy that `run` installed
            [tools / "microburst", "--upstream", ENDPOINT, "--port", str(port), "--no-resign"],
            env=environment(),
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    proxy = Proxy(f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + READY_SECONDS
    try:
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                proxy.stop()
                break
            except OSError:
                time.sleep(0.05)
        # At the first error the proxy loads its table of DynamoDB errors, which takes longer than a reader's time-out.
        proxy.fail("ListTables", error={"code": "ThrottlingException"}, times=1)
        publishing_client(Session(), endpoint_url=proxy.url).list_tables()
        yield proxy
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def proxy(running: Proxy) -> Iterator[Proxy]:
    """The proxy; after each test it no longer fails."""
    running.fired()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def record(shared_world: World) -> World:
    """The seed on dynalite, published without the proxy."""
    assert shared_world.publish_files(SEED) == 1
    return shared_world
