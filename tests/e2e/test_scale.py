"""Ten thousand resources: checked, published, listed and paged, on moto."""

import io
import itertools
import resource
import sys

from tests.conftest import World
from tests.e2e.generated import record
from workbench.staging import Staging

SIZE = 10_000


def test_ten_thousand_resources_publish_list_and_page(world: World) -> None:
    """A stream of ten thousand resources is published in bounded memory; lists of any length are whole, and cost what small ones cost."""
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
    total = api.get("/v1/events").json["page"]["total"]
    assert total == release.counts["events"]
    in_one_case = [row["id"] for row in api.every("/v1/cases/case-00007/events?limit=10&fields=date")]
    assert len(in_one_case) == len(set(in_one_case)) == 44
    by_state = [row["id"] for row in api.every("/v1/events?actor=actors/state-vn&limit=100&fields=date")]
    assert len(by_state) == len(set(by_state)) == api.get("/v1/events?actor=actors/state-vn").json["page"]["total"]
    first_pages = [row["id"] for row in itertools.islice(api.every("/v1/events?sort=-id&limit=100&fields=date"), 700)]
    assert first_pages == sorted(first_pages, reverse=True)
    assert len(set(first_pages)) == 700
    cold = world.api()
    cold.get("/v1/health")
    assert cold.calls_of(lambda: cold.get("/v1/events?sort=name")) == ["Query", "BatchGetItem"]
    assert cold.calls_of(lambda: cold.get("/v1/events/event-00003-07")) == ["Query"]


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
