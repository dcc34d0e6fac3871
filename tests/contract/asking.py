"""Ask the API, and check in every answer what the contract promises for all: headers, problems, pages, resources."""

import base64
import datetime
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from hypothesis import settings
from jsonschema import Draft202012Validator, FormatChecker

from handlers.contract import PUBLISHED, contract
from schemas.pointers import Json
from tests.conftest import GATEWAY, Client, Reply
from tests.contract import specification
from tests.gateway import REQUEST_ID

CONTRACT = contract()
COLLECTIONS = CONTRACT.collections
SINGULARS = {collection.singular: name for name, collection in COLLECTIONS.items()}
SEARCH = settings(max_examples=3 if GATEWAY else 120)

_FORMATS = FormatChecker(formats=["date"])
_WHOLE = {"type": "integer", "minimum": 0}
_PATH = {"type": "string", "pattern": "^/[!-~]*$"}
_FAULT = {
    "type": "object",
    "required": ["in", "name", "code", "message"],
    "additionalProperties": False,
    "properties": {
        "in": {"enum": ["query", "path", "header"]},
        "name": {"type": "string"},
        "code": {"enum": list(CONTRACT.problems)},
        "message": {"type": "string", "minLength": 1},
        "allowed": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "did_you_mean": {"type": "string", "minLength": 1},
    },
}
PROBLEM = Draft202012Validator(
    {
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance", "errors"],
        "additionalProperties": False,
        "properties": {
            "type": {"enum": [f"/{CONTRACT.version}/problems/{slug}" for slug in CONTRACT.problems]},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "minLength": 1},
            "instance": {"const": REQUEST_ID},
            "errors": {"type": "array", "items": _FAULT},
        },
    }
)
PAGE = Draft202012Validator(
    {
        "type": "object",
        "required": ["data", "page", "links"],
        "additionalProperties": False,
        "properties": {
            "data": {"type": "array", "items": {"type": "object"}},
            "included": {"type": "array", "items": {"type": "object", "required": ["id", "type"]}},
            "links": {"type": "object", "required": ["self"], "additionalProperties": _PATH},
            "page": {
                "type": "object",
                "required": ["total", "limit", "release", "next"],
                "additionalProperties": False,
                "properties": {
                    "total": {"anyOf": [_WHOLE, {"type": "null"}]},
                    "limit": {"type": "integer", "minimum": 1, "maximum": CONTRACT.highest_limit},
                    "release": {"type": "integer", "minimum": 1},
                    "next": {"anyOf": [_PATH, {"type": "null"}]},
                    "resume": _PATH,
                },
            },
        },
    }
)


@_FORMATS.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.datetime.fromisoformat(value).utcoffset() == datetime.timedelta(0)


@_FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"https?://[!-~]+", value) and urlsplit(value).hostname)


def ask(client: Client, target: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Reply:
    """Ask, and check what holds for every answer."""
    return checked(client.get(target, headers, method), target, method)


def event(target: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> dict[str, Any]:
    """Return the gateway's event of a request."""
    path, _, query = target.partition("?")
    http = {"method": method, "path": path, "sourceIp": "192.0.2.1", "userAgent": "x", "protocol": "HTTP/1.1"}
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": dict(headers or {}),
        "requestContext": {"http": http, "requestId": "test-request", "domainName": "api.example.org", "stage": "$default"},
        "isBase64Encoded": False,
    }


def ask_event(client: Client, path: str, query: str = "", headers: Mapping[str, str] | None = None, method: str = "GET") -> Reply:
    """Ask with a path and a query exactly as the gateway's event has them, and check what holds for every answer."""
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": dict(headers or {}),
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
            "requestId": REQUEST_ID,
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    answer = client.instance.resolve(event, None)
    reply = Reply(answer["statusCode"], {name.lower(): value for name, value in answer["headers"].items()}, answer["body"])
    return checked(reply, f"{path}?{query}", method)


def checked(reply: Reply, target: str, method: str = "GET") -> Reply:
    """Return an answer after checking what holds for every one."""
    headers = reply.headers
    path = unquote(target.partition("?")[0])
    specification.check(reply, path, method, _FORMATS)
    assert headers["access-control-allow-origin"] == "*"
    exposed = {name.strip().lower() for name in headers["access-control-expose-headers"].split(",")}
    cors_safe = {"cache-control", "content-type", "vary", "allow"}
    hidden = {name for name in headers if not name.startswith("access-control-")} - cors_safe - exposed
    assert hidden <= {"x-content-type-options", "content-security-policy"}, f"a page in a browser can't see {hidden}"
    assert headers["x-request-id"] == REQUEST_ID
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] in CONTRACT.cache_control.values()
    assert headers["vary"] == "Accept, Accept-Datetime"
    assert all(value.isascii() and value.isprintable() for value in headers.values()), "a header holds what no header may hold"
    if reply.status in (200, 304):
        assert re.fullmatch(r'"[0-9a-f]{64}"', headers["etag"])
    if method == "HEAD" or reply.status in (204, 304, 308):
        assert not reply.body
    elif reply.status == 200:
        _check_success(reply, target)
    else:
        check_problem(reply)
    return reply


