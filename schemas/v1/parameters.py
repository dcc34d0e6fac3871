"""The query parameters that are not filters of a type, and how long responses may be cached."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """The groups of routes that take a parameter."""

    LISTS = "lists"
    DATED_LISTS = "dated-lists"
    RESOURCES = "resources"
    REVISION = "revision"
    HISTORY = "history"
    TIMEMAP = "timemap"
    CHANGES = "changes"
    START = "start"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter: its name, the routes that take it, and what it means."""

    name: str
    scopes: frozenset[Scope]
    description: str
    example: str


_RECORD = frozenset(Scope) - {Scope.TIMEMAP}
_ALL_LISTS = frozenset({Scope.LISTS, Scope.DATED_LISTS})

PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        "from",
        frozenset({Scope.DATED_LISTS}),
        "Only resources whose date may be on or after this date (EDTF; `2015-10` means from 1 October).",
        "2015-10",
    ),
    Parameter(
        "to",
        frozenset({Scope.DATED_LISTS}),
        "Only resources whose date may be on or before this date (EDTF; `2015-10` means to 31 October).",
        "2015-10",
    ),
    Parameter("sort", _ALL_LISTS, "The order: one of the collection's sorts. Put `-` before it for descending order.", "-id"),
    Parameter(
        "limit",
        _ALL_LISTS | {Scope.HISTORY, Scope.CHANGES},
        "The maximum number of items on a page, from 1 to 100; the default is 20. A page can have fewer items and still have a next page.",
        "50",
    ),
    Parameter(
        "cursor",
        _ALL_LISTS | {Scope.HISTORY, Scope.TIMEMAP, Scope.CHANGES},
        "Where to continue. An opaque value; take it from the link to the next page.",
        "",
    ),
    Parameter(
        "fields",
        _ALL_LISTS | {Scope.RESOURCES},
        "Return only these top-level fields (separated by commas), and always `id` and `type`.",
        "name,summary",
    ),
    Parameter(
        "include",
        _ALL_LISTS | {Scope.RESOURCES},
        "Add `included`: the resources that these fields refer to, each once, at most 100. Separate the fields by commas.",
        "citations",
    ),
    Parameter(
        "format",
        _ALL_LISTS | {Scope.RESOURCES},
        "The format of the response, for clients that can't send an `Accept` header. Overrides that header.",
        "json",
    ),
    Parameter("release", _RECORD, "Read the record at this release.", "1"),
    Parameter("as_of", _RECORD, "Read the record as it was at this time (RFC 3339), or at the end of this day (UTC).", "2026-11-23"),
    Parameter("since", frozenset({Scope.CHANGES}), "Only changes after this release; the default is 0.", "0"),
)

DEFAULT_LIMIT = 20
HIGHEST_LIMIT = 100
MOST_INCLUDED = 100

# What clients get. A redaction can't reach the caches of clients and proxies, so these may keep what the record says for a minute at most.
# `must-revalidate`: after that minute, they must not use it even if the API can't be reached (RFC 9111, section 4.2.4).
CACHE_CONTROL: dict[str, str] = {
    "current": "public, max-age=5, must-revalidate",
    "pinned": "public, max-age=60, must-revalidate",
    "static": "public, max-age=300, must-revalidate",
    "brief": "public, max-age=5, must-revalidate",
    "none": "no-store",
}

# What the project's own edge gets, because a redaction can invalidate its cache. The edge's function for responses makes the values above
# from these. CloudFront does not run it for a status of 400 or more, so `brief` and `none`, the values of all errors, are the same in both.
EDGE_CACHE_CONTROL: dict[str, str] = {
    "current": "public, max-age=5, s-maxage=30, stale-while-revalidate=30, stale-if-error=300",
    "pinned": "public, max-age=60, s-maxage=31536000, stale-if-error=300",
    "static": "public, max-age=300, s-maxage=86400",
    "brief": CACHE_CONTROL["brief"],
    "none": CACHE_CONTROL["none"],
}
