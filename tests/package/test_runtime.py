"""The package as Lambda runs it: Amazon's emulator of the platform, Amazon's runtime client in the instance, Lambda's Python."""

import json
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dripping import Manner, dripping
from tests.package.asking import answered, as_told, event, targets
from tests.package.conftest import Served, lambda_environment
from tests.package.emulator import Emulator, running

pytestmark = pytest.mark.skipif(platform.system() != "Linux", reason="the emulator runs on Linux")

MANY = 300
# A handler around ours, for faults that ours does not have.
ODD = """
import time
from handlers.api import lambda_handler

def handler(event, context):
    if "raise" in event:
        raise RuntimeError("as asked")
    if "hang" in event:
        time.sleep(600)
    if "left" in event:
        return context.get_remaining_time_in_millis()
    return lambda_handler(event, context)
"""


@pytest.fixture(scope="module")
def function(task: Path, served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The function, over the seed."""
    with running(tmp_path_factory.mktemp("emulator") / "log", [task], served.environment) as emulator:
        yield emulator


@pytest.fixture
def odd(task: Path, served: Served, tmp_path: Path) -> Iterator[Emulator]:
    """The function in a handler that fails on demand, with two seconds for each invocation."""
    (tmp_path / "odd.py").write_text(ODD, encoding="utf-8")
    with running(tmp_path / "log", [task, tmp_path], served.environment, "odd.handler", timeout=2) as emulator:
        yield emulator


def test_one_instance_answers_many_invocations_rightly(function: Emulator, served: Served) -> None:
    """After a cold start, one instance answers hundreds of invocations as this checkout does."""
    asked = targets()
    expected = {target: as_told(target, *answered(served.url, target)) for target in asked}
    for number in range(MANY):
        target = asked[number % len(asked)]
        answer = function.answer(event(target))
        assert as_told(target, answer["statusCode"], answer["headers"], answer["body"]) == expected[target], target
    assert function.instances() == 1


def test_what_is_no_event_of_the_gateway_is_answered(function: Emulator) -> None:
    """An event of another source, null, a number: the instance answers with an error and keeps running."""
    before = function.instances()
    others: list[Any] = [{"Records": []}, None, 33, []]
    assert [function.answer(other)["statusCode"] for other in others] == [400] * 4
    assert function.answer(event("/v1"))["statusCode"] == 200
    assert function.instances() == max(before, 1)


def test_an_exception_costs_its_own_invocation_alone(odd: Emulator) -> None:
    """The runtime reports the exception, and the same instance answers the next invocation."""
    assert odd.answer(event("/v1"))["statusCode"] == 200
    failed = odd.answer({"raise": True})
    assert (failed["errorType"], failed["errorMessage"]) == ("RuntimeError", "as asked")
    assert odd.answer(event("/v1"))["statusCode"] == 200
    assert odd.instances() == 1


def test_a_handler_that_hangs_costs_its_instance(odd: Emulator) -> None:
    """The platform ends the instance at its deadline, and a new one answers the next invocation."""
    assert 0 < odd.answer({"left": True}) <= 2_000
    assert odd.invoke({"hang": True}) == (200, "Task timed out after 2.00 seconds")
    assert odd.answer(event("/v1"))["statusCode"] == 200
    assert odd.instances() == 2


@pytest.mark.parametrize("manner", [Manner("nothing"), Manner("body")], ids=str)
def test_a_store_that_hangs_is_a_problem_before_the_deadline(manner: Manner, task: Path, tmp_path: Path) -> None:
    """DynamoDB does not answer, or byte by byte: the function returns 503 within the contract's three seconds, and keeps running."""
    with dripping() as dripper:
        dripper.drip(manner)
        environment = lambda_environment(dripper.url)
        with running(tmp_path / "log", [task], environment, timeout=3) as function:
            assert (
                function.answer(event("/v1/problems"))["statusCode"] == 200
            )  # on Lambda a cold start is not part of the invocation's time
            for target in ("/v1/health", "/v1/events", "/v1/actors/viet-nam"):
                answer = function.answer(event(target))
                assert (answer["statusCode"], json.loads(answer["body"])["type"]) == (503, "/v1/problems/record-unavailable")
                assert answer["headers"]["Retry-After"]
            assert function.instances() == 1


def test_a_function_without_its_table_says_what_it_lacks(task: Path, served: Served, tmp_path: Path) -> None:
    """It fails in the init phase, and the first invocation and the log name the setting."""
    environment = {name: value for name, value in served.environment.items() if name != "ARTICLE33_TABLE"}
    with running(tmp_path / "log", [task], environment) as function:
        status, body = function.invoke(event("/v1"))
    assert status != 200
    assert "set ARTICLE33_TABLE in the environment" in body
    assert "SettingsMissing" in (tmp_path / "log").read_text(encoding="utf-8")
