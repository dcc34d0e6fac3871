"""Every route of the published contract is a route of Powertools' resolver, and no route hides another."""

import io
import json
import re

import pytest

from handlers.app import make_app
from handlers.contract import Route, contract
from handlers.resolver import ContractResolver
from tests.conftest import START, logging_to, silent
from tests.record.memory import memory_world


@pytest.fixture(scope="module")
def app() -> ContractResolver:
    """Return the app over an empty record."""
    return make_app(contract(), memory_world().reader(), lambda: START, silent())


@pytest.mark.parametrize("route", contract().routes, ids=lambda route: route.path)
def test_a_request_reaches_its_route(route: Route, app: ContractResolver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request's log line and metrics name the template of the route, for GET and HEAD."""
    templates: list[str] = []
    monkeypatch.setattr(app.telemetry, "record", lambda exchange, *_: templates.append(exchange.template))
    path = re.sub(r"\{(\w+)\}", r"\1-1", route.path)
    for method in ("GET", "HEAD"):
        event = {"rawPath": path, "requestContext": {"http": {"method": method}, "requestId": "one", "stage": "$default"}}
        app.resolve(event, None)
    assert templates == [route.path] * 2


def test_no_route_hides_another() -> None:
    """The resolver takes the first route that matches, so two routes never differ by a placeholder against a word at the same place."""
    for one in contract().routes:
        for other in contract().routes:
            pairs = list(zip(one.path.split("/"), other.path.split("/"), strict=False))
            parted = next(((mine, theirs) for mine, theirs in pairs if mine != theirs), None)
            assert parted is None or not any(segment.startswith("{") for segment in parted), (one.path, other.path)


def test_an_event_that_is_not_a_request_is_logged_without_an_id() -> None:
    """The log line does not repeat the correlation id of the request before."""
    written = io.StringIO()
    app = make_app(contract(), memory_world().reader(), lambda: START, logging_to(written, "INFO"))
    event = {"rawPath": "/", "requestContext": {"http": {"method": "GET"}, "requestId": "one", "stage": "$default"}}
    assert [app.resolve(one, None)["statusCode"] for one in (event, {})] == [200, 400]
    assert [json.loads(line).get("correlation_id") for line in written.getvalue().splitlines()] == ["one", None]


@pytest.mark.parametrize("path", [route.path for route in contract().routes if "." in route.path and "{" not in route.path])
def test_a_dot_in_a_path_is_only_a_dot(path: str, app: ContractResolver) -> None:
    """Powertools makes a regular expression of each path, in which a dot would match any character."""
    for position in (at for at, character in enumerate(path) if character == "."):
        for other in ("x", "/", "-"):
            changed = path[:position] + other + path[position + 1 :]
            event = {"rawPath": changed, "requestContext": {"http": {"method": "GET"}, "requestId": "one", "stage": "$default"}}
            response = app.resolve(event, None)
            assert (response["statusCode"], json.loads(response["body"])["type"]) == (404, "/v1/problems/unknown-route"), changed


@pytest.mark.parametrize("part", ["begin", "respond"])
def test_a_fault_outside_of_an_endpoint_is_a_problem_too(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the reader or an exception handler fails, the response is the problem `internal`, and the log has the traceback."""
    written = io.StringIO()
    reader = memory_world().reader()
    app = make_app(contract(), reader, lambda: START, logging_to(written, "ERROR"))

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(reader if part == "begin" else app, part, fail)
    event = {"rawPath": "/nowhere", "requestContext": {"http": {"method": "GET"}, "requestId": "one", "stage": "$default"}}
    response = app.resolve(event, None)
    assert (response["statusCode"], json.loads(response["body"])["type"]) == (500, "/v1/problems/internal")
    assert "ZeroDivisionError" in written.getvalue()
