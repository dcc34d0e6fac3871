"""Ask the examples of the specification: all are from the first case, and each finds something."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.conftest import Client
from tests.contract.asking import ask
from tests.contract.specification import OPENAPI

COMPONENTS = OPENAPI["components"]["parameters"]


def parameters_of(path: str) -> list[dict[str, Any]]:
    """Return an operation's parameters, references followed."""
    stated = OPENAPI["paths"][path]["get"]["parameters"]
    return [COMPONENTS[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in stated]


def asked(path: str) -> str:
    """Return an operation's path with the examples of its parameters."""
    for one in parameters_of(path):
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", quote(one["example"]))
    return path


QUERIES = {
    path: found for path in OPENAPI["paths"] if (found := [one for one in parameters_of(path) if one["in"] == "query" and "example" in one])
}
NOT_SET = {"/.well-known/security.txt"}  # set by a deployment; test_discovery.py tests it


@pytest.mark.parametrize("path", sorted(set(OPENAPI["paths"]) - NOT_SET))
def test_every_operation_answers_its_example(path: str, warm: Client) -> None:
    """With the status, headers and body that the specification promises."""
    assert ask(warm, asked(path)).status == 200


@pytest.mark.parametrize("path", QUERIES)
def test_every_parameter_takes_its_example(path: str, warm: Client) -> None:
    """The example of a filter finds something, unless the list is that of a resource which has nothing of the kind."""
    for parameter in QUERIES[path]:
        example = parameter["example"]
        joined = ",".join(example) if isinstance(example, list) and not parameter.get("explode") else example
        reply = ask(warm, f"{asked(path)}?{urlencode({parameter['name']: joined}, doseq=True)}")
        assert reply.status == 200
        if "{" not in path and "page" in reply.json and parameter["name"] not in ("from", "to", "release"):
            assert reply.json["data"], parameter["name"]
