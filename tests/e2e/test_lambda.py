"""The Lambda entry point as Lambda loads it: in an interpreter of its own, configured only by its environment."""

import datetime
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping

import pytest
from aws_lambda_powertools.metrics import EphemeralMetrics

from handlers.app import make_app
from handlers.contract import contract
from handlers.settings import Settings, SettingsMissing
from handlers.telemetry import NAMESPACE, SERVICE, Telemetry
from tests.conftest import ROOT, SEED, Client, logging_to
from tests.record.memory import memory_world

NOT_ON_THE_READ_PATH = (
    "pydantic",
    "edtf",
    "pycountry",
    "rfc8785",
    "yaml",
    "typer",
    "rich",
    "moto",
    "granian",
    "confusable_homoglyphs",
    "email_validator",
    "phonenumbers",
    "regex",
    "stdnum",
    "aws_xray_sdk",
    "aws_lambda_powertools.event_handler.middlewares.openapi_validation",
)
EVENT = {
    "version": "2.0",
    "routeKey": "$default",
    "rawPath": "/v1/problems/not-found",
    "rawQueryString": "",
    "headers": {"accept": "application/json"},
    "requestContext": {
        "http": {"method": "GET", "path": "/v1/problems/not-found", "sourceIp": "192.0.2.7"},
        "requestId": "one",
        "stage": "$default",
    },
    "isBase64Encoded": False,
}
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
ENVIRONMENT = {"ARTICLE33_TABLE": "record", "ARTICLE33_STAGE": "tests", "AWS_DEFAULT_REGION": "eu-central-1"}


