"""What the guide says that a month costs: its table is the script's, and what the script counts on is so."""

import gzip
import math
from typing import Any

import pytest

from docs.examples import costs
from handlers import watch
from handlers.telemetry import METRICS
from record import items
from tests.conftest import ROOT, Client, Reply, World
from tests.contract.asking import CONTRACT
from workbench.templates import INFRA, TEMPLATE, parameters_of, read_template

NEAR = 0.25  # by so much the seed may grow before the figures are to be counted anew
UNIT = 4_096  # bytes of a strongly consistent read; each item of a batch by itself, those of a query together


def units(item_sizes: list[int]) -> int:
    """Return what reading items together costs; a read that finds nothing costs one."""
    return max(1, math.ceil(sum(item_sizes) / UNIT))


class Meter:
    """Counts the read units of a client's calls, as DynamoDB's documentation says."""

    def __init__(self, world: World) -> None:
        """Listen to the reading client."""
        self.units = 0
        world.reading.client.meta.events.register("after-call.dynamodb", self.count)

    def count(self, model: Any, parsed: Any, **_: Any) -> None:
        """Take what was read."""
        if model.name == "BatchGetItem":
            self.units += sum(units([items.size(item)]) for found in parsed["Responses"].values() for item in found)
        else:
            self.units += units([items.size(item) for item in parsed.get("Items", [parsed.get("Item", {})])])


def size(reply: Reply) -> int:
    """Return how many bytes an answer takes on the way, its body compressed."""
    return len(gzip.compress(reply.body.encode())) + sum(len(name) + len(value) + 4 for name, value in reply.headers.items())


def averages(world: World, targets: list[str]) -> tuple[float, float]:
    """Return the read units and bytes of an answer, on instances that know the current release and nothing else."""
    meter, read, sent = Meter(world), 0, 0
    for target in targets:
        client: Client = world.api()
        client.get("/v1/cases/nobody")
        meter.units = 0
        sent += size(client.get(target))
        read += meter.units
    return read / len(targets), sent / len(targets)


def test_what_is_counted_on_is_so(seeded: World) -> None:
    """Read units and bytes of a resource and of a page, on average over the seed."""
    lists = [f"/v1/{collection}" for collection in CONTRACT.collections]
    resources = [f"/v1/{row['id']}" for target in lists for row in seeded.api().every(f"{target}?limit=100&fields=name")]
    assert averages(seeded, resources) == pytest.approx((costs.RESOURCE_UNITS, costs.RESOURCE_BYTES), rel=NEAR)
    assert averages(seeded, lists) == pytest.approx((costs.PAGE_UNITS, costs.PAGE_BYTES), rel=NEAR)


def test_what_the_templates_make_is_counted() -> None:
    """Rules, alarms, metrics of our own, and the memory that a function has unless it is set."""
    template, edge = read_template(TEMPLATE), read_template(INFRA / "edge.yaml")
    alarms = [row["Properties"] for row in template["Resources"].values() if row["Type"] == "AWS::CloudWatch::Alarm"]
    assert len(edge["Resources"]["Firewall"]["Properties"]["Rules"]) == costs.RULES
    assert len(alarms) == costs.ALARMS
    assert len({*METRICS, *watch.METRICS, "ColdStart"}) == costs.METRICS
    assert parameters_of(template)["Memory"].default == f"{costs.MEMORY_GB * 1024:.0f}"


def test_the_guide_prints_what_the_script_prints() -> None:
    """The table stands in the guide as it comes out; and each line of a bill is there."""
    printed = costs.table()
    assert f"\n\n{printed}\n\n" in (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert len(printed.splitlines()) == 3 + len(list(costs.bill(1, 0.0))) + 3


def test_what_is_cached_costs_the_edge_alone() -> None:
    """A month that the edge answers whole costs what is there anyway, and what the edge takes for it."""
    kept = {line.what: line.listed() for line in costs.bill(1_000_000, 1.0)}
    asked = {line.what: line.listed() for line in costs.bill(1_000_000, 0.0)}
    more = {what for what in kept if asked[what] > kept[what]}
    assert more == {"API Gateway", "Lambda: requests", "Lambda: time", "Lambda: restores", "DynamoDB: reads", "CloudWatch: logs"}
    assert all(kept[what] == 0 for what in more)