def check_problem(reply: Reply) -> str:
    """Check that an answer is one of the contract's problems; return its slug."""
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json
    PROBLEM.validate(problem)
    slug = str(problem["type"]).rpartition("/")[2]
    row = CONTRACT.problems[slug]
    assert (reply.status, problem["status"], problem["title"]) == (row.status, row.status, row.title)
    assert reply.headers["cache-control"] == CONTRACT.cache_control[row.cache]
    assert reply.headers.get("retry-after") == (None if row.retry_after is None else str(row.retry_after))
    assert "etag" not in reply.headers
    return slug


def faults(reply: Reply) -> dict[str, str]:
    """Return the code of each parameter that an answer refuses, by the parameter's name."""
    assert reply.status == 400
    return {fault["name"]: fault["code"] for fault in reply.json["errors"]}


def check_resource(body: Mapping[str, Any], *, whole: bool = True) -> None:
    """Check a resource against its type's published schema. If it is not `whole`, check the fields that it has."""
    text = json.dumps(body, sort_keys=True)
    _check_resource_once(str(body["type"]), text, whole)


def path_of(resource: str) -> str:
    """Return the path of a resource."""
    return f"/{CONTRACT.version}/{resource}"


def links_of(reply: Reply) -> dict[str, str]:
    """Return the targets of an answer's Link header (RFC 8288) by relation, the first of each."""
    found: dict[str, str] = {}
    rest = reply.headers["link"]
    while rest:
        link = re.match(r'<([^<>"\s]*)>; rel="([a-z -]+)"(?:; [a-z*]+="[^"]*")*(?:, |$)', rest)
        assert link, f"no link: {rest}"
        for relation in link[2].split(" "):
            found.setdefault(relation, link[1])
        rest = rest[link.end() :]
    return found


def follow(client: Client, target: str) -> Iterator[Reply]:
    """Yield every page of a list, the Link header saying the same as the body."""
    following: str | None = target
    while following is not None:
        reply = ask(client, following)
        assert reply.status == 200
        yield reply
        following = reply.json["page"]["next"]
        link = links_of(reply).get("next")
        assert (None if link is None else urljoin("/", link)) == following


def rows(client: Client, target: str) -> list[dict[str, Any]]:
    """Return every row of a list, page by page."""
    return [row for page in follow(client, target) for row in page.json["data"]]


def ids(client: Client, target: str) -> list[str]:
    """Return the ids of a list, page by page."""
    return [str(row["id"]) for row in rows(client, target)]


def everything(client: Client) -> dict[str, dict[str, Json]]:
    """Return every resource of the record by its id."""
    return {row["id"]: row for name in COLLECTIONS for row in rows(client, f"{path_of(name)}?limit={CONTRACT.highest_limit}")}


def sha256(body: str) -> str:
    """Return the digest of a body in the form of an ETag."""
    return f'"{hashlib.sha256(body.encode()).hexdigest()}"'


def _check_success(reply: Reply, target: str) -> None:
    assert reply.headers["etag"] == sha256(reply.body), "the tag is not the digest of these bytes"
    digest = base64.b64encode(hashlib.sha256(reply.body.encode()).digest()).decode()
    assert reply.headers["repr-digest"] == f"sha-256=:{digest}:"
    if reply.headers["content-type"] != "application/json":
        return
    body = reply.json
    whole = "fields=" not in unquote(target)
    if "page" in body:
        PAGE.validate(body)
        assert len(body["data"]) <= body["page"]["limit"]
    for row in body["data"] if "page" in body else [body]:
        if row.get("type") in SINGULARS:
            check_resource({name: value for name, value in row.items() if name != "included"}, whole=whole)
    for included in body.get("included", ()):
        check_resource(included)


@cache
def _check_resource_once(singular: str, text: str, whole: bool) -> None:
    _validator(singular, whole).validate(json.loads(text))


@cache
def _validator(singular: str, whole: bool) -> Draft202012Validator:
    schema = specification.closed(json.loads((PUBLISHED / f"{singular}.json").read_bytes()))
    Draft202012Validator.check_schema(schema)
    if not whole:
        schema["required"] = ["id", "type"]
    return Draft202012Validator(schema, format_checker=_FORMATS)
