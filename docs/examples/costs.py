"""What a month costs: python docs/examples/costs.py prints the table in docs/operations.md.

The prices are AWS's list prices in USD, before taxes, for us-east-1 and CloudFront in North America, as of 2025. They are written from
memory; only DynamoDB's were compared with other publications. Check them against the price list before you rely on them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

MILLION, GB = 1e6, 1e9
SECONDS = 30 * 86_400  # per month

# Measured with the seed: read units, and bytes with headers, compressed. tests/e2e/test_costs.py measures them again.
RESOURCE_UNITS, RESOURCE_BYTES = 1.1, 1_719
PAGE_UNITS, PAGE_BYTES = 16.2, 4_079
# Assumed. The dashboard shows the real figures.
PAGES = 1 / 3  # share of all responses
CACHED = {10_000: 0.0, 1_000_000: 0.5, 100_000_000: 0.9}  # share that CloudFront answers, by requests per month
SECONDS_EACH = 0.030  # billed by Lambda per response
COLD = 0.01  # share of the function's responses that need a cold start
LOG_BYTES = 1_500  # per response of the function: its log line and metrics, Lambda's own lines, the access log
REQUEST_METRICS = 40  # pairs of route and status that occur in a month
RECORD_GB = 1.0

MEMORY_GB = 0.5  # the default of infra/template.yaml
RULES, ALARMS, METRICS = 4, 9, 7  # metrics, without those of requests by route and status


@dataclass(frozen=True)
class Line:
    """A line of the bill: what it is for, the amount, the price per unit, and the amount that is always free for each account."""

    what: str
    amount: float
    price: float
    free: float = 0

    def listed(self) -> float:
        """Return the list price."""
        return self.amount * self.price

    def billed(self) -> float:
        """Return the price after the free amount."""
        return max(0.0, self.amount - self.free) * self.price


def bill(requests: int, cached: float) -> Iterator[Line]:
    """Yield the lines of a bill for a month with this number of requests; `cached` is the share that CloudFront answers."""
    asked = requests * (1 - cached)
    # The last one is for the current release, which an instance caches for two seconds.
    units = (1 - PAGES) * RESOURCE_UNITS + PAGES * PAGE_UNITS + 1
    size = (1 - PAGES) * RESOURCE_BYTES + PAGES * PAGE_BYTES
    yield Line("Firewall: base price", 1, 5.0)
    yield Line("Firewall: rules", RULES, 1.0)
    yield Line("Firewall: requests", requests, 0.60 / MILLION)
    yield Line("CloudFront: requests", requests, 1.00 / MILLION, 10 * MILLION)
    yield Line("CloudFront: bytes", requests * size, 0.085 / GB, 1_000 * GB)
    yield Line("CloudFront: function", requests, 0.10 / MILLION, 2 * MILLION)
    yield Line("API Gateway", asked, 1.00 / MILLION)
    yield Line("Lambda: requests", asked, 0.20 / MILLION, MILLION)
    yield Line("Lambda: time", asked * SECONDS_EACH * MEMORY_GB, 0.0000133334, 400_000)
    yield Line("Lambda: snapshot", SECONDS * MEMORY_GB, 0.0000015046)
    yield Line("Lambda: restores", asked * COLD * MEMORY_GB, 0.0001397998)
    yield Line("DynamoDB: reads", asked * units, 0.125 / MILLION)
    yield Line("DynamoDB: storage", RECORD_GB, 0.25, 25)
    yield Line("DynamoDB: point-in-time recovery", RECORD_GB, 0.20)
    yield Line("CloudWatch: logs", asked * LOG_BYTES, (0.50 + 0.03) / GB, 5 * GB)
    yield Line("CloudWatch: alarms", ALARMS, 0.10, 10)
    yield Line("CloudWatch: metrics", METRICS + REQUEST_METRICS, 0.30, 10)
    yield Line("CloudWatch: dashboard", 1, 3.0, 3)


def table() -> str:
    """Return the bills side by side, as a Markdown table."""
    bills = {requests: list(bill(requests, cached)) for requests, cached in CACHED.items()}
    uncached = {requests: list(bill(requests, 0.0)) for requests in CACHED}
    rows = [
        ["USD a month", *(f"{requests:,} requests" for requests in bills)],
        ["---", *("---:" for _ in bills)],
        ["answered by CloudFront", *(f"{share:.0%}" for share in CACHED.values())],
        *([lines[0].what, *(f"{line.listed():,.2f}" for line in lines)] for lines in zip(*bills.values(), strict=True)),
        ["**list price**", *(f"**{sum(line.listed() for line in lines):,.2f}**" for lines in bills.values())],
        ["**after the free tier**", *(f"**{sum(line.billed() for line in lines):,.2f}**" for lines in bills.values())],
        ["list price without any caching", *(f"{sum(line.listed() for line in lines):,.2f}" for lines in uncached.values())],
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    print(table())
