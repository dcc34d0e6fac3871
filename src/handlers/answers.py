"""Answers, and the headers that every one of them carries: validators, cache policy, CORS, the request's id."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.contract import Contract
from handlers.request import Request

JSON = "application/json"
READ_METHODS = ("GET", "HEAD", "OPTIONS")
EXPOSED = "ETag, Last-Modified, Link, Location, Retry-After, X-Request-Id"

_ENTITY_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer before HTTP: its body, how long it may be kept (a row of the contract), its status and its own headers.

    `etag` is the digest that the body is known by; where it is empty a 200 is given the digest of its bytes.
    """

    body: str
    cache: str
    status: int = 200
    media_type: str = JSON
    etag: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def finish(answer: Answer, request: Request, contract: Contract) -> tuple[int, dict[str, str], str]:
    """Return the status, headers and body of an answer to a request: conditional requests (RFC 9110, 13) and HEAD are settled here."""
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": EXPOSED,
        "Cache-Control": contract.cache_control[answer.cache],
        "Vary": "Accept",
        "X-Content-Type-Options": "nosniff",
        "X-Request-Id": request.id,
    }
    if answer.status == 200:
        etag = answer.etag or hashlib.sha256(answer.body.encode()).hexdigest()
        headers["ETag"] = f'"{etag}"'
        if matches(request.headers.get("if-none-match"), etag):
            return 304, headers, ""
    headers |= answer.headers
    if answer.body:
        headers["Content-Type"] = answer.media_type
    return answer.status, headers, "" if request.method == "HEAD" else answer.body


def matches(if_none_match: str | None, etag: str) -> bool:
    """Tell whether an If-None-Match field names the tag, compared weakly (RFC 9110, 13.1.2)."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return etag in _ENTITY_TAG.findall(if_none_match)


def event_answer(status: int, headers: dict[str, str], body: str) -> dict[str, Any]:
    """Return an answer in the form that API Gateway's HTTP API expects (payload format 2.0)."""
    return {"statusCode": status, "headers": headers, "body": body, "isBase64Encoded": False, "cookies": []}
