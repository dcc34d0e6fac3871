"""Money: what a million answers cost, from counted read units and bytes and measured durations; every sum stands here.

Prices are AWS's list prices in USD, before taxes and without what is free, of us-east-1 and of CloudFront's locations in North America, as
known in 2025 and written down from memory: the pages «AWS Lambda Pricing», «Amazon API Gateway Pricing» (HTTP APIs), «Amazon DynamoDB
Pricing» (on demand), «Amazon CloudFront Pricing» and «Amazon EC2 On-Demand Pricing». Check them before you rely on them.
"""

import math
from typing import NamedTuple

AS_OF = "2025, from memory"
MILLION = 1_000_000
MEMORY_GB = 0.5  # of every side alike, as infra/template.yaml has it unless it is set
LAMBDA_REQUEST = 0.20 / MILLION
LAMBDA_GB_SECOND = 0.0000133334  # arm64
API_GATEWAY_REQUEST = 1.00 / MILLION
READ_UNIT = 0.125 / MILLION
CLOUDFRONT_REQUEST = 1.00 / MILLION
CLOUDFRONT_BYTE = 0.085 / 1e9
SERVER_MONTH = 0.0168 * 730  # a t4g.small, two cores and 2 GB, always on


class Answer(NamedTuple):
    """What one answer takes: milliseconds of the function, read units of DynamoDB, bytes with headers."""

    milliseconds: float
    units: float
    bytes: int


def function(answer: Answer, cached: float) -> float:
    """Return what is paid behind the edge for a million answers, of which it gives a share from its cache."""
    time = math.ceil(answer.milliseconds) / 1000 * MEMORY_GB * LAMBDA_GB_SECOND  # Lambda counts whole milliseconds
    return MILLION * (1 - cached) * (API_GATEWAY_REQUEST + LAMBDA_REQUEST + time + answer.units * READ_UNIT)


def edge(answer: Answer) -> float:
    """Return what is paid at the edge for a million answers."""
    return MILLION * (CLOUDFRONT_REQUEST + answer.bytes * CLOUDFRONT_BYTE)
