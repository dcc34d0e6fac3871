"""The edge before the function: what a content delivery network keeps, and how it is told to forget it."""

from typing import Any

from boto3.session import Session
from botocore.exceptions import BotoCoreError, ClientError

from workbench.deploying.account import EDGE_REGION


class EdgeNotPurged(Exception):
    """The distribution did not take the order; the message says why. What is cached there may be served until it runs out."""


def purge(distribution: str, reference: str) -> str:
    """Tell a CloudFront distribution to forget everything; return the id of the invalidation. `reference` makes the order unique."""
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": reference}
    try:
        client: Any = Session(region_name=EDGE_REGION).client("cloudfront")
        answer = client.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
        return str(answer["Invalidation"]["Id"])
    except (ClientError, BotoCoreError) as failure:
        raise EdgeNotPurged(f"the distribution {distribution} was not purged: {failure}") from failure
