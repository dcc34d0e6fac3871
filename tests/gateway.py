"""The API as somebody deployed it, asked through its gateway, in place of one in this process: see tests/deployment.

ARTICLE33_TEST_GATEWAY says where it is: the emulator's endpoint and region, the gateway's host name, the table, and the secret by which
the edge proves itself.
"""

import http.client
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

REQUEST_ID = "test-request"  # the tests know one id; a gateway gives each request its own
_OF_THE_GATEWAY = frozenset({"apigw-requestid", "connection", "content-length", "date", "server"})
SECONDS = 30  # a bound for a test that hangs


@dataclass(frozen=True)
class Gateway:
    """A way to the API, in the form in which the tests ask an instance."""

    endpoint: str
    region: str
    host: str
    table: str
    proof: str

    def handle(self, event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        """Ask what an event asks, over HTTP; return the answer in the function's form, with the tests' request id in it."""
        query = event["rawQueryString"]
        target = quote(event["rawPath"], safe="/%:@!$&'()*+,;=~-._") + (f"?{query}" if query else "")
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.endpoint).port or 80, timeout=SECONDS)
        try:
            headers = {**event["headers"], "Host": self.host, "X-Article33-Origin": self.proof}
            connection.request(event["requestContext"]["http"]["method"], target, headers=headers)
            answer = connection.getresponse()
            body = answer.read().decode()
            named = {name: value for name, value in answer.getheaders() if name.lower() not in _OF_THE_GATEWAY}
        finally:
            connection.close()
        given = answer.getheader("X-Request-Id") or ""
        assert given, "every answer has its request's id"
        named = {name: value.replace(given, REQUEST_ID) for name, value in named.items()}
        return {"statusCode": answer.status, "headers": named, "body": body.replace(given, REQUEST_ID)}


def gateway() -> Gateway | None:
    """Return the gateway that the environment names; None where the tests ask an instance in their process."""
    named = os.environ.get("ARTICLE33_TEST_GATEWAY")
    return Gateway(**json.loads(named)) if named else None
