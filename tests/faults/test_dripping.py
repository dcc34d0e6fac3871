"""DynamoDB's bytes arrive too slowly, or not at all: every response is one of the contract, within its three seconds."""

import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from boto3.session import Session

from record.client import reading_client
from record.reading import Reader
from record.store import Store
from record.workers import MOST_THREADS
from tests.conftest import ENDPOINT, Client, Reply, World, logging_to
from tests.contract.asking import ask, check_problem
from tests.contract.editing import CASE, client_over
from tests.dripping import Dripper, Manner, dripping
from tests.serving import READY_SECONDS, reserve_port, started

MOST_SECONDS = 3.0  # the contract's limit
PAGE = "/v1/events?limit=5"
EVENT = "events/stopped-in-viet-nam"
# One request of each kind that reads the table.
ROUTES = (
    *(
        "/v1",
        "/v1/health",
        PAGE,
        "/v1/events?country=VN&act=arrest",
        "/v1/events?format=csv",
        "/v1/events?release=1",
        "/v1/events?as_of=2026-11-23T12:00:00Z",
    ),
    *(f"/v1/{CASE}", f"/v1/{CASE}/events", f"/v1/{CASE}?include=events,actors", f"/v1/{CASE}?format=jsonld", "/v1/cases?include=events"),
    *(f"/v1/{EVENT}/revisions", f"/v1/{EVENT}/revisions/1", f"/v1/{EVENT}/timemap", "/v1/releases", "/v1/releases/1", "/v1/changes"),
)
MANNERS = (
    Manner("nothing"),
    Manner("status"),
    Manner("headers"),
    *(Manner("body", seconds) for seconds in (0.02, 0.1, 0.3, 0.7)),
    Manner("body", coding="chunked"),
    Manner("body", coding="gzip"),
)


@pytest.fixture
def dripper(record: World) -> Iterator[Dripper]:
    """The seed on dynalite, behind a dripper."""
    assert record.reader().head().release == 1
    assert ENDPOINT is not None, "dynalite is behind it"
    with dripping(urlsplit(ENDPOINT).netloc) as found:
        yield found


class Asking:
    """A cold instance, and its log."""

    def __init__(self, world: World, url: str) -> None:
        """Create an instance with its own client, as Lambda would."""
        self._log = io.StringIO()
        reader = Reader(Store(reading_client(Session(), endpoint_url=url), world.reading.table), clock=world.clock)
        self.client: Client = client_over(world, reader, logging_to(self._log, "INFO"))

    def ask(self, target: str) -> Reply:
        """Return a response, which must follow the contract, be in time, and be logged with its cause if it is an error."""
        already = len(self._log.getvalue().splitlines())
        began = time.monotonic()
        reply = ask(self.client, target)
        assert time.monotonic() - began < MOST_SECONDS, target
        said = [json.loads(line) for line in self._log.getvalue().splitlines()[already:]]
        errors = [one for one in said if one["level"] == "ERROR"]
        if reply.status == 200:
            assert errors == []
        else:
            assert check_problem(reply) == "record-unavailable"
            (error,) = errors
            assert (error["message"], error["correlation_id"]) == ("the record is unavailable", "test-request")
            assert error["cause"]
        return reply


@pytest.mark.parametrize(("manner", "after"), [*((manner, 0) for manner in MANNERS), (MANNERS[-1], 1), (MANNERS[-1], 2)], ids=str)
def test_store_that_drips_is_an_answer_in_time(manner: Manner, after: int, record: World, dripper: Dripper) -> None:
    """From the first, the second or the third call on, in any part of the response and at any rate; and afterwards all is well."""
    asking = Asking(record, dripper.url)
    dripper.drip(manner, after)
    assert asking.ask(PAGE).status == 503
    dripper.stop()
    assert asking.ask(PAGE).status == 200


def test_every_route_is_answered_in_time(record: World, dripper: Dripper) -> None:
    """On one instance, of which more and more threads wait for calls that were given up. They are limited, and come back."""
    asking = Asking(record, dripper.url)
    others = threading.active_count()
    for after in (0, 1):
        for target in ROUTES:
            dripper.drip(Manner("body"), after)
            assert asking.ask(target).status in (503, 200 if after else 503), target
    assert threading.active_count() - others <= 2 * MOST_THREADS, "those of the instance, and the dripper's own for each of them"
    dripper.stop()
    until = time.monotonic() + READY_SECONDS
    while asking.ask("/v1").status != 200:  # all threads were busy a moment ago
        assert time.monotonic() < until
    for target in ROUTES:
        assert asking.ask(target).status == 200, target


def test_documents_that_are_read_at_once_are_one_answer_in_time(record: World, dripper: Dripper) -> None:
    """Each of many included resources drips in a thread of its own."""
    asking = Asking(record, dripper.url)
    dripper.drip(Manner("body", 0.1), after=2)
    assert asking.ask(f"/v1/{CASE}?include=events,actors,instruments").status == 503


def test_a_name_that_is_never_resolved_is_an_answer_in_time(record: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's resolver has no time-out that a client could set."""
    asking = Asking(record, "http://dynamodb.invalid:8000")
    resolved = threading.Event()
    real = socket.getaddrinfo

    def hang(host: Any, *arguments: Any, **options: Any) -> Any:
        if host == "dynamodb.invalid":
            resolved.wait()
        return real(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        assert asking.ask(PAGE).status == 503
    finally:
        resolved.set()


def test_a_handshake_that_does_not_end_is_an_answer_in_time(record: World) -> None:
    """The server sends the record of its TLS handshake byte by byte."""
    ended = threading.Event()

    def shake(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=(connection,), daemon=True).start()

    def drip(connection: socket.socket) -> None:
        with connection:
            for byte in b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + bytes(4_000):
                if ended.wait(0.3):
                    return
                try:
                    connection.send(bytes([byte]))
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=shake, args=(server,), daemon=True).start()
        assert Asking(record, f"https://127.0.0.1:{server.getsockname()[1]}").ask(PAGE).status == 503
        ended.set()


def test_serve_answers_in_time_and_ends_at_once(record: World, dripper: Dripper) -> None:
    """`article33 serve` of a table: also while calls hang, it answers, and it ends when it is told to."""
    port = reserve_port()
    arguments = ["serve", "--table", record.store.table, "--endpoint", dripper.url, "--port", str(port)]
    region = "eu-central-1"
    with started(arguments, AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION=region):  # noqa: S106
        dripper.drip(Manner("body"))
        for target in ("/v1/health", PAGE):
            with socket.create_connection(("127.0.0.1", port), timeout=MOST_SECONDS) as connection:
                began = time.monotonic()
                connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                assert connection.recv(12) == b"HTTP/1.1 503"
                assert time.monotonic() - began < MOST_SECONDS
        began = time.monotonic()
    assert time.monotonic() - began < MOST_SECONDS
