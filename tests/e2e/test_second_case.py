"""A second, unrelated case beside the first: it fits the schemas as they are, and is served like the first."""

import io
import json

from schemas.v1.rules import Rule
from tests.conftest import SEED, World
from tests.e2e import second_case
from workbench.planning import published_contents
from workbench.staging import Staging


def publish_second_case(world: World) -> None:
    """Add the second case to what is published."""
    with Staging() as staging:
        staging.add_published(published_contents(world.store))
        assert staging.add([io.StringIO("".join(second_case.lines()))]) == []
        problems = staging.check(world.clock.datetime().date())
        assert {(problem.rule, problem.warning) for problem in problems} == {(Rule.PERSONAL_DATA, True)}  # no word lists for Romanian
        assert world.publisher().publish(staging, "A second case") is not None


def test_second_case_is_served_beside_the_first(world: World) -> None:
    """The list of cases has one more. The second case has its own events, actors, instruments, statements and sources."""
    world.publish_files(SEED)
    cases = [row["id"] for row in world.api().every("/v1/cases?sort=id")]
    events = world.api().get(f"/v1/{cases[0]}/events").json["page"]["total"]
    publish_second_case(world)
    api = world.api()
    assert [row["id"] for row in api.every("/v1/cases?sort=id")] == sorted([*cases, second_case.CASE])
    at = f"/v1/{second_case.CASE}"
    assert [row["id"] for row in api.every(f"{at}/events")] == [
        "events/editors-arrested",
        "events/one-editor-resettled",
        "events/editors-flown-out",
    ]
    assert {row["id"] for row in api.every(f"{at}/actors?kind=person")} == {"actors/editor-one", "actors/editor-two"}
    assert {row["id"] for row in api.every(f"{at}/sources")} == {"sources/court-judgment", "sources/radio-report"}
    assert len(list(api.every(f"{at}/instruments"))) == len(list(api.every(f"{at}/statements"))) == 2
    assert second_case.CASE in [row["id"] for row in api.every("/v1/cases?outcome=mixed")]
    assert [row["id"] for row in api.every(f"{at}/events?from=2019-09&to=2019-09")] == ["events/editors-arrested"]
    assert api.get(f"/v1/{cases[0]}/events").json["page"]["total"] == events


def test_same_lines_are_also_a_directory(world: World) -> None:
    """The published resources equal the source, field by field, from a stream and from a directory."""
    world.publish_files(SEED)
    publish_second_case(world)
    for line in second_case.lines():
        written = json.loads(line)
        served = world.api().get(f"/v1/{written['id']}").json
        assert served["name"] == written["name"]
        assert served["revision"] == 1
        assert served["release"] == 2
