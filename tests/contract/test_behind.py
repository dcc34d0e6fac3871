"""An instance that does not know the newest release yet, asked by a client that has seen it on another instance."""

from collections.abc import Callable
from pathlib import Path

import pytest

from record.model import Head
from record.writing.notes import Redaction, Rewrite
from record.writing.reindexing import generations_of
from tests.conftest import SEED, Client
from tests.contract.asking import ask
from tests.contract.editing import ACTOR, edited_seed, renamed
from tests.record.memory import memory_world

REWRITTEN = Rewrite(ACTOR, "0000000001.0000000001", 1, {"/summary": None}, "00" * 16)


@pytest.mark.parametrize("redacted", [False, True], ids=["a publish", "a redaction"])
def test_what_another_instance_has_shown_is_no_error(tmp_path: Path, *, redacted: bool) -> None:
    """A release, a page's `next` and the feed's `resume` from one instance work on another that is behind."""
    world = memory_world()
    world.publish_files(SEED)
    targets: dict[str, Callable[[Client, int], str]] = {
        "release": lambda _, number: f"/v1/{ACTOR}?release={number}",
        "row": lambda _, number: f"/v1/releases/{number}",
        "next": lambda client, _: ask(client, "/v1/events?limit=2").json["page"]["next"],
        "resume": lambda client, _: ask(client, "/v1/changes?limit=100").json["page"]["resume"],
    }
    behind = {name: world.api() for name in targets}
    for client in behind.values():
        ask(client, "/v1")
    if redacted:
        world.publisher().redact(Redaction(1, "error", (REWRITTEN,), {ACTOR: tuple(generations_of(world.store, ACTOR, Head(1, 0)))}))
    else:
        world.publish_files(edited_seed(tmp_path, {ACTOR: renamed("Another name")}))
    for name, target in targets.items():
        reply = ask(behind[name], target(world.api(), 2))
        assert reply.status == 200, (name, reply.body)
