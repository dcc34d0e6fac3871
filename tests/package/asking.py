"""Requests for the package, each as an event of API Gateway's HTTP API, and this checkout's responses to the same requests."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from handlers.contract import contract
from handlers.reference import files

PYTHON = Path(os.environ.get("ARTICLE33_PACKAGE_TOOLS", ".")).resolve() / "bin" / "python"
# A slug from the seed for each collection.
SLUGS = {
    "cases": "nine-north-koreans-viet-nam-2015",
    "events": "taken-to-shenyang-by-train",
    "actors": "viet-nam",
    "instruments": "refugee-convention-1951",
}
# Other representations, and a list that is filtered, sorted and includes referenced resources.
OTHERS = (
    "/v1/statements?format=csv",
    "/v1/events?format=ndjson",
    "/v1/events?country=VN&from=2015-10&sort=-date",
    "/v1/cases?include=events,instruments",
)
PROBLEMS = {"/v1/actors?kinde=state": 400, "/v1/actors/nobody": 404, "/nothing": 404, "/.well-known/security.txt": 404}
ALIKE = {"content-type", "etag", "repr-digest", "cache-control", "content-security-policy", "link", "vary", "last-modified"}


def event(target: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    """Return the event for a request: its path and query."""
    parts = urlsplit(target)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": unquote(parts.path),
        "rawQueryString": parts.query,
        "headers": headers,
        "requestContext": {
            "http": {"method": method, "path": unquote(parts.path), "sourceIp": "192.0.2.1"},
            "requestId": "asked",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }


def targets() -> list[str]:
    """Return a target for every route that the seed can fill, and some others."""
    found = []
    for route in contract().routes:
        collection = route.owner or route.collection
        if route.endpoint == "reference_file":
            found += [route.path.replace("{name}", name) for name in files()]
        elif route.endpoint == "schema":
            found += [route.path.replace("{name}", f"{one.singular}.json") for one in contract().collections.values()]
        elif route.endpoint == "problem":
            found.append(route.path.replace("{slug}", "not-found"))
        elif "{slug}" not in route.path or collection in SLUGS:
            found.append(route.path.replace("{slug}", SLUGS.get(collection, "")).replace("{number}", "1"))
    return [*found, *OTHERS, *PROBLEMS]


def answered(url: str, target: str) -> tuple[int, Mapping[str, str], str]:
    """Return the status, headers and body served at a URL."""
    try:
        with urllib.request.urlopen(url + target, timeout=30) as answer:  # noqa: S310 - the loopback
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, dict(refused.headers), refused.read().decode()


def as_told(target: str, status: int, headers: Mapping[str, str], body: str) -> Any:
    """Return what two instances must have in common: everything except the request id, the age in seconds, and their hashes."""
    told = {name.lower(): value for name, value in headers.items() if name.lower() in ALIKE}
    if target == "/v1/health" or told["content-type"] == "application/problem+json":
        varies = {"instance": None, "age_seconds": None}
        return status, told["content-type"], told["cache-control"], json.loads(body) | varies
    return status, told, body
