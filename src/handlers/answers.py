"""From an answer to HTTP: the one place that sets the headers and links of every response, and settles conditional requests and HEAD."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from handlers.contract import Contract, Deprecation
from handlers.dates import KNOWN, http_date, parsed_date
from handlers.links import link, uri_reference
from handlers.request import JSON, Request

VARY = "Accept, Accept-Datetime"
EXPOSED = (
    "Cache-Status, Content-Location, Deprecation, ETag, Last-Modified, Link, Location, Memento-Datetime, Repr-Digest, Retry-After, "
    "Sunset, X-Request-Id"
)

_ENTITY_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


class Answer(NamedTuple):
    """What an endpoint answers, before HTTP.

    `cache` names a cache policy of the contract. `digest` is the SHA-256 of the body in hexadecimal, if it is known. `last_modified`
    and `memento` are the RFC 3339 times for Last-Modified and Memento-Datetime. `content_location` is the URL of the same answer without
    negotiation of its time. `headers` and `links` are added to those that every response has. `deprecations` concern what the body shows.
    """

    body: str
    cache: str
    status: int = 200
    media_type: str = JSON
    digest: str = ""
    last_modified: str | None = None
    memento: str | None = None
    content_location: str | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    links: Sequence[str] = ()
    deprecations: Sequence[Deprecation] = ()


class Finished(NamedTuple):
    """A response: status, headers and body."""

    status: int
    headers: dict[str, str]
    body: str


def finish(answer: Answer, request: Request, contract: Contract) -> Finished:
    """Return the response to a request: the answer itself, without its body for HEAD, or 304 if the client has it (RFC 9110, 13)."""
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": EXPOSED,
        "Cache-Control": contract.cache_control[answer.cache],
        "Vary": VARY,
        "X-Content-Type-Options": "nosniff",
        "X-Request-Id": request.id,
    }
    if answer.content_location is not None:
        headers["Content-Location"] = uri_reference(answer.content_location)
    if answer.status == 200:
        digest = answer.digest or digest_of(answer.body)
        headers["ETag"] = f'"{digest}"'
        last_modified = http_date(answer.last_modified) if answer.last_modified is not None else None
        if _is_current(request, digest, last_modified):
            return Finished(304, headers, "")
        if last_modified is not None:
            headers["Last-Modified"] = last_modified
        if answer.memento is not None:
            headers["Memento-Datetime"] = http_date(answer.memento)
        headers["Repr-Digest"] = _repr_digest(digest)
        headers["Link"] = ", ".join((link(request.target, "self"), *answer.links, contract.links))
        deprecations = (*answer.deprecations, *contract.deprecations)
        if deprecations:
            headers |= _deprecation_headers(deprecations, headers["Link"])
    headers |= answer.headers
    if answer.body or answer.status == 200:  # an empty NDJSON list has no bytes, and has its media type all the same
        headers["Content-Type"] = answer.media_type
    return Finished(answer.status, headers, "" if request.method == "HEAD" else answer.body)


def redirect(location: str, cache: str, request: Request) -> Answer:
    """Return a permanent redirect to another path, with the request's query."""
    target = f"{location}?{request.raw_query}" if request.raw_query else location
    return Answer("", cache, 308, headers={"Location": uri_reference(target)})


def matches(if_none_match: str, etag: str) -> bool:
    """Return whether an If-None-Match field names the entity tag, by weak comparison (RFC 9110, 13.1.2)."""
    return if_none_match.strip() == "*" or etag in _ENTITY_TAG.findall(if_none_match)


def digest_of(body: str) -> str:
    """Return the SHA-256 of a body's bytes, in lower-case hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()


@lru_cache(maxsize=KNOWN)
def _repr_digest(digest: str) -> str:
    """Return a SHA-256 as the Repr-Digest header writes it (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(digest)).decode()}:"


def _is_current(request: Request, etag: str, last_modified: str | None) -> bool:
    """Return whether the client's copy is current. A date counts only without an entity tag (RFC 9110, 13.2.2)."""
    if_none_match = request.headers.get("if-none-match")
    if if_none_match is not None:
        return matches(if_none_match, etag)
    since = request.headers.get("if-modified-since")
    if since is None or last_modified is None:
        return False
    asked = parsed_date(since, request.now)
    return asked is not None and parsedate_to_datetime(last_modified) <= asked


def _deprecation_headers(deprecations: Sequence[Deprecation], links: str) -> dict[str, str]:
    """Return the headers that announce a removal: the earliest Deprecation and Sunset dates, and Link with the guides added."""
    headers = {"Deprecation": min((one.deprecation for one in deprecations), key=lambda text: int(text[1:]))}
    sunsets = [one.sunset for one in deprecations if one.sunset]
    if sunsets:
        headers["Sunset"] = min(sunsets, key=parsedate_to_datetime)
    guides = dict.fromkeys(one.guide for one in deprecations)
    headers["Link"] = ", ".join((links, *(link(guide, "deprecation", type="text/html") for guide in guides)))
    return headers
