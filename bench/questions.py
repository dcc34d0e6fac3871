"""The requests to the sides: events of API Gateway's HTTP API (payload format 2.0), as for a request from curl."""

from typing import Any

HEADERS = {
    "accept": "*/*",
    "accept-encoding": "gzip",
    "content-length": "0",
    "host": "abcdefghij.execute-api.eu-central-1.amazonaws.com",
    "user-agent": "curl/8.5.0",
    "x-amzn-trace-id": "Root=1-6744f0a1-0123456789abcdef01234567",
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
}
Event = dict[str, Any]


def event(target: str, **headers: str) -> Event:
    """Return the event of a GET request for a path with its query. Write `_` for `-` in the names of headers."""
    path, _, query = target.partition("?")
    parameters = dict(part.split("=", 1) for part in query.split("&")) if query else None
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": HEADERS | {name.replace("_", "-"): value for name, value in headers.items()},
        **({"queryStringParameters": parameters} if parameters else {}),
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdefghij",
            "domainName": HEADERS["host"],
            "domainPrefix": "abcdefghij",
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "curl/8.5.0"},
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "25/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1795608000000,
        },
        "isBase64Encoded": False,
    }


def resource(number: int) -> str:
    """Return the path of the event with this number in the generated record."""
    return f"/v1/events/event-{number // 44:05d}-{number % 44:02d}"
