"""The query parameters that are not a type's own filters, and how long answers may be kept."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """The routes that a parameter is for."""

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
        "Only what may have been on or after this date (EDTF; `2015-10` means from 1 October).",
        "2015-10",
    ),
    Parameter(
        "to",
        frozenset({Scope.DATED_LISTS}),
        "Only what may have been on or before this date (EDTF; `2015-10` means to 31 October).",
        "2015-10",
    ),
    Parameter("sort", _ALL_LISTS, "The order: one of the collection's sorts, `-` before it for descending.", "-id"),
    Parameter(
        "limit",
        _ALL_LISTS | {Scope.HISTORY, Scope.CHANGES},
        "How many at most, from 1 to 100; 20 if not given. A page may hold fewer and still have a next.",
        "50",
    ),
    Parameter(
        "cursor",
        _ALL_LISTS | {Scope.HISTORY, Scope.TIMEMAP, Scope.CHANGES},
        "Where to go on: opaque, taken from the link to the next page.",
        "",
    ),
    Parameter(
        "fields",
        _ALL_LISTS | {Scope.RESOURCES},
        "Only these top-level fields, separated by commas, besides `id` and `type`.",
        "name,summary",
    ),
    Parameter(
        "include",
        _ALL_LISTS | {Scope.RESOURCES},
        "Adds `included`: the resources that these fields refer to, separated by commas, each once, at most 100.",
        "citations",
    ),
    Parameter(
        "format",
        _ALL_LISTS | {Scope.RESOURCES},
        "The representation, for whom an `Accept` header is out of reach; it overrides that header.",
        "json",
    ),
    Parameter("release", _RECORD, "Read the record at this release.", "1"),
    Parameter("as_of", _RECORD, "Read the record as it was at this RFC 3339 time, or at the end of this day (UTC).", "2026-11-23"),
    Parameter("since", frozenset({Scope.CHANGES}), "Only changes after this release; 0 if not given.", "0"),
)

DEFAULT_LIMIT = 20
HIGHEST_LIMIT = 100
MOST_INCLUDED = 100

# An answer about the present may be a minute old at the worst, an answer about a named release a minute old in a client and a
# year old at the edge: the edge is purged when something is redacted, clients can't be.
CACHE_CONTROL: dict[str, str] = {
    "current": "public, max-age=5, s-maxage=30, stale-while-revalidate=30, stale-if-error=300",
    "pinned": "public, max-age=60, s-maxage=31536000, stale-if-error=300",
    "static": "public, max-age=300, s-maxage=86400",
    "brief": "public, max-age=5",
    "none": "no-store",
}
