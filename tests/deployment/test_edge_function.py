"""The CloudFront function for responses, run as JavaScript."""

import json
import shutil
import subprocess
from typing import Any

import pytest

from handlers.contract import contract
from workbench.templates import TEMPLATE, read_template

DIGEST = {"value": "sha-256=:n4bQgYhMfWWaLqgxVrQFaO4nTyCs9Ww7v1rwzKLpNnE=:"}
CODE = read_template(TEMPLATE)["Resources"]["ResponseFunction"]["Properties"]["FunctionCode"]


def answered(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """Return the function's result for a response, in the form of CloudFront's events."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this machine")
    event = json.dumps({"request": {"headers": request}, "response": {"statusCode": 200, "headers": response}})
    script = f"{CODE}\nprocess.stdout.write(JSON.stringify(handler({event})))"
    ran = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


@pytest.mark.parametrize(
    ("request_headers", "response_headers", "stays"),
    [
        ({}, {}, True),
        ({"accept-encoding": {"value": "identity"}}, {}, True),
        ({"accept-encoding": {"value": "gzip"}}, {}, False),
        ({"accept-encoding": {"value": "br"}}, {}, False),
        ({"accept-encoding": {"value": "identity"}}, {"content-encoding": {"value": "gzip"}}, False),
    ],
)
def test_a_digest_goes_where_the_edge_may_have_compressed(
    request_headers: dict[str, Any], response_headers: dict[str, Any], *, stays: bool
) -> None:
    """`Repr-Digest` is for the uncompressed bytes (RFC 9530, section 3). All other headers stay."""
    others = {"etag": {"value": '"1"'}, **response_headers}
    answer = answered(request_headers, {"repr-digest": DIGEST, **others})
    assert answer["headers"] == ({"repr-digest": DIGEST, **others} if stays else others)
    assert answer["statusCode"] == 200


def test_an_answer_without_a_digest_is_left_alone() -> None:
    """An error response has none."""
    assert answered({"accept-encoding": {"value": "gzip"}}, {"etag": {"value": '"1"'}})["headers"] == {"etag": {"value": '"1"'}}


@pytest.mark.parametrize("policy", contract().edge_cache_control)
def test_only_the_edge_keeps_an_answer_longer_than_clients_do(policy: str) -> None:
    """What leaves the edge has the lifetime of the contract, with no directive that lets another cache keep it longer (RFC 9111, 5.2.2)."""
    answer = answered({}, {"cache-control": {"value": contract().edge_cache_control[policy]}})
    assert answer["headers"]["cache-control"] == {"value": contract().cache_control[policy]}
