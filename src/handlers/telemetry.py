"""What a request leaves in CloudWatch: one line in the log and its metrics. Neither has an address, a path or a query of a client.

Powertools writes both. Metrics are in the embedded metric format: CloudWatch takes them from the log.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from record.reading import Reader

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Tracer
    from aws_lambda_powertools.metrics import EphemeralMetrics, Metrics

    from handlers.resolver import Exchange

NAMESPACE = "Article33"
SERVICE = "api"
METRICS = ("Latency", "StoreCalls", "StoreUnits", "StaleAnswers")  # by stage; Requests is by route and status too
NO_ROUTE = "none"  # the route of a request that matches none


class Telemetry:
    """Writes the log and the metrics. Without `metrics` and `requests` it only logs."""

    def __init__(
        self, logger: "Logger", metrics: "Metrics | EphemeralMetrics | None" = None, requests: "EphemeralMetrics | None" = None
    ) -> None:
        """Use these parts: `metrics` has the API's totals, `requests` the number of requests by route and status.

        They are two sets because CloudWatch bills each combination of a metric and its dimensions: latency by route and status
        would cost some hundred metrics.
        """
        self.logger = logger
        self._metrics = metrics
        self._requests = requests

    def record(self, exchange: "Exchange", status: int, milliseconds: float, reader: Reader) -> None:
        """Log a request that was answered, and add its metrics. `reader` knows what the request cost and whether its answer is stale."""
        spent, stale = reader.spent, reader.stale if status < 500 else None
        if stale is not None:
            self.logger.error("answered from the cache because DynamoDB is unreachable", cause=stale.cause)
        self.logger.info(
            "answered",
            route=exchange.template,
            status=status,
            method=exchange.request.method[:20],
            milliseconds=round(milliseconds, 3),
            store_calls=spent.calls,
            store_units=spent.units,
        )
        if self._requests is not None:
            self._requests.add_dimension("route", exchange.template)
            self._requests.add_dimension("status", str(status))
            self._requests.add_metric("Requests", MetricUnit.Count, 1)
            self._requests.flush_metrics()
        if self._metrics is not None:
            self._metrics.add_metric("Latency", MetricUnit.Milliseconds, milliseconds)
            # A metric without a value costs nothing, and its sum is the same as with a zero.
            if spent.calls:
                self._metrics.add_metric("StoreCalls", MetricUnit.Count, spent.calls)
                self._metrics.add_metric("StoreUnits", MetricUnit.Count, spent.units)
            if stale is not None:
                self._metrics.add_metric("StaleAnswers", MetricUnit.Count, 1)


def carrying_trace(tracer: "Tracer | None") -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Return a function that makes a call belong to the caller's trace, in whatever thread it is made. X-Ray keeps traces by thread."""
    if tracer is None or tracer.disabled:
        return lambda call: call
    recorder: Any = tracer.provider  # X-Ray's, which Powertools types as any provider

    def carry(call: Callable[[], Any]) -> Callable[[], Any]:
        entity = recorder.get_trace_entity()

        def traced() -> Any:
            recorder.set_trace_entity(entity)
            return call()

        return traced

    return carry