def run(script: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a script in a clean interpreter with only this environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(  # noqa: S603 - this interpreter, on a script of ours
        [sys.executable, "-c", script],
        env={**kept, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}", **environment},
        capture_output=True,
        text=True,
        check=True,
    )


def asking(event: Mapping[str, object], then: str) -> str:
    """Return a script that hands an event to the entry point as Lambda does, and then does something with `response`."""
    return (
        "import json, sys; from handlers.api import app, lambda_handler; from workbench.serving.events import LambdaContext; "
        f"response = lambda_handler({event!r}, LambdaContext('lambda-one')); {then}"
    )


def test_powertools_answers_and_pydantic_is_not_imported() -> None:
    """Powertools' resolver answers the event. Neither models nor the workbench's libraries nor the X-Ray SDK are imported for it."""
    then = (
        "from aws_lambda_powertools.event_handler import APIGatewayHttpResolver; "
        f"imported = [name for name in {NOT_ON_THE_READ_PATH!r} if name in sys.modules]; "
        "answered = [isinstance(app, APIGatewayHttpResolver), response['statusCode'], response['headers']['X-Request-Id']]; "
        "print(json.dumps([*answered, imported]))"
    )
    ran = run(asking(EVENT, then), {**ENVIRONMENT, "POWERTOOLS_LOG_LEVEL": "CRITICAL"})
    assert json.loads(ran.stdout.splitlines()[-1]) == [True, 200, "one", []]


def test_a_request_leaves_one_log_line_and_its_metrics() -> None:
    """The line has the correlation id, route, status and level that CloudWatch queries; the metrics are in the embedded metric format."""
    ran = run(asking(EVENT, "lambda_handler"), ENVIRONMENT)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    (logged,) = [line for line in lines if "_aws" not in line]
    assert {name: logged[name] for name in ("level", "message", "service", "correlation_id", "route", "status", "method")} == {
        "level": "INFO",
        "message": "answered",
        "service": "article33",
        "correlation_id": "one",
        "route": "/v1/problems/{slug}",
        "status": 200,
        "method": "GET",
    }
    assert logged["cold_start"] is True
    assert datetime.datetime.fromisoformat(logged["timestamp"]).tzinfo is not None
    assert logged["function_request_id"] == "lambda-one"
    found: dict[str, tuple[list[str], str, list[float]]] = {}
    for line in lines:
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            assert directive["Namespace"] == "Article33"
            (dimensions,) = directive["Dimensions"]
            assert all(isinstance(line[name], str) for name in dimensions)
            found |= {one["Name"]: (sorted(dimensions), one["Unit"], line[one["Name"]]) for one in directive["Metrics"]}
    assert found["Requests"] == (["Stage", "route", "service", "status"], "Count", [1.0])
    assert found["ColdStart"] == (["function_name", "service"], "Count", [1.0])
    assert found["Latency"][:2] == (["Stage", "service"], "Milliseconds")
    assert set(found) == {"Requests", "ColdStart", "Latency"}, "nothing was read, so there are no calls and read units"


def test_log_and_metrics_have_nothing_of_the_client() -> None:
    """Neither the address nor the path nor the query, at the most talkative level, and with the settings that would log events."""
    http = {"method": "GET", "path": "/v1/problems/withdrawn", "sourceIp": "192.0.2.7"}
    headers = {"x-forwarded-for": "192.0.2.7", "user-agent": "agent-5e1f"}
    asked = EVENT | {"rawPath": "/v1/problems/withdrawn", "rawQueryString": "word5e1f=1", "headers": headers}
    asked["requestContext"] = {"http": http, "requestId": "one", "stage": "$default"}
    talkative = {
        "POWERTOOLS_LOG_LEVEL": "DEBUG",
        "POWERTOOLS_LOGGER_LOG_EVENT": "true",
        "POWERTOOLS_DEV": "true",
        "POWERTOOLS_DEBUG": "true",
    }
    unmatched = EVENT | {"rawPath": "/v1/5e1f"}
    then = f"assert response['statusCode'] == 400; lambda_handler({unmatched!r}, LambdaContext('lambda-two'))"
    ran = run(asking(asked, then), ENVIRONMENT | talkative)
    assert "answered" in ran.stdout
    for word in ("192.0.2.7", "withdrawn", "5e1f"):
        assert word not in ran.stdout + ran.stderr


@pytest.mark.parametrize("setting", ["POWERTOOLS_METRICS_DISABLED", "POWERTOOLS_DEV"])
def test_metrics_can_be_switched_off(setting: str) -> None:
    """With Powertools' own settings only its ColdStart metric is written, however many requests there are."""
    then = f"[lambda_handler({EVENT!r}, LambdaContext('again')) for _ in range(250)]"
    ran = run(asking(EVENT, then), ENVIRONMENT | {setting: "true", "POWERTOOLS_LOG_LEVEL": "CRITICAL"})
    assert all('"ColdStart"' in line for line in ran.stdout.splitlines()), ran.stdout


def test_sampling_is_powertools_own() -> None:
    """With a sample rate of 1, a logger of level INFO logs the debug line of a request too."""
    ran = run(asking(EVENT, "lambda_handler"), ENVIRONMENT | {"POWERTOOLS_LOGGER_SAMPLE_RATE": "1"})
    levels = [json.loads(line)["level"] for line in ran.stdout.splitlines() if '"level"' in line]
    assert "DEBUG" in levels


def test_a_store_that_is_read_adds_calls_and_units() -> None:
    """A request that reads the record counts its calls to DynamoDB, and what is cached costs none."""
    world = memory_world()
    assert world.publish_files(SEED) == 1
    metrics = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
    written = io.StringIO()
    telemetry = Telemetry(logging_to(written, "INFO").logger, metrics)
    client = Client(make_app(contract(), world.reader(), world.clock.datetime, telemetry), world)
    client.get("/v1/events?limit=3")
    first = metrics.serialize_metric_set()
    metrics.clear_metrics()
    client.get("/v1/events?limit=3")
    again = metrics.serialize_metric_set()
    calls = [json.loads(line)["store_calls"] for line in written.getvalue().splitlines()]
    assert calls == [3, 0]
    assert first["StoreCalls"] == [3.0]  # type: ignore[typeddict-item]
    assert "StoreCalls" not in again


def test_missing_setting_is_named() -> None:
    """An environment without the table is an error that says which setting is missing."""
    with pytest.raises(SettingsMissing, match="set ARTICLE33_TABLE in the environment"):
        Settings.read({})
    assert Settings.read({"ARTICLE33_TABLE": "record"}) == Settings("record")
    assert Settings.read({"ARTICLE33_TABLE": "record", "ARTICLE33_TRACING": "on"}).tracing


def test_tracing_is_imported_only_where_it_is_switched_on() -> None:
    """With ARTICLE33_TRACING=on the X-Ray SDK traces the handler and its calls; its daemon is not there, so nothing is sent."""
    then = "print(json.dumps([response['statusCode'], 'aws_xray_sdk' in sys.modules, hasattr(lambda_handler, '__wrapped__')]))"
    environment = ENVIRONMENT | {"ARTICLE33_TRACING": "on", "POWERTOOLS_LOG_LEVEL": "CRITICAL", "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR"}
    ran = run(asking(EVENT, then), environment | {"LAMBDA_TASK_ROOT": "/var/task", "_X_AMZN_TRACE_ID": TRACE})
    assert json.loads(ran.stdout.splitlines()[-1]) == [200, True, True]
