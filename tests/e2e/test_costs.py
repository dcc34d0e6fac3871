"""The guide's monthly costs: its table is the script's output, and the script's assumptions are right."""

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

NEAR = 0.25  # how much the seed may grow before the figures must be measured again
UNIT = 4_096  # bytes of a strongly consistent read; rounded up for each item of a batch, and for a query's items together


def units(item_sizes: list[int]) -> int:
    """Return the read units for reading items together; a read that finds nothing costs one."""
    return max(1, math.ceil(sum(item_sizes) / UNIT))


class Meter:
    """Counts the read units of a client's calls, as DynamoDB's documentation says."""

    def __init__(self, world: World) -> None:
        """Listen to the reading client's calls."""
        self.units = 0
        world.reading.client.meta.events.register("after-call.dynamodb", self.count)

    def count(self, model: Any, parsed: Any, **_: Any) -> None:
        """Count the read items."""
        if model.name == "BatchGetItem":
            self.units += sum(units([items.size(item)]) for found in parsed["Responses"].values() for item in found)
        else:
            self.units += units([items.size(item) for item in parsed.get("Items", [parsed.get("Item", {})])])


def size(reply: Reply) -> int:
    """Return the bytes of a response on the wire, with a compressed body."""
    return len(gzip.compress(reply.body.encode())) + sum(len(name) + len(value) + 4 for name, value in reply.headers.items())


def averages(world: World, targets: list[str]) -> tuple[float, float]:
    """Return the average read units and bytes of a response, on instances that have cached only the current release."""
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
    """Firewall rules, alarms, our own metrics, and the function's default memory."""
    template, edge = read_template(TEMPLATE), read_template(INFRA / "edge.yaml")
    alarms = [row["Properties"] for row in template["Resources"].values() if row["Type"] == "AWS::CloudWatch::Alarm"]
    assert len(edge["Resources"]["Firewall"]["Properties"]["Rules"]) == costs.RULES
    assert len(alarms) == costs.ALARMS
    assert len({*METRICS, *watch.METRICS, "ColdStart"}) == costs.METRICS
    assert parameters_of(template)["Memory"].default == f"{costs.MEMORY_GB * 1024:.0f}"


def test_the_guide_prints_what_the_script_prints() -> None:
    """The guide has the script's table, with every line of a bill."""
    printed = costs.table()
    assert f"\n\n{printed}\n\n" in (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert len(printed.splitlines()) == 3 + len(list(costs.bill(1, 0.0))) + 3


def test_what_is_cached_costs_the_edge_alone() -> None:
    """If CloudFront answers all requests of a month, only the fixed costs and CloudFront's own are left."""
    kept = {line.what: line.listed() for line in costs.bill(1_000_000, 1.0)}
    asked = {line.what: line.listed() for line in costs.bill(1_000_000, 0.0)}
    more = {what for what in kept if asked[what] > kept[what]}
    assert more == {"API Gateway", "Lambda: requests", "Lambda: time", "Lambda: restores", "DynamoDB: reads", "CloudWatch: logs"}
    assert all(kept[what] == 0 for what in more)
