"""Readers who go on while a release is published: pages end at the release that they began at, and the feed leads to what is new."""

from pathlib import Path

from record.current import HEAD_SECONDS
from tests.conftest import SEED
from tests.contract.asking import ask, follow, ids
from tests.contract.editing import ACTOR, DAY, FIRST_NAME, NEW, REFILED, SECOND_NAME, edited_seed, renamed, replaced
from tests.record.memory import memory_world


def test_a_reader_comes_and_goes_across_a_release(tmp_path: Path) -> None:
    """Pages begun at a release end at it, the present is seen when it is asked for again, and the feed's path leads to what is new."""
    world = memory_world()
    world.publish_files(SEED)
    client = world.api()
    targets = [
        "/v1/actors?limit=4&sort=name",
        "/v1/actors?limit=4&sort=-name",
        "/v1/sources?limit=2&kind=news-article",
        "/v1/sources?limit=3",
    ]
    whole = {target: ids(client, target) for target in targets}
    begun = {target: ask(client, target).json for target in targets}
    resume = ask(client, "/v1/changes?since=1").json["page"]["resume"]

    world.clock.advance(DAY)
    edits = {ACTOR: renamed(SECOND_NAME), "actors/kbs": renamed("Aaa, a broadcaster"), REFILED: replaced("news-article", "web-page")}
    assert world.publish_files(edited_seed(tmp_path, edits, {NEW: REFILED})) == 2

    world.clock.advance(-DAY)  # as if no time had passed for this instance
    assert ask(client, f"/v1/{ACTOR}").json["name"]["en"] == FIRST_NAME
    world.clock.advance(DAY + HEAD_SECONDS)
    assert ask(client, f"/v1/{ACTOR}").json["name"]["en"] == SECOND_NAME
    for target in targets:
        rest = list(follow(client, begun[target]["page"]["next"]))
        assert {page.json["page"]["release"] for page in rest} == {1}
        assert {page.json["page"]["total"] for page in rest} == {begun[target]["page"]["total"]}
        assert [row["id"] for page in [begun[target], *(page.json for page in rest)] for row in page["data"]] == whole[target]
        assert ids(client, target) != whole[target]
    new = ask(client, resume).json
    assert [row["path"] for row in new["data"]] == sorted([ACTOR, "actors/kbs", REFILED, NEW])
    assert ask(client, new["page"]["resume"]).json["data"] == []
