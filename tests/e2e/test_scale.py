"""Ten thousand resources: checked, published, listed and paged, in memory."""

import io
import resource
import sys

from tests.e2e.generated import EVENTS_PER_CASE, record
from tests.record.memory import memory_world
from workbench.staging import Staging

SIZE = 10_000


def test_ten_thousand_resources_publish_list_and_page() -> None:
    """A stream of ten thousand resources is published in bounded memory. Long lists are complete, and cost as much as short ones."""
    world = memory_world()
    lines = list(record(SIZE))
    with Staging() as staging:
        before = _peak_bytes()
        assert staging.add([io.StringIO("".join(lines))]) == []
        assert staging.check(world.clock.datetime().date()) == []
        assert _peak_bytes() - before < 150 * 1024 * 1024
        release = world.publisher().publish(staging, "generated")
    assert release is not None
    assert sum(release.counts.values()) == len(lines) >= SIZE - 100

    api = world.api()
    first = api.get("/v1/events?sort=-id&limit=100&fields=date").json
    assert first["page"]["total"] == release.counts["events"]
    second = api.get(first["page"]["next"]).json
    in_reverse = [row["id"] for page in (first, second) for row in page["data"]]
    assert in_reverse == sorted(set(in_reverse), reverse=True)
    assert len(in_reverse) == 200
    in_one_case = [row["id"] for row in api.every("/v1/cases/case-00007/events?limit=30&fields=date")]
    assert sorted(in_one_case) == [f"events/event-00007-{part:02d}" for part in range(EVENTS_PER_CASE)]
    of_a_state = api.get("/v1/events?actor=actors/state-vn&limit=100&fields=date").json
    assert of_a_state["page"]["total"] == sum(1 for line in lines if '"actors/state-vn"' in line and '"events/' in line[:20])
    assert len(of_a_state["data"]) == 100
    cold = world.api()
    cold.get("/v1/health")
    assert cold.calls_of(lambda: cold.get("/v1/events?limit=20")) == ["Query", "BatchGetItem"]
    assert cold.calls_of(lambda: cold.get("/v1/events/event-00003-07")) == ["Query"]


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
