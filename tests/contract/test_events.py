"""Events that are not HTTP API requests. A gateway never sends them; each gets a 400."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from tests.conftest import Client

EVENT: Mapping[str, Any] = {
    "version": "2.0",
    "rawPath": "/v1",
    "rawQueryString": "",
    "headers": {"accept": "*/*"},
    "requestContext": {"http": {"method": "GET"}, "requestId": "one"},
}
SPOILT: dict[tuple[str, ...], list[Any]] = {
    ("requestContext",): [None, [], "x", {}],
    ("requestContext", "http"): [None, [], {}, 1],
    ("requestContext", "http", "method"): [None, 1, ["GET"], {}, "\ud800"],
    ("requestContext", "requestId"): [None, 1, "a\r\nX-Evil: 1", "\u00e9", {}],
    ("rawPath",): [None, 1, ["/v1"], "/v1/\ud800"],
    ("rawQueryString",): [1, ["x"], {"limit": "1"}, "limit=\ud800"],
    ("headers",): [1, ["accept"], {"accept": None}, {"accept": ["*/*"]}, {"accept": "\ud800"}],
}


@pytest.mark.parametrize(("place", "value"), [(place, value) for place, values in SPOILT.items() for value in values], ids=ascii)
def test_what_is_no_event_of_a_gateway_is_refused(place: tuple[str, ...], value: object, client: Client) -> None:
    """A member that is missing, has another type or can't be sent back gives a 400."""
    event: Any = copy.deepcopy(dict(EVENT))
    assert client.instance.resolve(event, None)["statusCode"] == 200
    around = event
    for name in place[:-1]:
        around = around[name]
    around[place[-1]] = value
    answer = client.instance.resolve(event, None)
    assert (answer["statusCode"], answer["body"]) == (400, "not an HTTP API event")
    del around[place[-1]]
    assert client.instance.resolve(event, None)["statusCode"] == (200 if place[0] in ("rawQueryString", "headers") else 400)
