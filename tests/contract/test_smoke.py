"""A first sign of life."""

from tests.conftest import Client


def test_the_case_is_there(client: Client) -> None:
    """The case can be listed."""
    assert client.get("/v1/cases").json["page"]["total"] == 1
