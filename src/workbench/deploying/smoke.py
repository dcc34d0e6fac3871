"""The smoke test: does the deployment answer, is it this version, and does it read the record? It sends requests like any client."""

import hashlib
import json
import secrets
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemas

# The API's answer for an empty record, which is not a fault. For an unreadable record the text differs.
NOTHING_PUBLISHED = "no release has been published yet"
SECONDS = 20  # for one response, including a cold start and CloudFront
_SPECIFICATION = Path(schemas.__file__).parent / "published" / "v1" / "openapi.json"


@dataclass(frozen=True, slots=True)
class Door:
    """A way to reach the API: a URL without a path, and the headers to send with each request."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: its status (0 if there was none), its headers by lower-case name, and its body or the reason why there is none."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """What a smoke test found: the served release (None if nothing was published yet), and the faults."""

    release: int | None
    faults: tuple[str, ...]


def smoke_test(door: Door, *, ours: bool = True) -> Found:
    """Request what every client depends on; return the faults, one line each.

    `ours` is true if this checkout's version is expected. A version deployed before has a specification of its own.
    """
    health = ask(door, "/v1/health")
    if health.status == 200:
        release = json.loads(health.body)["release"]
        return Found(release, (*_specification(door, ours=ours), *_unknown(door), *_page(door, release)))
    if health.status == 503 and _told(health).get("detail") == NOTHING_PUBLISHED:
        return Found(None, tuple(_specification(door, ours=ours)))
    return Found(None, (f"/v1/health {_what(health)}",))


def answers_without_cloudfront(direct: Door) -> bool:
    """Return whether the API answers requests that bypass CloudFront."""
    return ask(direct, "/v1/health").status != 403


def ask(door: Door, path: str, accept: str = "*/*") -> Answer:
    """Request a path; return the response, whatever its status."""
    headers = {"User-Agent": "article33-smoke-test", "Accept": accept, **door.headers}
    request = urllib.request.Request(f"{door.url}{path}", headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - the deployment's own URL
            return Answer(answer.status, _lowered(answer.headers), answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, _lowered(refused.headers), refused.read())
    except (urllib.error.URLError, TimeoutError, ConnectionError, ssl.SSLError) as failure:
        return Answer(0, {}, str(getattr(failure, "reason", failure)).encode())


def _specification(door: Door, *, ours: bool) -> list[str]:
    """Check that the specification is this checkout's. A random `Accept` header avoids cached copies of an earlier one."""
    answer = ask(door, "/v1/openapi.json", f"application/json, application/x-{secrets.token_hex(8)};q=0.1")
    if answer.status != 200:
        return [f"/v1/openapi.json {_what(answer)}"]
    if ours and hashlib.sha256(answer.body).digest() != hashlib.sha256(_SPECIFICATION.read_bytes()).digest():
        return ["/v1/openapi.json differs from the one in this checkout"]
    return []


def _unknown(door: Door) -> list[str]:
    """Check that a case with a random id is not found. No cache can have this response."""
    path = f"/v1/cases/smoke-test-{secrets.token_hex(8)}"
    answer = ask(door, path)
    if (answer.status, _problem(answer)) != (404, "not-found"):
        return [f"{path} {_what(answer)}; expected 404 not-found"]
    return []


def _page(door: Door, release: int) -> list[str]:
    path = f"/v1/cases?limit={1 + secrets.randbelow(100)}&release={release}"
    answer = ask(door, path)
    if answer.status != 200:
        return [f"{path} {_what(answer)}"]
    page = json.loads(answer.body)
    if page["page"]["release"] != release:
        return [f"{path} returned release {page['page']['release']}"]
    missing = [
        name for name in ("etag", "cache-control", "link", "x-request-id", "access-control-allow-origin") if name not in answer.headers
    ]
    return [f"{path} lacks the headers {', '.join(missing)}"] if missing else []


def _told(answer: Answer) -> Mapping[str, Any]:
    """Return the problem details in a response; an empty mapping if it has none."""
    if "json" not in answer.headers.get("content-type", ""):
        return {}
    told: Any = json.loads(answer.body)
    return told if isinstance(told, dict) else {}


def _problem(answer: Answer) -> str:
    """Return the slug of the problem in a response; empty if it has none."""
    return str(_told(answer).get("type", "")).rpartition("/")[2]


def _what(answer: Answer) -> str:
    if not answer.status:
        return f"got no response: {answer.body.decode(errors='replace')}"
    slug = _problem(answer)
    return f"answered {answer.status}{f' {slug}' if slug else ''}"


def _lowered(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
