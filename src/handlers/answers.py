"""Answers, and the headers that every one of them carries: validators, cache policy, links, CORS, the request's id."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from handlers.contract import Contract, Deprecation
from handlers.dates import parsed_date
from handlers.links import link
from handlers.request import JSON, Request

READ_METHODS = ("GET", "HEAD", "OPTIONS")
KNOWN = 4_096  # how many times or digests an instance remembers the header of; each takes up some hundred bytes
VARY = "Accept, Accept-Datetime"
EXPOSED = (
    "Cache-Status, Content-Location, Deprecation, ETag, Last-Modified, Link, Location, Memento-Datetime, Repr-Digest, Retry-After, "
    "Sunset, X-Request-Id"
)

_ENTITY_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


class Answer(NamedTuple):
    """An answer before HTTP: its body, how long it may be kept (a row of the contract), its status and its own headers.

    `etag` is the digest that the body is known by; where it is empty a 200 is given the digest of its bytes. `links` are what
    belongs to it besides what belongs to every answer; `deprecations` what it shows that will go.
    """

    body: str
    cache: str
    status: int = 200
    media_type: str = JSON
    etag: str = ""
    headers: Mapping[str, str] = MappingProxyType({})
    links: Sequence[str] = ()
    deprecations: Sequence[Deprecation] = ()


def finish(answer: Answer, request: Request, contract: Contract) -> tuple[int, dict[str, str], str]:
    """Return the status, headers and body of an answer to a request: conditional requests (RFC 9110, 13) and HEAD are settled here."""
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": EXPOSED,
        "Cache-Control": contract.cache_control[answer.cache],
        "Vary": VARY,
        "X-Content-Type-Options": "nosniff",
        "X-Request-Id": request.id,
    }
    if answer.status == 200:
        etag = answer.etag or digest_of(answer.body)
        headers["ETag"] = f'"{etag}"'
        if _is_known(request, etag, answer.headers.get("Last-Modified")):
            if "Content-Location" in answer.headers:
                headers["Content-Location"] = answer.headers["Content-Location"]
            return 304, headers, ""
        headers["Repr-Digest"] = _repr_digest(etag)
        headers["Link"] = ", ".join((link(request.target, "self"), *answer.links, contract.links))
        deprecations = (*answer.deprecations, *contract.deprecations)
        if deprecations:
            headers |= _going(deprecations, headers["Link"])
    headers |= answer.headers
    if answer.body or answer.status == 200:  # an empty list in lines has no bytes, and is of its type all the same
        headers["Content-Type"] = answer.media_type
    return answer.status, headers, "" if request.method == "HEAD" else answer.body


def matches(if_none_match: str, etag: str) -> bool:
    """Tell whether an If-None-Match field names the tag, compared weakly (RFC 9110, 13.1.2)."""
    return if_none_match.strip() == "*" or etag in _ENTITY_TAG.findall(if_none_match)


def digest_of(body: str) -> str:
    """Return the SHA-256 of a body's bytes, in lower-case hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()


@lru_cache(maxsize=KNOWN)
def http_date(moment: str) -> str:
    """Return an RFC 3339 time as an HTTP date."""
    return format_datetime(datetime.fromisoformat(moment), usegmt=True)


def event_answer(status: int, headers: dict[str, str], body: str) -> dict[str, Any]:
    """Return an answer in the form that API Gateway's HTTP API expects (payload format 2.0)."""
    return {"statusCode": status, "headers": headers, "body": body, "isBase64Encoded": False, "cookies": []}


@lru_cache(maxsize=KNOWN)
def _repr_digest(digest: str) -> str:
    """Return a SHA-256 as Repr-Digest has it (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(digest)).decode()}:"


def _is_known(request: Request, etag: str, last_modified: str | None) -> bool:
    """Tell whether a client has this already; a date counts only where it names no tag (RFC 9110, 13.2.2)."""
    if_none_match = request.headers.get("if-none-match")
    if if_none_match is not None:
        return matches(if_none_match, etag)
    since = request.headers.get("if-modified-since")
    if since is None or last_modified is None:
        return False
    asked = parsed_date(since, request.now)
    return asked is not None and parsedate_to_datetime(last_modified) <= asked


def _going(deprecations: Sequence[Deprecation], links: str) -> dict[str, str]:
    """Return the headers that say what of this will go, and when: the first day of each kind."""
    headers = {"Deprecation": min((one.deprecation for one in deprecations), key=lambda text: int(text[1:]))}
    sunsets = [one.sunset for one in deprecations if one.sunset]
    if sunsets:
        headers["Sunset"] = min(sunsets, key=parsedate_to_datetime)
    guides = dict.fromkeys(one.guide for one in deprecations)
    headers["Link"] = ", ".join((links, *(link(guide, "deprecation", type="text/html") for guide in guides)))
    return headers
