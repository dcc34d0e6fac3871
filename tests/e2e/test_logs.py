"""What is logged, read line by line. No log says who sent a request, or what was requested."""

import io
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from aws_lambda_powertools.metrics import EphemeralMetrics
from botocore.exceptions import ClientError

from handlers.app import make_app
from handlers.contract import contract
from handlers.telemetry import NAMESPACE, SERVICE, Telemetry
from record.current import HEAD_SECONDS
from tests.conftest import SEED, Client, logging_to, silent
from tests.contract.editing import client_over
from tests.record.memory import memory_world
from tests.serving import serving
from workbench.templates import TEMPLATE, read_template

ADDRESSES = ("192.0.2.77", "2001:db8::77", "198.51.100.7", "192.0.2.1")
AGENT, COOKIE, REFERER = "agent-5e1f", "cookie-5e1f", "referer-5e1f"
WORD = "word5e1f"  # stands in every query
CASE, EVENT = "nine-north-koreans-viet-nam-2015", "stopped-in-viet-nam"
WHO: Mapping[str, str] = {
    "X-Forwarded-For": f"{ADDRESSES[0]}, {ADDRESSES[2]}",
    "Forwarded": f'for="[{ADDRESSES[1]}]"',
    "User-Agent": AGENT,
    "Cookie": COOKIE,
    "Referer": f"https://example.org/{REFERER}",
    "If-None-Match": f'"{WORD}"',
}
# Served, revalidated, refused in every way, led elsewhere; with and without what they ask for in a parameter.
TARGETS = (
    *(f"/v1/cases/{CASE}", f"/v1/cases/{CASE}/events", f"/v1/events/{EVENT}?fields=name", f"/v1/events?case=cases/{CASE}&limit=3"),
    *(f"/v1/events/{EVENT}/revisions", f"/v1/events/{EVENT}/timemap", f"/V1/Cases/{CASE}/", f"/v1/cases/{CASE.upper()}"),
    *(f"/v1/cases/{CASE}?{WORD}=1", f"/v1/events?country={WORD}", f"/v1/events?cursor={WORD}", f"/v1/cases/{CASE}/{WORD}"),
    *(
        f"/v1/cases/{WORD}?include={WORD}",
        f"/v1/cases/{CASE}?as_of={WORD}",
        f"/v1/cases/{CASE}?format={WORD}",
        f"/v1/cases/{CASE}?x={'x' * 5000}",
    ),
)
METHODS = ("GET", "HEAD", "OPTIONS", "POST")


def check_lines(lines: list[str]) -> list[dict[str, Any]]:
    """Check that nothing of who asked, or for what, stands in any line; return what was said of requests."""
    for line in lines:
        rest = re.sub(r'"route":"[^"]*"', "", line)  # the template of a route, which has no words of a client
        told = [word for word in (*ADDRESSES, AGENT, COOKIE, REFERER, WORD, CASE, CASE.upper(), EVENT, "/v1/", "xxxxx") if word in rest]
        assert told == [], line
    return [json.loads(line) for line in lines if line.startswith('{"level"')]  # the others are metrics


def test_a_server_logs_nobody() -> None:
    """`article33 serve`, asked in every way over HTTP and made to say as much as it can: one line an answer, of nobody."""
    log: list[str] = []
    asked = 0
    with serving(SEED, log, POWERTOOLS_LOG_LEVEL="DEBUG") as (url, _, _):
        for target in TARGETS:
            for method in METHODS:
                request = Request(f"{url}{target}", headers=dict(WHO), method=method)  # noqa: S310 - the loopback
                try:
                    urlopen(request, timeout=20).close()  # noqa: S310 - likewise
                except HTTPError as refused:
                    refused.close()
                asked += 1
    said = check_lines(log)
    assert asked <= len([one for one in said if one["message"] == "answered"]) <= asked * 2, "one line an answer, and some were led on"


@pytest.mark.parametrize(
    "failure",
    [
        ClientError({"Error": {"Code": "ProvisionedThroughputExceededException", "Message": "slow down"}}, "Query"),
        RuntimeError("as nobody expected"),
    ],
    ids=["the store refuses", "the code fails"],
)
def test_a_failure_is_logged_with_its_cause_and_nobody(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line more, with the same request's id; it says what happened, and to whom it happened nobody can tell."""
    world = memory_world()
    assert world.publish_files(SEED) == 1
    written = io.StringIO()
    client = client_over(world, world.reader(), logging_to(written))

    def fail(**_: object) -> None:
        raise failure

    for operation in ("get_item", "batch_get_item", "query"):
        monkeypatch.setattr(world.reading.client, operation, fail)
    statuses = [client.get(target, WHO, method).status for target in TARGETS for method in METHODS]
    assert max(statuses) == (503 if isinstance(failure, ClientError) else 500)
    said = check_lines(written.getvalue().splitlines())
    assert len([one for one in said if one["level"] == "ERROR"]) == len([status for status in statuses if status >= 500])
    assert {one["correlation_id"] for one in said} == {"test-request"}
    assert all(str(failure.args[0]).rpartition(": ")[2] in json.dumps(one) for one in said if one["level"] == "ERROR")


def stale_answers(output: str) -> int:
    """Return how many stale answers the metrics in an output count. Each must be the metric that the template's alarm watches."""
    alarm = read_template(TEMPLATE)["Resources"]["StaleAnswers"]["Properties"]
    counted = 0
    for line in filter(None, output.splitlines()):
        metrics = json.loads(line)
        if alarm["MetricName"] in metrics:
            (declared,) = metrics["_aws"]["CloudWatchMetrics"]
            assert declared["Namespace"] == alarm["Namespace"]
            assert [sorted(names) for names in declared["Dimensions"]] == [sorted(one["Name"] for one in alarm["Dimensions"])]
            assert {one["Name"]: metrics[one["Name"]] for one in alarm["Dimensions"] if isinstance(one["Value"], str)} == {
                "service": SERVICE
            }
            counted += sum(map(int, metrics[alarm["MetricName"]]))
    return counted


def test_each_stale_answer_is_counted_by_the_metric_of_the_alarm(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One for each answer with Cache-Status; none for a fresh answer, a refusal or a failure."""
    world = memory_world()
    assert world.publish_files(SEED) == 1
    metrics = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
    metrics.set_default_dimensions(Stage="tests")
    telemetry = Telemetry(silent().logger, metrics)
    app = make_app(contract(), world.reader(), world.clock.datetime, telemetry)
    client = Client(app, world)

    def marked_and_counted(*targets: str) -> list[tuple[bool, int]]:
        found = []
        for target in targets:
            for method in ("GET", "HEAD"):
                reply = client.get(target, method=method)
                metrics.flush_metrics()
                found.append(("cache-status" in reply.headers, stale_answers(capsys.readouterr().out)))
        return found

    targets = (f"/v1/cases/{CASE}", f"/v1/events/{EVENT}?fields=name", "/v1/events?limit=3", "/v1/events/nobody")
    assert marked_and_counted(*targets) == [(False, 0)] * 8

    def fail(**_: object) -> None:
        raise ClientError({"Error": {"Code": "InternalServerError", "Message": "away"}}, "GetItem")

    for operation in ("get_item", "batch_get_item", "query"):
        monkeypatch.setattr(world.reading.client, operation, fail)
    world.clock.advance(HEAD_SECONDS)
    assert marked_and_counted(*targets) == [(True, 1)] * 8
    assert marked_and_counted("/v1/actors/china", "/v1/health") == [(False, 0)] * 4
