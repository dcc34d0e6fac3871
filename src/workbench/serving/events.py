"""Translates HTTP requests on this machine to API Gateway's HTTP API events for Lambda (payload format 2.0), and responses back."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

Handler = Callable[[dict[str, Any], object], dict[str, Any]]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
SERVER = "article33"  # otherwise granian would send its own name
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_run = uuid4().hex[:12]
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """The context object that Lambda passes with the event."""

    aws_request_id: str
    function_name: str = "article33-local"
    function_version: str = "$LATEST"
    invoked_function_arn: str = "arn:aws:lambda:local:000000000000:function:article33-local"
    memory_limit_in_mb: int = 512

    def get_remaining_time_in_millis(self) -> int:
        """Return the remaining time of the invocation, in milliseconds."""
        return 10_000


def application(handler: Handler) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    """Return a WSGI application (PEP 3333) that answers every request with the Lambda handler."""

    def answer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        event = event_of(environ)
        result = handler(event, LambdaContext(event["requestContext"]["requestId"]))
        body = result["body"].encode()
        headers = [("Server", SERVER), *((str(name), str(value)) for name, value in result["headers"].items())]
        status = int(result["statusCode"])
        if status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED) and environ["REQUEST_METHOD"] != "HEAD":
            headers.append(("Content-Length", str(len(body))))
        start_response(_STATUS_LINES.get(status, f"{status} Unknown"), headers)
        return [body]

    return answer


def event_of(environ: dict[str, Any]) -> dict[str, Any]:
    """Return the event that API Gateway would send for a request."""
    # WSGI gives the path's bytes as Latin-1 text; API Gateway decodes them as UTF-8.
    path = unquote(environ.get("PATH_INFO", "/").encode("latin-1", "replace").decode("utf-8", "replace"))
    headers = {name[5:].lower().replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.lower().replace("_", "-")] = environ[name]
    query = environ.get("QUERY_STRING", "")
    method = environ["REQUEST_METHOD"]
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": headers.get("host", "127.0.0.1"),
            "http": {
                "method": method,
                "path": path,
                "protocol": environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
                "sourceIp": environ.get("REMOTE_ADDR", "127.0.0.1"),
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": f"{_run}-{next(_numbers)}",
            "routeKey": "$default",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
