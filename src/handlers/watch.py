"""The Lambda entry point of the function that measures the record once an hour: its age, and the number of overdue reviews.

It writes the metrics to its log in the embedded metric format, so its role needs no permission except to read the table and to log.
"""

import datetime
import os

from aws_lambda_powertools.metrics import Metrics, MetricUnit

from handlers.settings import Settings
from record.client import reading_client
from record.reading import Reader
from record.reviews import overdue
from record.store import Store

NAMESPACE = "Article33"
METRICS = {"RecordAgeDays": MetricUnit.NoUnit, "OverdueReviews": MetricUnit.Count}
SECONDS_A_DAY = 86_400


def dimensions(stage: str) -> dict[str, str]:
    """Return the dimensions of a stage's metrics."""
    return {"Stage": stage, "service": "record"}


def measure(store: Store, now: datetime.datetime) -> dict[str, float]:
    """Return the values by metric name. A metric without anything to measure is left out. Raises RecordUnavailable."""
    reader = Reader(store)
    release = reader.release(reader.head().release)
    figures: dict[str, float] = {}
    if release is not None:
        age = now - datetime.datetime.fromisoformat(release.published_at)
        figures["RecordAgeDays"] = max(0.0, age.total_seconds() / SECONDS_A_DAY)
    late = overdue(store, now.date().isoformat())
    if late is not None:
        figures["OverdueReviews"] = late
    return figures


def lambda_handler(_event: object, _context: object) -> dict[str, float]:
    """Measure, log the metrics, and return them. Raises RecordUnavailable, which Lambda counts as an error of this function."""
    settings = Settings.read(os.environ)
    store = Store(reading_client(), settings.table)
    store.begin()
    figures = measure(store, datetime.datetime.now(datetime.UTC))
    if figures:
        metrics = Metrics(namespace=NAMESPACE)
        for name, value in dimensions(os.environ.get("ARTICLE33_STAGE", "local")).items():
            metrics.add_dimension(name, value)
        for name, figure in figures.items():
            metrics.add_metric(name, METRICS[name], figure)
        metrics.flush_metrics()
    return figures
