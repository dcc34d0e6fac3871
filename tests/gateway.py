"""The deployed API behind its gateway, in place of an instance in this process: see tests/deployment.

ARTICLE33_TEST_GATEWAY has the emulator's endpoint and region, the gateway's host name, the table, and the secret that CloudFront sends.
"""

import http.client
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from handlers.contract import contract

REQUEST_ID = "test-request"  # the tests expect one id; a gateway gives each request its own
_OF_THE_GATEWAY = frozenset({"apigw-requestid", "connection", "content-length", "date", "server"})
# Through the gateway the contract tests are a sample: one case of each test, and all cases of these, which ask each route once. Tests are
# named by the start of their id in tests/contract.
EACH = ("test_examples.py::test_every_operation_answers_its_example",)
# The contract tests that can't run through the emulator, and why.
_DECODED = "the emulator decodes the path before it forwards it"
_OWN = "the emulator answers this path itself"
_PREFLIGHT = "the emulator answers OPTIONS itself"
_UNSENT = "sends what HTTP/1.1 can't transport"
UNASKED = {
    "test_calls.py": "counts calls of an instance in the same process",
    "test_conditional.py::test_other_methods_and_redirects_meet_no_condition": _PREFLIGHT,
    "test_cost.py": "counts calls of an instance in the same process",
    "test_events.py": _UNSENT,
    "test_nothing_let_in.py": "uses events that no gateway sends, and counts calls of an instance in the same process",
    "test_parameters.py::test_an_address_may_be_so_long": "the emulator has a smaller limit of its own",
    "test_parameters.py::test_headers_may_be_so_large": "CloudFront's secret header counts too",
    "test_parameters.py::test_no_header_breaks_anything": _UNSENT,
    "test_parameters.py::test_no_raw_query_breaks_anything": _UNSENT,
    "test_reference.py::test_no_other_file_is_served[..%2F": _DECODED,
    "test_routes.py::test_a_line_end_is_a_part_of_the_path[]": "an HTTP path has at least a slash",
    "test_routes.py::test_a_path_that_differs_by_case_or_a_slash_leads_to_the_real_one[/v1]": _OWN,
    "test_routes.py::test_an_event_that_is_no_request_is_refused": _UNSENT,
    "test_routes.py::test_no_path_breaks_anything": _UNSENT,
    "test_routes.py::test_no_redirect_leads_to_another_host[//]": _OWN,
    "test_routes.py::test_options_are_told_where_nothing_is": _PREFLIGHT,
    "test_routes.py::test_options_tells_the_methods": _PREFLIGHT,
    "test_routes.py::test_other_files_are_not_served[..%2F": _DECODED,
}
_LEAVING_THE_EDGE = {edge: contract().cache_control[policy] for policy, edge in contract().edge_cache_control.items()}
SECONDS = 30  # limit for a test that hangs


@dataclass(frozen=True)
class Gateway:
    """A client of the deployed API with the interface of an instance."""

    endpoint: str
    region: str
    host: str
    table: str
    proof: str

    def resolve(self, event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        """Send an event's request over HTTP; return the response in the function's form, with the tests' request id."""
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
        if answer.status in (204, 304):  # a gateway adds a media type to an empty body, the function does not
            named = {name: value for name, value in named.items() if name.lower() != "content-type"}
        given = answer.getheader("X-Request-Id") or ""
        assert given, "every response has its request's id"
        # What CloudFront's function leaves of it: tests/deployment/test_edge_function.py runs that function.
        named["Cache-Control"] = _LEAVING_THE_EDGE[named["Cache-Control"]]
        named = {name: value.replace(given, REQUEST_ID) for name, value in named.items()}
        return {"statusCode": answer.status, "headers": named, "body": body.replace(given, REQUEST_ID)}


def gateway() -> Gateway | None:
    """Return the gateway from the environment; None if the tests use an instance in their process."""
    named = os.environ.get("ARTICLE33_TEST_GATEWAY")
    return Gateway(**json.loads(named)) if named else None
