"""A request as the handlers see it, taken from API Gateway's HTTP API event (payload format 2.0)."""

import datetime
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

JSON = "application/json"
LONGEST_TARGET = 4_096  # bytes of path and query


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


class NoRequest(Exception):
    """An event is none that API Gateway hands over for a request."""


def request_of(event: Mapping[str, Any], now: datetime.datetime) -> Request:
    """Return the request in an event; raise NoRequest where it lacks a part, or one is no text that can be sent back."""
    try:
        context = event["requestContext"]
        method, path, request_id = context["http"]["method"].upper(), event["rawPath"], context["requestId"]
        raw_query = event.get("rawQueryString") or ""
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        texts = "".join((method, path, raw_query, request_id, *headers.values()))
        if not texts.isascii():
            texts.encode()  # JSON can hold half a surrogate pair, and UTF-8 can't
            request_id.encode("ascii")
        if not request_id.isprintable():
            raise ValueError
    except (KeyError, TypeError, AttributeError, ValueError) as wrong:
        raise NoRequest from wrong
    try:
        # What is too long is refused whatever it says, and to read it could take long.
        is_read = raw_query and len(raw_query) <= LONGEST_TARGET
        parameters = tuple(parse_qsl(raw_query, keep_blank_values=True, errors="strict")) if is_read else ()
        malformed = False
    except ValueError:
        parameters, malformed = (), True
    return Request(method, path, parameters, headers, request_id, now, raw_query, malformed)
