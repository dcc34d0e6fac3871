"""Damage in the table, from outside: 503 in the contract's form, one line in the log that names the item, and nothing is cached."""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from aws_lambda_powertools.metrics import EphemeralMetrics

from handlers.app import make_app
from handlers.contract import contract
from handlers.telemetry import NAMESPACE, SERVICE, Telemetry
from record import items
from record.current import HEAD_SECONDS
from tests.conftest import SEED, Client, World, logging_to
from tests.contract.asking import ask, check_problem
from tests.record.memory import memory_world

EVENT = "events/stopped-in-viet-nam"
CASE = "cases/nine-north-koreans-viet-nam-2015"
MARK = items.stamp(1, 1)
Edit = Callable[[Mapping[str, Any]], Mapping[str, Any]]

# An item to edit, its edit, requests that read it, and what the log must name.
DAMAGED: dict[str, tuple[tuple[str, str], Edit, tuple[str, ...], str]] = {
    "a body that does not match the digest beside it": (
        (items.document_pk(EVENT), MARK),
        lambda item: {**item, "body": {"S": item["body"]["S"].replace("2015", "2016")}},
        (
            f"/v1/{EVENT}",
            f"/v1/{EVENT}?release=1",
            f"/v1/{EVENT}?fields=name",
            f"/v1/{EVENT}?format=jsonld",
            f"/v1/{EVENT}/revisions/1",
            f"/v1/{CASE}?include=events",
            f"/v1/{CASE}/events",
            "/v1/events",
            "/v1/events?format=csv",
            "/v1/events?format=ndjson&release=1",
            "/v1/events?country=VN&sort=-date",
        ),
        f"the revision {MARK} of {EVENT}",
    ),
    "a total of 0 with rows": (
        (items.total_pk("events"), items.TOTAL),
        lambda item: {**item, MARK: {"N": "0"}},
        ("/v1/events", "/v1/events?limit=1&sort=-date", "/v1/events?format=ndjson", "/v1/events?release=1"),
        "the list events by",
    ),
    "a current release that goes back": (
        (items.RELEASES, items.CURRENT),
        lambda item: {**item, "release": {"N": "0"}},
        ("/v1", "/v1/health", "/v1/events", f"/v1/{CASE}", f"/v1/{CASE}?release=1", "/v1/changes", "/v1/releases", "/v1/releases/1"),
        "the current release went back: the table has release 0",
    ),
}


def printed(output: str) -> dict[str, int]:
    """Return how many requests the metrics in an output count, by status."""
    counted: dict[str, int] = {}
    for line in output.splitlines():
        metrics = json.loads(line)
        counted[metrics["status"]] = counted.get(metrics["status"], 0) + int(metrics["Requests"][0])
    return counted


@pytest.fixture
def published() -> World:
    """The seed."""
    world = memory_world()
    assert world.publish_files(SEED) == 1
    return world


@pytest.mark.parametrize(("key", "edit", "targets", "named"), DAMAGED.values(), ids=DAMAGED)
def test_damage_is_a_logged_503_that_nobody_caches(
    key: tuple[str, str],
    edit: Edit,
    targets: tuple[str, ...],
    named: str,
    published: World,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On every request that reads it, however often; counted as other faults are. After a repair, the same instance answers as before."""
    written = io.StringIO()
    requests = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
    requests.set_default_dimensions(Stage="tests")
    telemetry = Telemetry(logging_to(written, "INFO").logger, None, requests)
    client = Client(make_app(contract(), published.reader(), published.clock.datetime, telemetry), published)
    assert ask(client, "/v1/actors/viet-nam").status == 200
    capsys.readouterr()
    published.clock.advance(HEAD_SECONDS)
    partition = published.store.client.partitions[key[0]]  # type: ignore[attr-defined]
    whole = partition[key[1]]
    partition[key[1]] = edit(whole)
    for target in targets * 2:
        already = len(written.getvalue().splitlines())
        reply = ask(client, target)
        assert check_problem(reply) == "record-unavailable", target
        assert (reply.headers["cache-control"], "cache-status" in reply.headers) == ("no-store", False)
        said = [json.loads(line) for line in written.getvalue().splitlines()[already:]]
        (error,) = [one for one in said if one["level"] == "ERROR"]
        assert (error["message"], error["correlation_id"]) == ("the record is damaged", "test-request")
        assert named in error["cause"]
    assert printed(capsys.readouterr().out) == {"503": 2 * len(targets)}
    partition[key[1]] = whole
    for target in targets:
        reply = ask(client, target)
        assert (reply.status, reply.body) == (200, ask(published.api(), target).body), target
