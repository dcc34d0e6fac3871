"""DynamoDB fails in every way the proxy can inject, in the middle of a request: the response, the log and the cache afterwards."""

import io
import json
import time
from typing import Any

import pytest
from boto3.session import Session

from record import items
from record.client import reading_client
from record.current import HEAD_SECONDS, STALE_SECONDS
from record.reading import Reader
from record.store import Store
from tests.conftest import Client, Reply, World, logging_to
from tests.contract.asking import ask, check_problem
from tests.contract.editing import client_over
from tests.faults.conftest import Proxy

MOST_SECONDS = 3.0  # the contract's limit
PAGE = "/v1/events?limit=5"  # a cold instance needs all three operations for it
OPERATIONS = ("GetItem", "Query", "BatchGetItem")
# What the proxy injects, and a word for the cause that the log must contain.
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    **{
        code: ({"error": {"code": code, "status": status}}, code)
        for code, status in (
            ("ProvisionedThroughputExceededException", 400),
            ("ThrottlingException", 400),
            ("RequestLimitExceeded", 400),
            ("InternalServerError", 500),
            ("ServiceUnavailable", 503),
            ("ResourceNotFoundException", 400),
            ("AccessDeniedException", 400),
            ("ExpiredTokenException", 400),
            ("UnrecognizedClientException", 400),
            ("ValidationException", 400),
        )
    },
    "no answer in time": ({"latency": 5_000}, "ReadTimeoutError"),
    "a hang, then a gateway's error": ({"timeout_ms": 20_000}, "ReadTimeoutError"),
    "a reset": ({"reset": True}, "Connection"),
    "a reset in the middle": ({"response": {"abort_bytes": 20}}, ""),
    "cut off": ({"response": {"truncate_bytes": 20}}, "damaged"),
    "nothing but a brace": ({"response": {"truncate_bytes": 1}}, "damaged"),
    "bytes turned over": ({"response": {"corrupt_bytes": 4}}, ""),
}
PASSING = ("ProvisionedThroughputExceededException", "InternalServerError", "ServiceUnavailable", "no answer in time", "a reset", "cut off")


