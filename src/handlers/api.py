"""The Lambda entry point, and the only module with state: an instance makes its parts once, in Lambda's init phase.

With SnapStart, the parts are in the snapshot: the modules, the DynamoDB client, the routes. No connection is opened before the first
request, and botocore renews credentials that have expired, so nothing in the snapshot can be out of date after a restore.
"""

import gc

gc.disable()  # what is imported and made here is kept: looking for garbage in it takes a twelfth of a cold start

import json
import os
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import EphemeralMetrics
from aws_lambda_powertools.metrics.functions import is_metrics_disabled
from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.app import make_app
from handlers.contract import contract
from handlers.settings import Settings
from handlers.telemetry import NAMESPACE, SERVICE, Telemetry, carrying_trace
from record.client import reading_client
from record.reading import Reader
from record.store import Store

settings = Settings.read(os.environ)
# One encoder for all lines: json.dumps would make one for each. The location of the code is always the same.
encode = json.JSONEncoder(separators=(",", ":"), default=str).encode
logger = Logger(service="article33", use_rfc3339=True, location=None, json_serializer=encode)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)
metrics.set_default_dimensions(Stage=settings.stage)
requests = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
requests.set_default_dimensions(Stage=settings.stage)
# Only with tracing is the X-Ray SDK imported, which takes a tenth of a second.
tracer = Tracer(service="article33", patch_modules=["botocore"]) if settings.tracing else None
app = make_app(
    contract(),
    Reader(Store(reading_client(), settings.table, carry=carrying_trace(tracer))),
    lambda: datetime.now(UTC),
    Telemetry(logger) if is_metrics_disabled() else Telemetry(logger, metrics, requests),  # a disabled set still prints every 100 values
    contact=settings.security_contact,
    origin_secrets=settings.origin_secrets,
)


@logger.inject_lambda_context(log_event=False)  # the resolver sets the correlation id; an event names the client
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer an event of API Gateway's HTTP API (payload format 2.0)."""
    return app.resolve(event, context)


if tracer is not None:
    lambda_handler = tracer.capture_lambda_handler(lambda_handler, capture_response=False)

gc.freeze()  # nothing that exists by now becomes garbage, so no later collection looks at it
gc.enable()
