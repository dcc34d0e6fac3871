"""Where the path of an id leads, with at most one redirect."""

from tests.conftest import Client
from tests.contract.asking import ask, check_problem, path_of

NOT_YET, HERE, GONE = "not yet", "here", "gone"


def leads(client: Client, path: str, moment: str = "") -> str:
    """Ask for an id; return where it leads. The target of a redirect answers itself: there are no chains."""
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
