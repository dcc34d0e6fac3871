"""The log of the function on Lambda, including the platform's lines: no client address, and nothing of the requests."""

import json
from pathlib import Path

from tests.e2e.test_logs import TARGETS, WHO, check_lines
from tests.package.asking import event
from tests.package.conftest import Served, lambda_environment
from tests.package.emulator import Emulator, running


def _ask(function: Emulator) -> list[int]:
    """Send every kind of request as the gateway would; return the statuses."""
    statuses = []
    for target in TARGETS:
        asked = event(target)
        asked["headers"] |= {name.lower(): value for name, value in WHO.items()}
        asked["requestContext"]["http"]["sourceIp"] = "192.0.2.77"
        statuses.append(function.answer(asked)["statusCode"])
    return statuses


def test_the_functions_log_holds_nobody(task: Path, served: Served, tmp_path: Path) -> None:
    """At the most verbose level, with a readable and an unreadable record: one line per request, with an id and a status."""
    unread = lambda_environment("http://127.0.0.1:1")
    for number, environment in enumerate((served.environment, unread)):
        log = tmp_path / f"log{number}"
        with running(log, [task], {**environment, "POWERTOOLS_LOG_LEVEL": "DEBUG"}) as function:
            statuses = _ask(function)
        said = check_lines(log.read_text(encoding="utf-8").splitlines())
        assert [one["status"] for one in said if one["message"] == "answered"] == statuses
        causes = [json.dumps(one["cause"]) for one in said if one["level"] == "ERROR"]
        assert len(causes) == statuses.count(503)
        assert bool(causes) == (environment is unread)
