"""Where an id leads, in one hop."""

from tests.conftest import Client
from tests.contract.asking import ask, check_problem, path_of

NOT_YET, HERE, GONE = "not yet", "here", "gone"


def leads(client: Client, path: str, moment: str = "") -> str:
    """Ask for an id; return where it leads. Whatever it leads to answers by itself: one hop, never a chain."""
    tail = f"?{moment}" if moment else ""
    reply = ask(client, f"{path_of(path)}{tail}")
    if reply.status == 200:
        assert reply.json["id"] == path
        return HERE
    if reply.status == 404:
        return NOT_YET
    if reply.status == 410:
        assert check_problem(reply) == "withdrawn"
        return GONE
    assert reply.status == 308
    location = reply.headers["location"]
    assert location.endswith(tail)
    assert ask(client, location).status in (200, 410)
    return location.removesuffix(tail).removeprefix("/v1/")
