"""The floor: the minimal handler that serves a document from DynamoDB on Lambda, with one GetItem by botocore's client.

It knows something that no real API can know: the key of the revision. It parses nothing, checks nothing and caches nothing.
"""

import os
from typing import Any

from botocore.config import Config
from botocore.session import Session

_TABLE = os.environ["ARTICLE33_TABLE"]
_STAMP = os.environ["BENCH_STAMP"]
_client: Any = Session().create_client("dynamodb", config=Config(parameter_validation=False))


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer an event of API Gateway's HTTP API (payload format 2.0) with the document that its path names."""
    key = {"pk": {"S": f"DOC#{event['rawPath'].removeprefix('/v1/')}"}, "sk": {"S": _STAMP}}
    item = _client.get_item(TableName=_TABLE, Key=key, ConsistentRead=True)["Item"]
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": item["body"]["S"]}
