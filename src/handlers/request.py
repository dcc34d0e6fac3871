"""The HTTP request that an event of API Gateway's HTTP API describes (payload format 2.0)."""

import datetime
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

JSON = "application/json"
LONGEST_TARGET = 4_096  # bytes of path and query


class Request(NamedTuple):
    """A request.

    `parameters` are in their order in the query, `headers` have lower-case names, `now` is when the request came (UTC). `malformed` is true
    if the query is not percent-encoded UTF-8; its parameters are then unknown. `media_type` is the one to answer in, after negotiation.
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
        """The path and query."""
        return f"{self.path}?{self.raw_query}" if self.raw_query else self.path

    def at_release(self, release: int) -> "Request":
        """Return this request with `release` added to its query."""
        joined = f"{self.raw_query}&" if self.raw_query else ""
        return self._replace(raw_query=f"{joined}release={release}", parameters=(*self.parameters, ("release", str(release))))

    def target_without(self, names: Collection[str], *added: tuple[str, str]) -> str:
        """Return the path and query without these parameters and with these added at its end."""
        kept = [*((name, value) for name, value in self.parameters if name not in names), *added]
        return f"{self.path}?{urlencode(kept, safe='/,:')}" if kept else self.path

    def target_of_page(self, cursor: str, without: Collection[str] = ()) -> str:
        """Return the path and query of the page that a cursor leads to."""
        return self.target_without(("cursor", *without), ("cursor", cursor))


class NotARequest(Exception):
    """The event is not an HTTP API request."""


def request_of(event: Mapping[str, Any], now: datetime.datetime) -> Request:
    """Return the request in an event.

    Raises NotARequest if a part is missing or has the wrong type, or if a text can't be sent back as UTF-8 or in a header.
    """
    try:
        context = event["requestContext"]
        method, path, request_id = context["http"]["method"].upper(), event["rawPath"], context["requestId"]
        raw_query = event.get("rawQueryString") or ""
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        texts = "".join((method, path, raw_query, request_id, *headers.values()))
        if not texts.isascii():
            texts.encode()  # JSON can hold half of a surrogate pair; UTF-8 can't
            request_id.encode("ascii")
        if not request_id.isprintable():
            raise ValueError
    except (KeyError, TypeError, AttributeError, ValueError) as wrong:
        raise NotARequest from wrong
    try:
        # A longer query is refused whatever it says. Parsing it could take long.
        is_parsed = raw_query and len(raw_query) <= LONGEST_TARGET
        parameters = tuple(parse_qsl(raw_query, keep_blank_values=True, errors="strict")) if is_parsed else ()
        malformed = False
    except ValueError:
        parameters, malformed = (), True
    return Request(method, path, parameters, headers, request_id, now, raw_query, malformed)
