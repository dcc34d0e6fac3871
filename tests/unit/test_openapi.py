"""The specification follows from the declarations: it is complete, has no duplicates, and uses names that tools accept."""

import json
import re
from typing import Any

import pytest

from schemas import openapi
from schemas.registry import RESOURCES
from schemas.resource import Resource
from schemas.v1.parameters import PARAMETERS
from schemas.v1.problems import PROBLEM_TYPES
from schemas.v1.routes import Media, routes

DOCUMENT = openapi.document(RESOURCES)
OPERATIONS: dict[str, dict[str, Any]] = {path: item["get"] for path, item in DOCUMENT["paths"].items()}
ROUTES = {route.path: route for route in routes(RESOURCES)}
EVERY_TYPE = pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.collection)


def parameters_of(path: str) -> dict[str, dict[str, Any]]:
    """Return an operation's parameters by name, with references resolved."""
    components = DOCUMENT["components"]["parameters"]
    found = [components[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in OPERATIONS[path]["parameters"]]
    assert len({one["name"] for one in found}) == len(found)
    return {one["name"]: one for one in found}


def test_every_route_is_an_operation_of_its_own() -> None:
    """Its name is unique and does not depend on the order of the declarations."""
    assert OPERATIONS.keys() == ROUTES.keys()
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("(get|list)[A-Z][A-Za-z]*", name) for name in names)
    reverse = openapi.document(RESOURCES[::-1])["paths"]
    assert [reverse[path]["get"]["operationId"] for path in OPERATIONS] == names


def test_components_are_called_what_they_are() -> None:
    """One name for request and response, without a module's path."""
    for kind in ("schemas", "parameters", "responses", "headers"):
        assert all(re.fullmatch("[A-Z][A-Za-z0-9-]*", name) for name in DOCUMENT["components"][kind])
    assert not [name for name in DOCUMENT["components"]["schemas"] if re.search("Input|Output|__|-", name)]


def test_every_reference_leads_somewhere_and_everything_is_used() -> None:
    """No component is missing, and none is unused."""
    used = set(re.findall(r'"\$ref": "#/components/([A-Za-z]+/[A-Za-z0-9-]+)"', json.dumps(DOCUMENT)))
    assert used == {f"{kind}/{name}" for kind, parts in DOCUMENT["components"].items() for name in parts}


@EVERY_TYPE
def test_lists_take_every_declared_filter_and_parameter(resource: Resource) -> None:
    """Each has a description and an example."""
    taken = parameters_of(f"/v1/{resource.collection}")
    assert {declared.name for declared in resource.filters} <= set(taken)
    for declared in resource.filters:
        assert taken[declared.name]["description"] == declared.description
        assert taken[declared.name]["example"] == ([declared.example] if declared.repeatable else declared.example)
    scopes = {"lists", "dated-lists"} if resource.span else {"lists"}
    assert {parameter.name for parameter in PARAMETERS if parameter.scopes & scopes} <= set(taken)


def test_every_problem_type_is_described() -> None:
    """By the response of its status, which at least one operation has."""
    answered = {status for operation in OPERATIONS.values() for status in operation["responses"]}
    for problem in PROBLEM_TYPES:
        response = DOCUMENT["components"]["responses"][f"Problem{problem.status}"]
        assert problem.slug in response["content"]["application/problem+json"]["examples"]
        assert problem.slug in response["description"]
        assert str(problem.status) in answered


@pytest.mark.parametrize("path", OPERATIONS)
def test_an_operation_says_what_it_answers(path: str) -> None:
    """Each media type has a schema; all headers and all possible statuses are listed."""
    responses, route = OPERATIONS[path]["responses"], ROUTES[path]
    assert {"200", "304", "400", "405", "406", "414", "429", "431", "500"} <= set(responses)
    assert ("308" in responses) is route.moves
    assert list(responses["200"]["content"]) == list(route.media_types)
    assert {"ETag", "Repr-Digest", "Link", "Cache-Control", "Vary", "X-Request-Id"} <= set(responses["200"]["headers"])
    if Media.JSON in route.media_types and route.answers:
        assert responses["200"]["content"]["application/json"]["schema"] == {"$ref": f"#/components/schemas/{route.answers}"}
