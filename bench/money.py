"""The cost of a million responses, from counted read units and bytes and measured durations; every formula is here.

The prices are AWS's list prices in USD, before taxes and without the free tier, for us-east-1 and CloudFront in North America, as of 2025,
written from memory. See the pages «AWS Lambda Pricing», «Amazon API Gateway Pricing» (HTTP APIs), «Amazon DynamoDB Pricing» (on demand),
«Amazon CloudFront Pricing» and «Amazon EC2 On-Demand Pricing». Check them before you rely on them.
"""

import math
from typing import NamedTuple

AS_OF = "2025, from memory"
MILLION = 1_000_000
MEMORY_GB = 0.5  # for every side; the default of infra/template.yaml
LAMBDA_REQUEST = 0.20 / MILLION
LAMBDA_GB_SECOND = 0.0000133334  # arm64
API_GATEWAY_REQUEST = 1.00 / MILLION
READ_UNIT = 0.125 / MILLION
CLOUDFRONT_REQUEST = 1.00 / MILLION
CLOUDFRONT_BYTE = 0.085 / 1e9
SERVER_MONTH = 0.0168 * 730  # a t4g.small, two cores and 2 GB, always on


class Answer(NamedTuple):
    """What one response costs: milliseconds of the function, read units of DynamoDB, bytes with headers."""

    milliseconds: float
    units: float
    bytes: int


def function(answer: Answer, cached: float) -> float:
    """Return the origin cost of a million responses; `cached` is the share that CloudFront answers from its cache."""
    time = math.ceil(answer.milliseconds) / 1000 * MEMORY_GB * LAMBDA_GB_SECOND  # Lambda bills whole milliseconds
    return MILLION * (1 - cached) * (API_GATEWAY_REQUEST + LAMBDA_REQUEST + time + answer.units * READ_UNIT)


def edge(answer: Answer) -> float:
    """Return the CloudFront cost of a million responses."""
    return MILLION * (CLOUDFRONT_REQUEST + answer.bytes * CLOUDFRONT_BYTE)
