"""Check every answer that a test gets against the published specification: status, media type, headers and body."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

from jsonschema import Draft202012Validator, FormatChecker

from handlers.contract import PUBLISHED

OPENAPI: dict[str, Any] = json.loads((PUBLISHED / "openapi.json").read_bytes())
# Headers that the specification does not list, because HTTP defines them for every answer.
_OF_HTTP = frozenset({"content-type"})
_PATHS = [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), item["get"]) for path, item in OPENAPI["paths"].items()]


class Reply(Protocol):
    """An answer, as a client sees it."""

    @property
    def status(self) -> int:
        """The status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, by their names in lower case."""
        ...

    @property
    def body(self) -> str:
        """The body."""
        ...


def check(reply: Reply, path: str, method: str, formats: FormatChecker) -> None:
    """Check an answer to a request of this path, decoded, against the specification: its body too."""
    check_outside(reply, path, method)
    if reply.body and reply.headers["content-type"].partition(";")[0].endswith(("/json", "+json")):
        media_type = reply.headers["content-type"].partition(";")[0]
        _check_body(json.dumps(_response(path, reply.status)["content"][media_type]["schema"]), reply.body, formats)


def check_outside(reply: Reply, path: str, method: str) -> None:
    """Check an answer's status, headers and media type. For tests whose records do not follow the project's models."""
    if method == "OPTIONS" and reply.status == 204:
        return
    response = _response(path, reply.status)
    declared = {name.lower(): _resolved(header) for name, header in response["headers"].items()}
    unknown = set(reply.headers) - set(declared) - _OF_HTTP
    assert not unknown, f"the specification knows no {unknown} of {reply.status} at {path}"
    missing = {name for name, header in declared.items() if header["required"]} - set(reply.headers)
    assert not missing, f"the specification promises {missing} of {reply.status} at {path}"
    for name in set(reply.headers) & set(declared):
        text = reply.headers[name]
        Draft202012Validator(declared[name]["schema"]).validate(int(text) if declared[name]["schema"]["type"] == "integer" else text)
    if reply.body:
        media_type = reply.headers["content-type"].partition(";")[0]
        assert media_type in response["content"], f"the specification knows no {media_type} of {reply.status} at {path}"


def closed(schema: Any) -> Any:
    """Return a schema whose objects allow only the members that it names. Clients must accept more; today's answers have no more."""
    if isinstance(schema, list):
        return [closed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(inner) for name, inner in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        found.setdefault("additionalProperties", False)
    return found


def _response(path: str, status: int) -> Mapping[str, Any]:
    for pattern, operation in _PATHS:
        if pattern.fullmatch(path) and str(status) in operation["responses"]:
            return _resolved(operation["responses"][str(status)])
    known = any(pattern.fullmatch(path) for pattern, _ in _PATHS)
    # For an unknown route or method there is no operation, but its problems are among the components.
    assert not known or status == 405, f"the specification knows no {status} at {path}"
    if status == 308:
        return {"headers": _redirect()}
    return _resolved({"$ref": f"#/components/responses/Problem{status}"})


def _redirect() -> Mapping[str, Any]:
    return next(item["get"]["responses"]["308"]["headers"] for item in OPENAPI["paths"].values() if "308" in item["get"]["responses"])


def _resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in part:
        return part
    found: Any = OPENAPI
    for name in part["$ref"].split("/")[1:]:
        found = found[name]
    assert isinstance(found, Mapping), "a reference leads to an object"
    return found


@cache
def _components() -> dict[str, Any]:
    # A redacted resource keeps its other members.
    return {name: part if name == "RedactedResource" else closed(part) for name, part in OPENAPI["components"]["schemas"].items()}


@cache
def _check_body(schema: str, body: str, formats: FormatChecker) -> None:
    root = {**json.loads(schema), "components": {"schemas": _components()}}
    Draft202012Validator(root, format_checker=formats).validate(json.loads(body))
