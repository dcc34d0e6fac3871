"""A second, unrelated case beside the first: it fits the schemas as they are, and is served like the first."""

import io
import json

from tests.conftest import SEED, World
from tests.e2e import second_case
from workbench.planning import published_contents
from workbench.staging import Staging


def publish_beside_the_first(world: World) -> None:
    """Publish the seed, then add the second case to it."""
    world.publish_files(SEED)
    with Staging() as staging:
        staging.add_published(published_contents(world.store))
        assert staging.add([io.StringIO("".join(second_case.lines()))]) == []
        assert staging.check(world.clock.datetime().date()) == []
        assert world.publisher().publish(staging, "A second case") is not None


def test_second_case_is_served_beside_the_first(world: World) -> None:
    """Both cases are listed; the second one's events, actors, instruments, statements and sources are its own."""
    publish_beside_the_first(world)
    api = world.api()
    assert api.get("/v1/cases").json["page"]["total"] == 2
    at = f"/v1/{second_case.CASE}"
    assert [row["id"] for row in api.every(f"{at}/events")] == [
        "events/editors-arrested",
        "events/one-editor-resettled",
        "events/editors-flown-out",
    ]
    assert {row["id"] for row in api.every(f"{at}/actors?kind=person")} == {"actors/editor-one", "actors/editor-two"}
    assert {row["id"] for row in api.every(f"{at}/sources")} == {"sources/court-judgment", "sources/radio-report"}
    assert len(list(api.every(f"{at}/instruments"))) == len(list(api.every(f"{at}/statements"))) == 2
    assert [row["id"] for row in api.every("/v1/cases?outcome=mixed")] == [second_case.CASE]
    assert [row["id"] for row in api.every("/v1/events?from=2019-09&to=2019-09")] == ["events/editors-arrested"]
    first = api.get("/v1/cases/nine-north-koreans-viet-nam-2015/events").json
    assert first["page"]["total"] == 9


def test_same_lines_are_also_a_directory(world: World) -> None:
    """What is published equals its source, field by field, whichever way it came."""
    publish_beside_the_first(world)
    for line in second_case.lines():
        written = json.loads(line)
        served = world.api().get(f"/v1/{written['id']}").json
        assert served["name"] == written["name"]
        assert served["revision"] == 1
        assert served["release"] == 2
