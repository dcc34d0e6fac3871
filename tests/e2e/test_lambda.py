"""The Lambda entry point as Lambda loads it: in an interpreter of its own, from its environment alone."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from handlers.settings import Settings, SettingsMissing
from tests.conftest import ROOT

NOT_ON_THE_READ_PATH = (
    "aws_lambda_powertools",
    "pydantic",
    "edtf",
    "pycountry",
    "rfc8785",
    "yaml",
    "typer",
    "rich",
    "moto",
    "granian",
    "boto3",
    "concurrent.futures.thread",
)
EVENT = {
    "version": "2.0",
    "rawPath": "/v1/problems/not-found",
    "rawQueryString": "",
    "headers": {"accept": "application/json"},
    "requestContext": {"http": {"method": "GET", "path": "/v1/problems/not-found"}, "requestId": "one", "stage": "$default"},
    "isBase64Encoded": False,
}


def run(script: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a script in a clean interpreter with just this environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(  # noqa: S603 - this interpreter, on a script of ours
        [sys.executable, "-c", script],
        env={**kept, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}", **environment},
        capture_output=True,
        text=True,
        check=True,
    )


def test_handler_answers_and_imports_nothing_it_does_not_need() -> None:
    """The handler answers an event, and neither models nor the workbench's libraries were imported for it."""
    script = (
        "import json, sys; from handlers.api import lambda_handler; "
        f"unwanted = {NOT_ON_THE_READ_PATH!r}; answer = lambda_handler({EVENT!r}, None); "
        "imported = [name for name in unwanted if name in sys.modules]; "
        "print(json.dumps([answer['statusCode'], answer['headers']['X-Request-Id'], imported]))"
    )
    ran = run(script, {"ARTICLE33_TABLE": "record", "AWS_DEFAULT_REGION": "eu-central-1", "ARTICLE33_LOG_LEVEL": "CRITICAL"})
    assert json.loads(ran.stdout) == [200, "one", []]


def test_log_has_one_line_a_request_without_who_asked_for_what() -> None:
    """A request is logged once, with its id and status, and without its path, query or the client's address."""
    asked = EVENT | {"rawPath": "/v1/problems/withdrawn", "headers": {"x-forwarded-for": "192.0.2.7"}}
    script = f"from handlers.api import lambda_handler; lambda_handler({asked!r}, None)"
    ran = run(script, {"ARTICLE33_TABLE": "record", "AWS_DEFAULT_REGION": "eu-central-1", "ARTICLE33_LOG_LEVEL": "INFO"})
    (line,) = ran.stdout.splitlines()
    logged = json.loads(line)
    assert (logged["request_id"], logged["status"], logged["method"]) == ("one", 200, "GET")
    assert "192.0.2.7" not in line
    assert "withdrawn" not in line


def test_missing_setting_is_named() -> None:
    """An environment without the table is an error that says which setting is missing."""
    with pytest.raises(SettingsMissing, match="set ARTICLE33_TABLE in the environment"):
        Settings.read({})
    assert Settings.read({"ARTICLE33_TABLE": "record"}) == Settings("record")
