"""Clears the cache of CloudFront, which is in front of the API."""

from typing import Any

from boto3.session import Session
from botocore.exceptions import BotoCoreError, ClientError

from workbench.deploying.account import EDGE_REGION


class EdgeNotPurged(Exception):
    """CloudFront's cache was not cleared; the message says why. It may serve cached responses until they expire."""


def purge(distribution: str, reference: str) -> str:
    """Invalidate everything that a CloudFront distribution caches; return the invalidation's id. `reference` makes the call unique."""
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": reference}
    try:
        client: Any = Session(region_name=EDGE_REGION).client("cloudfront")
        answer = client.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
        return str(answer["Invalidation"]["Id"])
    except (ClientError, BotoCoreError) as failure:
        raise EdgeNotPurged(f"the CloudFront distribution {distribution} was not invalidated: {failure}") from failure
