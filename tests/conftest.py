"""Fixtures of all tests: an empty record on DynamoDB, the published seed, and the API over it, with its DynamoDB calls counted.

DynamoDB is moto in this process, unless ARTICLE33_TEST_ENDPOINT names another, as `make test-dynamodb` does. The API
is in this process too, unless ARTICLE33_TEST_GATEWAY names a deployed one, as `make e2e` does.
"""

import copy
import datetime
import email.utils
import itertools
import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO
from urllib.parse import quote, unquote, urlsplit

import pytest
from aws_lambda_powertools import Logger
from boto3.session import Session
from hypothesis import settings
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from handlers.app import make_app
from handlers.contract import Contract, contract
from handlers.telemetry import Telemetry
from record.client import publishing_client, reading_client
from record.reading import Reader
from record.store import UNHURRIED, Store
from record.writing.owners import Owner
from record.writing.publishing import Publisher
from record.writing.reviewing import note_due
from tests.contract import specification
from tests.gateway import EACH, UNASKED, gateway
from workbench.serving.quick_moto import quicken_moto
from workbench.staging import Staging
from workbench.tables import LOOPBACK
from workbench.templates import table_declaration

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[1]
SEED = ROOT / "seed"
TABLE = "record"
REGION = "eu-central-1"
ENDPOINT = os.environ.get("ARTICLE33_TEST_ENDPOINT")
GATEWAY = gateway()
START = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.UTC)

# The same examples in each run, and no deadline: a test must not fail by chance or because the machine is slow. `make fuzz` tries others.
settings.register_profile("same", deadline=None, derandomize=True, database=None)
settings.register_profile("search", deadline=None, max_examples=1_000)
settings.load_profile("same")

# Shared by all tests: a session caches the service model that each client needs, and the declaration is read from a large template.
SESSION = Session()
DECLARATION = table_declaration()


class Clock:
    """A clock that stands still until a test advances it."""

    def __init__(self) -> None:
        """Start at START."""
        self.now = START.timestamp()

    def __call__(self) -> float:
        """Return seconds since the epoch."""
        return self.now

    def datetime(self) -> datetime.datetime:
        """Return the time in UTC."""
        return datetime.datetime.fromtimestamp(self.now, datetime.UTC)

    def advance(self, seconds: float) -> None:
        """Advance the clock."""
        self.now += seconds


@dataclass
class World:
    """A table: a store to publish with, a store to read with whose calls are noted, and a clock."""

    clock: Clock
    store: Store
    reading: Store
    calls: list[str] = field(default_factory=list)

    def publisher(self, owner: Owner | str = "tests", **options: Any) -> Publisher:
        """Return a publisher with fixed salts."""
        return Publisher(self.store, owner=owner, clock=self.clock, salt=lambda: b"\x00" * 16, **options)

    def publish_files(self, *roots: Path, message: str = "") -> int | None:
        """Check and publish directories as the command does; return the release's number, None if nothing changed."""
        with Staging() as staging:
            problems = [*staging.add(list(roots)), *staging.check(self.clock.datetime().date())]
            assert [problem for problem in problems if not problem.warning] == []
            release = self.publisher().publish(staging, message)
            note_due(self.store, staging.due())
        return release.number if release else None

    def reader(self, **options: Any) -> Reader:
        """Return a new reader, as a cold instance has one."""
        return Reader(self.reading, clock=self.clock, **options)

    def api(self, of: Contract | None = None) -> "Client":
        """Return the API on a cold instance, or a deployed one. `of` is another contract than the published one."""
        if GATEWAY and of is None:
            return Client(GATEWAY, self)
        app = make_app(of or contract(), self.reader(), self.clock.datetime, silent())
        return Client(app, self, published=of is None)


def silent() -> Telemetry:
    """Return telemetry that logs nothing."""
    return Telemetry(Logger(service="tests", level="CRITICAL"))


def logging_to(stream: TextIO, level: str = "DEBUG") -> Telemetry:
    """Return telemetry that logs to a stream. Powertools keeps one logger for each service name, so each call uses a new name."""
    return Telemetry(Logger(service=f"tests-{next(_numbers)}", level=level, stream=stream))


_numbers = itertools.count()


