"""Every problem of the contract: a request gets it, as the table says, and its type URL explains it."""

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from handlers.app import make_app
from handlers.contract import PUBLISHED, contract
from record.model import Head
from record.reading import Reader
from record.store import Store
from tests.conftest import SEED, Client, Reply, World, logging_to, silent
from tests.contract.asking import CONTRACT, ask, ask_event, check_problem, links_of
from tests.contract.editing import CASE, client_over, declared, edited_seed, raise_epoch
from tests.gateway import REQUEST_ID
from workbench.templates import table_declaration

GONE = "events/moved-to-a-garrison"
MOVED = "actors/wilson-center"
TARGET = "actors/upi"
REASON = "error"
FROM_EDGE = {slug for slug, row in json.loads((PUBLISHED / "handlers.json").read_bytes())["problems"].items() if row["from_edge"]}
SECRET = "arn:aws:dynamodb:eu-central-1:123456789012:table/record"
EVERYWHERE = ["/v1", "/v1/events", "/v1/events/stopped-in-viet-nam", "/v1/releases", "/v1/changes", "/v1/health"]


@pytest.fixture(scope="module")
def troubled(shared_world: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The seed as release 1; in release 2 an event is withdrawn and an actor merged into another."""
    assert shared_world.publish_files(SEED) == 1
    shared_world.clock.advance(3600)
    edits = {
        GONE: declared({"how": "withdrawn", "reason": REASON, "still_named_by": [CASE, "events/taken-to-shenyang-by-train"]}),
        MOVED: declared(
            {"how": "merged", "to": TARGET, "reason": "duplicate", "still_named_by": ["sources/wilson-center-document-115328"]}
        ),
    }
    assert shared_world.publish_files(edited_seed(tmp_path_factory.mktemp("troubled"), edits)) == 2
    return shared_world


class BrokenReader(Reader):
    """A reader with an unexpected failure."""

    def head(self, release: int = 0, epoch: int = 0) -> NoReturn:  # noqa: ARG002 - as its base has it
        """Fail."""
        raise RuntimeError(SECRET)


@dataclass
class FailingClient:
    """A DynamoDB client whose calls all fail in the same way."""

    failure: Exception

    def get_item(self, **_: object) -> NoReturn:
        """Fail."""
        raise self.failure

    query = batch_get_item = get_item


def failing(world: World, failure: Exception) -> Client:
    """Return the API over a store that fails with this error."""
    return client_over(world, Reader(Store(cast("Any", FailingClient(failure)), "record"), clock=world.clock))


def expired_cursor(world: World) -> Reply:
    """Get a cursor, redact something, and continue."""
    client = world.api()
    following = ask(client, "/v1/events?limit=2").json["page"]["next"]
    assert ask(client, following).status == 200
    raise_epoch(world)
    return ask(client, following)


def behind_an_edge(world: World) -> Client:
    """Return the API of a deployment, which accepts requests from CloudFront only. It has two secrets while they are being replaced."""
    secrets = (b"new secret", b"old secret")
    return Client(make_app(contract(), world.reader(), world.clock.datetime, silent(), origin_secrets=secrets), world)


REQUESTS: Mapping[str, Callable[[World], Reply]] = {
    "unknown-parameter": lambda world: ask(world.api(), "/v1/events?bogus=1"),
    "invalid-parameter": lambda world: ask(world.api(), "/v1/events?limit=0"),
    "conflicting-parameters": lambda world: ask(world.api(), "/v1/events?release=1&as_of=2026-11-23"),
    "invalid-cursor": lambda world: ask(world.api(), "/v1/events?cursor=x"),
    "forbidden": lambda world: ask(behind_an_edge(world), "/v1/events"),
    "unknown-route": lambda world: ask(world.api(), "/v1/nope"),
    "not-found": lambda world: ask(world.api(), "/v1/events/nope"),
    "method-not-allowed": lambda world: ask(world.api(), "/v1/events", method="POST"),
    "not-acceptable": lambda world: ask(world.api(), "/v1/events", {"Accept": "text/html"}),
    "withdrawn": lambda world: ask(world.api(), f"/v1/{GONE}"),
    "cursor-expired": expired_cursor,
    "uri-too-long": lambda world: ask(world.api(), f"/v1/events?case={'x' * 5_000}"),
    "headers-too-large": lambda world: ask(world.api(), "/v1/events", {"x-note": "x" * 9_000}),
    "internal": lambda world: ask(client_over(world, BrokenReader(world.reading, clock=world.clock)), "/v1/events"),
    "record-unavailable": lambda world: ask(client_over(world, Reader(Store(world.reading.client, "gone"))), "/v1/events"),
}


def test_every_problem_of_the_contract_is_tried() -> None:
    """A new problem fails here until a request gets it."""
    assert set(REQUESTS) == set(CONTRACT.problems) - FROM_EDGE


@pytest.mark.parametrize("slug", REQUESTS)
def test_a_problem_is_answered_as_the_table_says(slug: str, troubled: World) -> None:
    """Type, title, status, cache policy and Retry-After are those of the table, and the type URL explains the problem."""
    reply = REQUESTS[slug](troubled)
    assert check_problem(reply) == slug
    explained = ask(troubled.api(), reply.json["type"])
    row = CONTRACT.problems[slug]
    assert explained.json == {
        "type": reply.json["type"],
        "status": row.status,
        "title": row.title,
        "meaning": row.meaning,
        "remedy": row.remedy,
    }


@pytest.mark.parametrize(
    ("proof", "status"), [("new secret", 200), ("old secret", 200), ("new", 403), ("", 403), ("new secret old secret", 403), ("é", 403)]
)
def test_only_the_edge_gets_through(proof: str, status: int, troubled: World) -> None:
    """With CloudFront in front, only requests with one of its secrets are answered, for any path and method."""
    client = behind_an_edge(troubled)
    for target, method in (("/v1/events", "GET"), ("/nowhere", "GET"), ("/docs", "HEAD"), ("/v1", "OPTIONS")):
        reply = client.get(target, {"X-Article33-Origin": proof}, method)
        expected = status if status == 403 else {"/nowhere": 404}.get(target, 204 if method == "OPTIONS" else 200)
        assert reply.status == expected, target


@pytest.mark.parametrize(("target", "policy"), [("/v1", "current"), ("/v1/events?release=1", "pinned"), ("/docs", "static")])
def test_only_the_edge_is_told_that_it_may_keep_an_answer_for_long(target: str, policy: str, troubled: World) -> None:
    """A deployment behind CloudFront tells it so, and CloudFront removes that. Without CloudFront, nobody would: it is not there."""
    edge = behind_an_edge(troubled).get(target, {"X-Article33-Origin": "new secret"}).headers["cache-control"]
    assert (edge, "s-maxage" in edge) == (CONTRACT.edge_cache_control[policy], True)
    assert ask(troubled.api(), target).headers["cache-control"] == CONTRACT.cache_control[policy]


def test_no_cache_keeps_what_a_redaction_removes_for_more_than_a_minute() -> None:
    """Outside the edge: not longer than max-age, even if the API can't be reached. The edge passes errors on as they are."""
    for policy in ("current", "pinned", "brief"):
        lifetime = re.fullmatch(r"public, max-age=(\d+), must-revalidate", CONTRACT.cache_control[policy])
        assert lifetime is not None, policy
        assert int(lifetime[1]) <= 60
    for problem in CONTRACT.problems.values():
        assert CONTRACT.edge_cache_control[problem.cache] == CONTRACT.cache_control[problem.cache], problem.slug


def test_problems_can_be_listed(troubled: World) -> None:
    """Every type in one answer, each the same as at its own path."""
    client = troubled.api()
    listed = ask(client, "/v1/problems").json["data"]
    assert [row["type"].rpartition("/")[2] for row in listed] == list(CONTRACT.problems)
    for row in listed:
        assert ask(client, row["type"]).json == row
    assert check_problem(ask(client, "/v1/problems/nope")) == "not-found"


@pytest.mark.parametrize("query", ["", "?fields=name", "?include=citations", "?release=2"])
def test_what_was_withdrawn_says_why_and_nothing_of_what_it_was(query: str, troubled: World) -> None:
    """410 with the reason; the release before still has it, and its history says what happened."""
    client = troubled.api()
    reply = ask(client, f"/v1/{GONE}{query}")
    assert check_problem(reply) == "withdrawn"
    assert REASON in reply.json["detail"]
    assert "garrison" not in reply.body.replace(GONE, "")
    assert ask(client, f"/v1/{GONE}?release=1").json["revision"] == 1


def test_the_revision_that_withdrew_is_gone_and_listed(troubled: World) -> None:
    """The list of revisions shows it with state and reason; the revision itself has no content."""
    client = troubled.api()
    revisions = ask(client, f"/v1/{GONE}/revisions").json["data"]
    assert [(row["number"], row["state"], row["reason"]) for row in revisions] == [(2, "withdrawn", REASON), (1, "live", None)]
    reply = ask(client, f"/v1/{GONE}/revisions/2")
    assert check_problem(reply) == "withdrawn"
    assert REASON in reply.json["detail"]
    assert ask(client, f"/v1/{GONE}/revisions/1").json["name"]


def test_what_was_withdrawn_is_not_included(troubled: World) -> None:
    """A reference to it stays; the resource itself is not included."""
    case = ask(troubled.api(), f"/v1/{CASE}?include=events").json
    assert GONE in case["events"]
    assert GONE not in [row["id"] for row in case["included"]]


@pytest.mark.parametrize("below", ["", "/events", "/statements", "/instruments", "/cases"])
@pytest.mark.parametrize("query", ["", "fields=name", "fields=id,name&release=2", "as_of=2026-11-23T14:00:00%2B01:00"])
def test_what_was_merged_leads_to_its_target(below: str, query: str, troubled: World) -> None:
    """308 to the same sub-path with the same query, and the target answers."""
    client = troubled.api()
    tail = f"?{query}" if query else ""
    for method in ("GET", "HEAD"):
        reply = ask_event(client, f"/v1/{MOVED}{below}", query, method=method)
        assert (reply.status, reply.headers["location"]) == (308, f"/v1/{TARGET}{below}{tail}")
    assert ask_event(client, f"/v1/{TARGET}{below}", query).status == 200


def test_before_it_was_merged_it_is_where_it_was(troubled: World) -> None:
    """An answer for an earlier release does not redirect."""
    assert ask(troubled.api(), f"/v1/{MOVED}?release=1").json["id"] == MOVED


def test_the_revision_that_merged_is_never_an_empty_answer(troubled: World) -> None:
    """It redirects to the target, because it has no content of its own."""
    reply = ask(troubled.api(), f"/v1/{MOVED}/revisions/2")
    assert (reply.status, reply.headers["location"]) == (308, f"/v1/{TARGET}")


def test_a_cursor_that_expired_can_be_replaced(troubled: World) -> None:
    """The same list without the cursor answers at once."""
    reply = expired_cursor(troubled)
    assert check_problem(reply) == "cursor-expired"
    assert ask(troubled.api(), "/v1/events?limit=2").status == 200


FAILURES = [
    ClientError({"Error": {"Code": "ProvisionedThroughputExceededException", "Message": SECRET}}, "GetItem"),
    ClientError({"Error": {"Code": "ThrottlingException", "Message": SECRET}}, "GetItem"),
    ClientError({"Error": {"Code": "InternalServerError", "Message": SECRET}}, "GetItem"),
    ClientError({"Error": {"Code": "AccessDeniedException", "Message": SECRET}}, "GetItem"),
    EndpointConnectionError(endpoint_url=SECRET),
    ReadTimeoutError(endpoint_url=SECRET),
]


@pytest.mark.parametrize("target", EVERYWHERE)
@pytest.mark.parametrize("failure", FAILURES, ids=[str(number) for number in range(len(FAILURES))])
def test_a_store_that_fails_is_a_503_that_tells_nothing(failure: Exception, target: str, troubled: World) -> None:
    """Throttled, slow, denied or unreachable: Retry-After, and no word about the cause."""
    reply = ask(failing(troubled, failure), target)
    assert check_problem(reply) == "record-unavailable"
    assert SECRET not in reply.body + json.dumps(dict(reply.headers))


@pytest.mark.parametrize("target", EVERYWHERE)
def test_a_record_without_a_release_is_a_503(target: str, troubled: World) -> None:
    """An empty table has nothing to read yet."""
    client = troubled.store.client
    if "empty" not in client.list_tables()["TableNames"]:
        client.create_table(TableName="empty", **table_declaration())
    reply = ask(client_over(troubled, Reader(Store(troubled.reading.client, "empty"), clock=troubled.clock)), target)
    assert check_problem(reply) == "record-unavailable"


@pytest.mark.parametrize("target", ["/", "/v1/problems", "/v1/problems/internal", "/v1/schemas/event.json"])
def test_what_needs_no_record_is_answered_without_it(target: str, troubled: World) -> None:
    """The explanation of a problem can be read while DynamoDB is unreachable."""
    assert ask(failing(troubled, FAILURES[0]), target).status == 200


@pytest.mark.parametrize("target", EVERYWHERE)
def test_a_failure_is_logged_and_not_shown(target: str, troubled: World) -> None:
    """The client gets a problem and the request's id; the log gets the id and the cause."""
    log = io.StringIO()
    reply = ask(client_over(troubled, BrokenReader(troubled.reading, clock=troubled.clock), logging_to(log)), target)
    assert check_problem(reply) == "internal"
    shown = reply.body + json.dumps(dict(reply.headers))
    for word in (SECRET, "RuntimeError", "Traceback", "BrokenReader"):
        assert word not in shown
    entries = [json.loads(line) for line in log.getvalue().splitlines()]
    failure = next(entry for entry in entries if entry["level"] == "ERROR")
    assert failure["correlation_id"] == reply.json["instance"] == REQUEST_ID
    assert SECRET in failure["exception"]


def test_a_part_that_is_missing_from_the_table_is_a_503(troubled: World) -> None:
    """A current release without its own item can't be read; it is not an empty record."""

    class Ahead(Reader):
        def head(self, release: int = 0, epoch: int = 0) -> Head:  # noqa: ARG002 - as its base has it
            return Head(99, 0)

    client = client_over(troubled, Ahead(troubled.reading, clock=troubled.clock))
    for target in ("/v1", "/v1/health", "/v1/releases"):
        assert check_problem(ask(client, target)) == "record-unavailable"


def test_an_answer_to_head_is_the_same_problem_without_its_body(troubled: World) -> None:
    """Errors have no body either."""
    for target, status in ((f"/v1/{GONE}", 410), ("/v1/nope", 404), ("/v1/events?limit=0", 400)):
        reply = ask(troubled.api(), target, method="HEAD")
        assert (reply.status, reply.body, reply.headers["content-type"]) == (status, "", "application/problem+json")


def test_the_target_of_a_merge_is_what_it_says(troubled: World) -> None:
    """The target is a normal resource with links to itself."""
    reply = ask(troubled.api(), f"/v1/{TARGET}")
    assert links_of(reply)["self"] == f"/v1/{TARGET}"