class Asking:
    """A cold instance behind the proxy, and its log."""

    def __init__(self, world: World, proxy: Proxy) -> None:
        """Create an instance with its own client, as Lambda would."""
        self._log = io.StringIO()
        reader = Reader(Store(reading_client(Session(), endpoint_url=proxy.url), world.reading.table), clock=world.clock)
        self.client: Client = client_over(world, reader, logging_to(self._log, "INFO"))

    def ask(self, target: str) -> tuple[Reply, float, list[dict[str, Any]]]:
        """Return a response, which must follow the contract, with its time in seconds and the errors logged meanwhile."""
        already = len(self._log.getvalue().splitlines())
        began = time.monotonic()
        reply = ask(self.client, target)
        took = time.monotonic() - began
        said = [json.loads(line) for line in self._log.getvalue().splitlines()[already:]]
        return reply, took, [one for one in said if one["level"] == "ERROR"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_fault_is_a_503_in_time_and_then_over(operation: str, fault: str, record: World, proxy: Proxy) -> None:
    """A 503 within three seconds, with Retry-After and one log line with the cause. Nothing is cached, and the next response is right."""
    expected = ask(record.api(), PAGE)
    asking = Asking(record, proxy)
    how, cause = FAULTS[fault]
    proxy.fail(operation, **how)
    reply, took, errors = asking.ask(PAGE)
    assert took < MOST_SECONDS
    assert (reply.status, check_problem(reply)) == (503, "record-unavailable")
    assert (reply.headers["cache-control"], reply.headers["retry-after"]) == ("no-store", "5")
    (error,) = errors
    assert error["correlation_id"] == "test-request"
    assert cause in error["cause"]
    assert {row["operation"] for row in proxy.fired()} == {operation}
    proxy.stop()
    after, took, errors = asking.ask(PAGE)
    assert (after.status, after.body, errors) == (200, expected.body, [])
    assert "cache-status" not in after.headers


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_fault_that_passes_is_not_seen(operation: str, fault: str, record: World, proxy: Proxy) -> None:
    """A call that fails once is retried once, and the client gets its response."""
    proxy.fail(operation, times=1, **FAULTS[fault][0])
    reply, took, errors = Asking(record, proxy).ask(PAGE)
    assert (reply.status, errors) == (200, [])
    assert took < MOST_SECONDS
    assert len(proxy.fired()) == 1


@pytest.mark.parametrize("milliseconds", [400, 700])
def test_a_slow_store_is_an_answer_in_time(milliseconds: int, record: World, proxy: Proxy) -> None:
    """Each call is fast enough, but not all together: a response comes in time, even if it is a 503."""
    asking = Asking(record, proxy)
    proxy.fail("*", latency=milliseconds)
    for target in (PAGE, "/v1/events?country=VN&act=arrest&limit=5", "/v1/cases?include=events,actors", "/v1/events?release=1"):
        reply, took, errors = asking.ask(target)
        assert took < MOST_SECONDS
        assert (reply.status, len(errors)) in ((200, 0), (503, 1))


def test_what_is_kept_still_answers_and_says_so(record: World, proxy: Proxy) -> None:
    """While DynamoDB is unreachable, cached resources are served for a limited time, marked and with a short lifetime; others get 503."""
    asking = Asking(record, proxy)
    for target in (PAGE, "/v1/actors/viet-nam"):
        assert asking.ask(target)[0].status == 200
    tag = asking.ask("/v1/actors/viet-nam")[0].headers["etag"]
    proxy.fail("*", reset=True)
    record.clock.advance(HEAD_SECONDS + 10)
    for target in (PAGE, "/v1/actors/viet-nam", "/v1/actors/viet-nam?release=1"):
        reply, took, (error,) = asking.ask(target)
        assert took < MOST_SECONDS
        assert (reply.status, reply.headers["cache-status"]) == (200, "article33; hit; ttl=-10")
        assert reply.headers["cache-control"] == "public, max-age=5, must-revalidate"
        assert "Connection" in error["cause"]
    revalidated = ask(asking.client, "/v1/actors/viet-nam", {"If-None-Match": tag})
    assert (revalidated.status, revalidated.headers["cache-status"]) == (304, "article33; hit; ttl=-10")
    assert len({row["operation"] for row in proxy.fired()}) == 1, "it is asked again after two seconds, not for each answer"
    for target in ("/v1/actors/china", "/v1/health", "/v1/events?limit=6"):
        assert check_problem(asking.ask(target)[0]) == "record-unavailable"
    assert "cache-status" not in asking.ask("/v1/problems/withdrawn")[0].headers
    record.clock.advance(STALE_SECONDS)
    assert check_problem(asking.ask(PAGE)[0]) == "record-unavailable"
    proxy.stop()
    after = asking.ask(PAGE)[0]
    assert (after.status, "cache-status" in after.headers) == (200, False)


@pytest.mark.parametrize(
    ("attribute", "value"), [("body", {"N": "1"}), ("number", {"S": "one"}), ("state", {"S": "asleep"}), ("digest", {"NULL": True})]
)
def test_an_item_of_the_wrong_form_is_an_answer_of_the_contract(attribute: str, value: Any, record: World, proxy: Proxy) -> None:
    """Only this project writes the table. If an item is damaged, the response is a logged error with its place, and nothing is cached."""
    pk = items.document_pk("actors/upi")
    (page, _), *_ = record.store.query(pk, "0", "~")
    whole = dict(page[0])
    client = record.store.client
    client.put_item(TableName=record.store.table, Item={**whole, attribute: value})
    try:
        asking = Asking(record, proxy)
        reply, _, errors = asking.ask("/v1/actors/upi")
    finally:
        client.put_item(TableName=record.store.table, Item=whole)
    assert (reply.status, len(errors)) == (500, 1)
    assert errors[0]["correlation_id"] == "test-request"
    assert reply.headers["cache-control"] == "no-store"
    assert asking.ask("/v1/actors/upi")[0].status == 200
