"""The responses of the specification: the headers of all responses, and one response for each status of a problem."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.v1.parameters import CACHE_CONTROL
from schemas.v1.problems import PROBLEM_TYPES, ProblemType
from schemas.v1.routes import BASE, Media, Route

PROBLEM_JSON = "application/problem+json"
_HTTP_DATE = r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$"


@dataclass(frozen=True, slots=True)
class Header:
    """A response header: its meaning, its schema and an example. `required` is True if every response that lists it has it."""

    name: str
    description: str
    schema: dict[str, Any]
    example: str | int
    required: bool = True

    def component(self) -> dict[str, Any]:
        """Return the header as a component."""
        return {"description": self.description, "required": self.required, "schema": self.schema, "example": self.example}


def _text(pattern: str = "") -> dict[str, Any]:
    return {"type": "string", **({"pattern": pattern} if pattern else {})}


HEADERS: tuple[Header, ...] = (
    Header(
        "ETag",
        "The SHA-256 of the body. A strong validator, but weak (`W/`) if the response was compressed in transit.",
        _text('^(W/)?"[0-9a-f]{64}"$'),
        f'"{"9f86d081884c7d65" * 4}"',
    ),
    Header(
        "Repr-Digest",
        "The SHA-256 of the body (RFC 9530). Absent if the response was compressed in transit.",
        _text("^sha-256=:[A-Za-z0-9+/]{43}=:$"),
        f"sha-256=:{'n4bQgYhMfWWaL' * 3}n4bQ=:",
        required=False,
    ),
    Header(
        "Cache-Control",
        "How long the response may be cached. No cache may use it for longer, even if the API can't be reached.",
        _text(),
        CACHE_CONTROL["current"],
    ),
    Header(
        "Cache-Status",
        "Only if the database is unreachable and the response is from the last known release (RFC 9211). "
        "`ttl` is negative: for how many seconds the response may have been out of date.",
        _text(r"^article33; hit; ttl=-\d+$"),
        "article33; hit; ttl=-10",
        required=False,
    ),
    Header("Vary", "The request headers that the response depends on.", _text(), "Accept, Accept-Datetime"),
    Header(
        "Last-Modified", "When the revision or release was published.", _text(_HTTP_DATE), "Mon, 23 Nov 2026 12:00:00 GMT", required=False
    ),
    Header(
        "Memento-Datetime",
        "Only if a release or a time was requested: when the returned content was published (RFC 7089).",
        _text(_HTTP_DATE),
        "Mon, 23 Nov 2026 12:00:00 GMT",
        required=False,
    ),
    Header(
        "Content-Location",
        "Only if `Accept-Datetime` was sent: the path that returns the same content without that header.",
        _text("^/[!-~]*$"),
        f"{BASE}/events?release=1",
        required=False,
    ),
    Header("Link", "Links to related documents (RFC 8288).", _text("^<[!-~]*>; rel="), f'<{BASE}/openapi.json>; rel="service-desc"'),
    Header("X-Request-Id", "The id of the request in the log.", _text(), "b1a2c3d4"),
    Header("X-Content-Type-Options", "Tells browsers not to guess another media type.", {"type": "string", "const": "nosniff"}, "nosniff"),
    Header("Access-Control-Allow-Origin", "Allows pages of any origin to read the response.", {"type": "string", "const": "*"}, "*"),
    Header("Access-Control-Expose-Headers", "The headers that those pages can read.", _text(), "ETag, Link"),
    Header("Location", "The path to use instead.", _text("^/[!-~]*$"), f"{BASE}/cases"),
    Header("Allow", "The allowed methods.", {"type": "string", "const": "GET, HEAD, OPTIONS"}, "GET, HEAD, OPTIONS"),
    Header("Retry-After", "The number of seconds to wait before the next try.", {"type": "integer", "minimum": 1}, 5),
    Header("Deprecation", "When it was deprecated (RFC 9745).", _text(r"^@\d+$"), "@1795392000", required=False),
    Header(
        "Sunset", "When it may be removed at the earliest (RFC 8594).", _text(_HTTP_DATE), "Mon, 01 Nov 2027 00:00:00 GMT", required=False
    ),
    Header(
        "Content-Security-Policy",
        "Only on HTML pages: what the page may load, nothing from other origins.",
        _text(),
        "default-src 'none'",
        required=False,
    ),
)
_ALWAYS = (
    "Cache-Control",
    "Cache-Status",
    "Vary",
    "X-Request-Id",
    "X-Content-Type-Options",
    "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers",
)


def headers_of_success(route: Route) -> dict[str, Any]:
    """Return the headers of an operation's 200."""
    page = ("Content-Security-Policy",) if Media.HTML in route.media_types else ()
    return _named("ETag", "Repr-Digest", *_ALWAYS, "Link", *route.headers, *_memento(route), *page, "Deprecation", "Sunset")


def _memento(route: Route) -> tuple[str, ...]:
    return ("Content-Location",) if "Memento-Datetime" in route.headers and route.endpoint != "revision" else ()


def headers_of_not_modified(route: Route) -> dict[str, Any]:
    """Return the headers of an operation's 304."""
    return _named("ETag", *_ALWAYS, *_memento(route))


def headers_of_redirect() -> dict[str, Any]:
    """Return the headers of a 308."""
    return _named("Location", *_ALWAYS)


def problem_responses() -> dict[str, Any]:
    """Return one response for each status of a problem, by component name."""
    found: dict[int, list[ProblemType]] = {}
    for problem in PROBLEM_TYPES:
        found.setdefault(problem.status, []).append(problem)
    return {response_name(status): _response(problems) for status, problems in sorted(found.items())}


def statuses(slugs: Iterable[str]) -> list[int]:
    """Return the statuses of these problems."""
    wanted = set(slugs)
    return sorted({problem.status for problem in PROBLEM_TYPES if problem.slug in wanted})


def response_name(status: int) -> str:
    """Return the component name of a status."""
    return f"Problem{status}"


def _response(problems: Sequence[ProblemType]) -> dict[str, Any]:
    extra = ["Retry-After"] if any(problem.retry_after for problem in problems) else []
    extra += ["Allow"] if any(problem.status == 405 for problem in problems) else []
    return {
        "description": " ".join(f"`{problem.slug}`: {problem.meaning}" for problem in problems),
        "headers": _named(*_ALWAYS, *extra),
        "content": {
            PROBLEM_JSON: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {problem.slug: {"summary": problem.title, "value": _example(problem)} for problem in problems},
            }
        },
    }


def _example(problem: ProblemType) -> dict[str, Any]:
    return {
        "type": f"{BASE}/problems/{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.meaning,
        "instance": "b1a2c3d4",
        "errors": [],
    }


def _named(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
