"""A request as the handlers see it, taken from API Gateway's HTTP API event (payload format 2.0)."""

import datetime
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

JSON = "application/json"


class Request(NamedTuple):
    """A request: its method, path, parameters in their order, headers by lower-case name, its id and when it came.

    `malformed` says that the query is not percent-encoded UTF-8; its parameters are then unknown.
    `media_type` is the one to answer in, once that is settled.
    """

    method: str
    path: str
    parameters: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    id: str
    now: datetime.datetime
    raw_query: str = ""
    malformed: bool = False
    media_type: str = JSON

    @property
    def target(self) -> str:
        """The path with its query."""
        return f"{self.path}?{self.raw_query}" if self.raw_query else self.path


def request_of(event: Mapping[str, Any], now: datetime.datetime) -> Request:
    """Return the request in an event."""
    context = event["requestContext"]
    raw_query = event.get("rawQueryString") or ""
    try:
        parameters = tuple(parse_qsl(raw_query, keep_blank_values=True, errors="strict")) if raw_query else ()
        malformed = False
    except ValueError:
        parameters, malformed = (), True
    return Request(
        context["http"]["method"].upper(),
        event["rawPath"],
        parameters,
        {name.lower(): value for name, value in (event.get("headers") or {}).items()},
        context["requestId"],
        now,
        raw_query,
        malformed,
    )