@dataclass(frozen=True)
class Reply:
    """An answer of the API, as a client sees it."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Instance(Protocol):
    """Answers events of API Gateway."""

    def resolve(self, event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        """Return the answer to an event."""
        ...


@dataclass
class Client:
    """Asks the API as API Gateway would. If `published`, answers are checked against the published specification."""

    instance: Instance
    world: World
    published: bool = True

    def get(self, target: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Reply:
        """Ask for a path with its query."""
        parts = urlsplit(target)
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": parts.path,
            "rawQueryString": quote(parts.query, safe="=&%/+,:-_.~?@!$'()*;"),
            "headers": {name.lower(): value for name, value in (headers or {}).items()},
            "requestContext": {
                "http": {"method": method, "path": parts.path, "sourceIp": "192.0.2.1"},
                "requestId": "test-request",
                "stage": "$default",
            },
            "isBase64Encoded": False,
        }
        answer = self.instance.resolve(event, None)
        reply = Reply(answer["statusCode"], {name.lower(): value for name, value in answer["headers"].items()}, answer["body"])
        if self.published:
            specification.check_outside(reply, unquote(parts.path), method)
        return reply

    def every(self, target: str) -> Iterator[Any]:
        """Yield every row of a list, page by page."""
        following: str | None = target
        while following is not None:
            page = self.get(following).json
            yield from page["data"]
            following = page["page"]["next"]

    def calls_of(self, act: Callable[[], object]) -> list[str]:
        """Return the DynamoDB operations that `act` causes."""
        before = len(self.world.calls)
        act()
        return self.world.calls[before:]


def _with_room(run: Callable[[], Any]) -> Any:
    """Return what `run` returns."""
    return run()


# CPython keeps the frames of calls in chunks of 16 KB. A loop that calls a function just where a chunk ends makes it map and unmap memory
# for each call, which can take a hundred times as long. A frame that needs 1 MB gets a chunk of 2 MB, and what it calls has the rest.
_with_room.__code__ = _with_room.__code__.replace(co_stacksize=1 << 17)
_ROOM_MADE = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Any:
    """Run pytest, in each worker too, where it has room for its frames."""
    if config.stash.get(_ROOM_MADE, False):
        return None
    config.stash[_ROOM_MADE] = True
    return _with_room(lambda: config.hook.pytest_cmdline_main(config=config))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Through a gateway, take a sample of the tests that ask the API over the seed: one case of each, and all of those in EACH."""
    if GATEWAY is None:
        return
    asking = [item for item in items if isinstance(item, pytest.Function) and "seeded" in item.fixturenames]
    matched = {start: {item for item in asking if item.nodeid.startswith(f"tests/contract/{start}")} for start in (*UNASKED, *EACH)}
    if missing := [start for start, found in matched.items() if not found]:
        raise pytest.UsageError(f"tests/gateway.py names tests that do not exist: {missing}")
    unasked, each = (set().union(*(matched[start] for start in starts)) for starts in (UNASKED, EACH))
    sample = {item.nodeid.partition("[")[0]: item for item in reversed(asking) if item not in unasked}
    kept = [item for item in asking if item in each or item in sample.values()]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An empty record."""
    yield from _world(monkeypatch)


@pytest.fixture(scope="module")
def shared_world() -> Iterator[World]:
    """An empty record that the tests of a module share."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield from _world(monkeypatch)


@pytest.fixture(scope="module")
def seeded(shared_world: World) -> World:
    """The seed, published as release 1; for tests that only read."""

    def publish() -> None:
        if not (GATEWAY and shared_world.reader().head().release):  # a deployed table is the same for all modules
            assert shared_world.publish_files(SEED, message="The first case") == 1

    return once("seeded", shared_world, publish)


_made: dict[str, tuple[Any, float]] = {}


def once(name: str, world: World, publish: Callable[[], None]) -> World:
    """Fill an empty record by `publish`, and return it. Each process publishes once: later records get a copy of the table and its time."""
    if ENDPOINT or GATEWAY:
        publish()
        return world
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[TABLE]
    if name in _made:
        table.items, world.clock.now = copy.deepcopy(_made[name])
    else:
        publish()
        _made[name] = copy.deepcopy((table.items, world.clock.now))
    return world


@pytest.fixture
def client(seeded: World) -> Client:
    """The API over the seed, on a cold instance."""
    return seeded.api()


def keep_time(client: "DynamoDBClient", clock: Callable[[], float]) -> None:
    """Let the store have a test's clock, not the machine's: in the Date header of its responses."""

    def date(response_dict: Mapping[str, Any], **_: object) -> None:
        response_dict["headers"]["date"] = email.utils.formatdate(clock(), usegmt=True)

    client.meta.events.register("before-parse.dynamodb", date)


def _world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with _dynamodb(monkeypatch) as (client, read, table):
        calls: list[str] = []
        read.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
        clock = Clock()  # stands still, so a slow engine does not use up the time budget of an answer
        keep_time(client, clock)
        yield World(clock, Store(client, table, sleep=lambda _: None), Store(read, table, clock=clock, budget=UNHURRIED), calls)


@contextmanager
def _dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple["DynamoDBClient", "DynamoDBClient", str]]:
    """Yield a client to publish, a client to read (with long time-outs for an engine over HTTP), and the name of an empty table."""
    if GATEWAY:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        there = {"endpoint_url": GATEWAY.endpoint, "region_name": GATEWAY.region}
        yield publishing_client(SESSION, **there), publishing_client(SESSION, **there), GATEWAY.table
        return
    if ENDPOINT is None or urlsplit(ENDPOINT).hostname in LOOPBACK:  # an emulator; anything else needs credentials of the environment
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    if ENDPOINT is None:
        quicken_moto()
        with mock_aws():
            client = publishing_client(SESSION)
            client.create_table(TableName=TABLE, **DECLARATION)
            yield client, reading_client(SESSION), TABLE
        return
    client = publishing_client(SESSION, endpoint_url=ENDPOINT)
    table = f"record-{uuid.uuid4()}"
    client.create_table(TableName=table, **DECLARATION)
    try:
        client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        yield client, publishing_client(SESSION, endpoint_url=ENDPOINT), table
    finally:
        client.delete_table(TableName=table)
